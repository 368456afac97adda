//===- EmitC.h - a network becomes plain C ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_EMITC_H
#define TALLY_DRIVER_EMITC_H

#include "tally/Measure/Explanation.h"
#include "tally/Support/File.h"
#include "tally/Target/C/CSources.h"

#include <functional>
#include <optional>

namespace tally {

/// For processors, or for tools of high-level synthesis.
enum class CStyle : uint8_t { Plain, Hls };

struct EmitCJob {
  std::string name = "net"; ///< prefix of the C names
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
  CStyle style = CStyle::Plain;
  std::string target;       ///< the processor, see `CTarget::named`; any where empty
  std::optional<Core> core; ///< by default the processor's
  int64_t vectors = 2;      ///< golden vectors of the self-test
  /// Hears, in the plain style, how each layer is computed.
  std::function<void(const Explanation &)> onExplained;
};

/// The processor of that name, with another core where one is given.
Result<CTarget> chooseCTarget(const std::string &name, std::optional<Core> core);

/// Emits an `integer` network in the plain style, with a self-test.
Result<CSources> emitC(mlir::ModuleOp module, const EmitCJob &job);

/// In the style of the job, into files of `directory`.
Status emitC(mlir::ModuleOp module, const EmitCJob &job, const std::string &directory);

/// Where that puts them.
std::vector<std::string> emittedCPaths(const std::string &directory, const EmitCJob &job);

} // namespace tally

#endif // TALLY_DRIVER_EMITC_H

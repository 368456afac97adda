//===- EmitC.h - a network becomes plain C ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_EMITC_H
#define TALLY_DRIVER_EMITC_H

#include "tally/Support/File.h"
#include "tally/Target/C/CSources.h"

#include <optional>

namespace tally {

struct EmitCJob {
  std::string name = "net"; ///< prefix of the C names
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
  std::string target;       ///< the processor, see `CTarget::named`; any where empty
  std::optional<Core> core; ///< by default the processor's
  int64_t vectors = 2;      ///< golden vectors of the self-test
};

/// The processor of that name, with another core where one is given.
Result<CTarget> chooseCTarget(const std::string &name, std::optional<Core> core);

/// Emits an `integer` network, with a self-test.
Result<CSources> emitC(mlir::ModuleOp module, const EmitCJob &job);

/// The same into the files NAME.h, NAME.c and NAME_test.c of `directory`.
Status emitC(mlir::ModuleOp module, const EmitCJob &job, const std::string &directory);

} // namespace tally

#endif // TALLY_DRIVER_EMITC_H

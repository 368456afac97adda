//===- Compile.h - a network becomes an object file -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_COMPILE_H
#define TALLY_DRIVER_COMPILE_H

#include "tally/Driver/Quantize.h"
#include "tally/Measure/Explanation.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include <functional>

namespace tally {

struct CompileJob {
  std::string name = "net"; ///< prefix of the C names
  /// A triple by LLVM's names; by default "cpu", this machine's.
  std::string target = "cpu";
  /// By LLVM's name, or "native" for "cpu"; by default one whose code runs on nearly every
  /// machine of its architecture.
  std::string processor;
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
  /// What else there is in the object; with `multiversion`, no `processor`.
  ObjectForm form;
  /// Calibrates, if need be, and quantizes first, for `mulFree` of this job.
  std::optional<QuantizeJob> quantize;
  /// Gets what quantizing made, if it is not empty.
  std::function<void(const QuantizeSummary &)> onQuantized = {};
  /// Gets how each layer is computed, if it is not empty.
  std::function<void(const Explanation &)> onExplained = {};
};

/// Compiles a network of any stage but `quantized`; only quantizing changes `module`.
Result<ObjectFile> compile(mlir::ModuleOp module, const CompileJob &job);

/// The same into files: the object to `path`, and the header beside it (`headerPathFor`).
Status compile(mlir::ModuleOp module, const CompileJob &job, const std::string &path);

} // namespace tally

#endif // TALLY_DRIVER_COMPILE_H

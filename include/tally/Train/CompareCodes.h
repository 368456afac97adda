//===- CompareCodes.h - one integer network twice ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_COMPARECODES_H
#define TALLY_TRAIN_COMPARECODES_H

#include "tally/Data/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

struct CodeComparison {
  int64_t codes = 0;     ///< of values that both networks compute
  int64_t differing = 0; ///< of the codes
  std::string first;   ///< layer of the first value with a code that differs; empty where none does
  std::string missing; ///< layer of a value that `other` does not compute; empty where it has all
};

/// Runs two networks of stage `integer` on `inputs`, F32, by the scalar reference, and compares
/// what each operation of `one` makes with what the operation of the same layer, kind and count
/// makes in `other`: sums, requantized codes, everything that is no constant.
mlir::FailureOr<CodeComparison> compareCodes(mlir::ModuleOp one, mlir::ModuleOp other,
                                             const std::vector<Tensor> &inputs, int threads);

} // namespace tally

#endif // TALLY_TRAIN_COMPARECODES_H

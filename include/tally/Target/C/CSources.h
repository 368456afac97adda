//===- CSources.h - a network as plain C ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_C_CSOURCES_H
#define TALLY_TARGET_C_CSOURCES_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Target/C/CTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

/// The texts of NAME.h, NAME.c and NAME_test.c.
struct CSources {
  std::string header, source, selfTest;
  /// Layers that the self-test does not see, because their steps store something else than a
  /// result. It names them.
  std::vector<std::string> unchecked;
};

/// Emits an `integer` module (not changed) as C99, hosted or freestanding: the entry that an object
/// has too (CHeader.h), static const tables, no allocation, no headers but stdbool.h, stddef.h and
/// stdint.h. The self-test runs `vectors` (one list of inputs a vector) and exits with 1 at the
/// first layer that differs from the reference.
mlir::FailureOr<CSources> emitC(mlir::ModuleOp module, const std::string &name,
                                const std::vector<std::vector<Tensor>> &vectors,
                                MulFree level = MulFree::No, const CTarget &target = {});

/// Writes the three files into `directory`, which is made if need be: all or, where one cannot be
/// written, none.
mlir::LogicalResult writeCSources(mlir::ModuleOp module, const CSources &sources,
                                  const std::string &directory, const std::string &name);

/// Where that puts header, source and self-test.
std::vector<std::string> cSourcePaths(const std::string &directory, const std::string &name);

/// Inputs for golden vectors: codes from a fixed seed, the extremes among them.
std::vector<std::vector<Tensor>> makeGoldenInputs(mlir::ModuleOp module, int count);

} // namespace tally

#endif // TALLY_TARGET_C_CSOURCES_H

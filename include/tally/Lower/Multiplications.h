//===- Multiplications.h - which operations multiply ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_MULTIPLICATIONS_H
#define TALLY_LOWER_MULTIPLICATIONS_H

#include "tally/IR/MulFree.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

/// A multiplication where the level allows none.
struct Multiplication {
  std::string layer, operation, reason;
  mlir::Operation *op = nullptr;
};

/// Operations of a network before lowering, of any stage, that multiply at `level`. An
/// integer requantization does not: it can be lowered to shifts and additions exactly.
/// Operations that are not known to be free of multiplications count.
std::vector<Multiplication> findMultiplications(mlir::ModuleOp module, MulFree level);

} // namespace tally

#endif // TALLY_LOWER_MULTIPLICATIONS_H

//===- PowerProducts.h - activations times powers of two --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_POWERPRODUCTS_H
#define TALLY_LIB_LOWER_LINALG_POWERPRODUCTS_H

#include "TallyToLinalgPatterns.h"

#include "mlir/IR/Builders.h"

namespace tally {

/// Adds the functions of that name to `module`.
PowerFunctions addPowerFunctions(mlir::ModuleOp module);

/// `levels[code] * x` as a sum over the fields of a code of `addend << place`, for scalars of
/// one integer type; `code` has its bits at the bottom and zeros above.
struct PlacedAddend {
  mlir::Value place, addend;
};
llvm::SmallVector<PlacedAddend> buildAddends(mlir::OpBuilder &builder, mlir::Location location,
                                             const PowerOfTwoLevels &levels, mlir::Value x,
                                             mlir::Value code, const PowerFunctions &functions);

/// `levels[code] * x` without a multiplication.
mlir::Value buildProduct(mlir::OpBuilder &builder, mlir::Location location,
                         const PowerOfTwoLevels &levels, mlir::Value x, mlir::Value code,
                         const PowerFunctions &functions);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_POWERPRODUCTS_H

//===- UpstreamModels.h - our interfaces on others' operations --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to IR.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IR_UPSTREAMMODELS_H
#define TALLY_LIB_IR_UPSTREAMMODELS_H

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace tally {

/// Attaches them to the operations of TOSA, quant and ml_program, which have to be loaded.
void attachUpstreamModels(mlir::MLIRContext *context);

} // namespace tally

#endif // TALLY_LIB_IR_UPSTREAMMODELS_H

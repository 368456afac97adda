//===- CodeForms.h - what stays float ---------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_CODEFORMS_H
#define TALLY_QUANTIZE_CODEFORMS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// A remark for each layer of the imported `network` for which integer networks have nothing, so
/// that `--tally-to-quantized` will refuse it. Not for a Softmax that ends the network.
void remarkLayersWithoutCodes(mlir::func::FuncOp network);

} // namespace tally

#endif // TALLY_QUANTIZE_CODEFORMS_H

//===- WindowSums.h - sums of what windows read -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_WINDOWSUMS_H
#define TALLY_LIB_LOWER_KERNELS_WINDOWSUMS_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Window.h"

#include "mlir/IR/Builders.h"

namespace tally {

/// The sums of all bytes that a window reads of `padded`, `[N, H, W, C]` with codes between those
/// of `codes`, which are bytes with a sign or without: `[N, OH, OW]`, in 16 bits where they fit,
/// with a sign if the codes have one. Every place's channels are added up once.
mlir::Value buildWindowSums(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value padded,
                            Window window, CodeRange codes, bool isSigned);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_WINDOWSUMS_H

//===- SpreadGradient.h - from outputs of a window to its inputs -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_SPREADGRADIENT_H
#define TALLY_LIB_LOWER_LINALG_SPREADGRADIENT_H

#include "tally/IR/Window.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// What belongs to outputs, `[N, OH, OW, F]`, where a convolution of stride 1 over it with the
/// window turned around finds it for each input of `[N, H, W, ..]`: `stride` apart, with `filler`
/// between and around.
mlir::Value spreadOut(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                      const Window &window, mlir::ArrayRef<int64_t> input, double filler);

/// `value` with `before` and `after` more elements along dimensions 1 and 2, fewer where negative.
mlir::Value padOrCut(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                     std::array<int64_t, 2> before, std::array<int64_t, 2> after, double filler);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_SPREADGRADIENT_H

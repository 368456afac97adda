//===- ByteDotLayer.h - convolutions on bytes in fours ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BYTEDOTLAYER_H
#define TALLY_LIB_LOWER_KERNELS_BYTEDOTLAYER_H

#include "Lower/Linalg/LayerLoops.h"
#include "tally/Lower/Kernels/ByteDot.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace tally {

/// The sums of `op` over `padded` codes as a generic with `tally.byte_dot`, its bias included;
/// null where it has no such form: another width, weights or bias that are not constant,
/// weights too large for `byteDot`, or channels that do not come in fours.
mlir::Value buildByteDotLayer(mlir::OpBuilder &builder, mlir::tosa::Conv2DOp op, mlir::Value padded,
                              const Window &window, ByteDot byteDot);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BYTEDOTLAYER_H

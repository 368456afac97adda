//===- UnpackLevels.h - weights of few values as codes of a few bits -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_UNPACKLEVELS_H
#define TALLY_LIB_LOWER_KERNELS_UNPACKLEVELS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// `weights`, bytes of a `type` of rows `[R, ...]`, as codes that kernel 'unpack-levels' takes to
/// them, in as few bits as tell the different ones apart; named after `source`, the filter that
/// they come from. Null where that saves little.
mlir::Value packLevels(mlir::OpBuilder &builder, mlir::Operation *layer, mlir::Value source,
                       mlir::RankedTensorType type, mlir::ArrayRef<uint8_t> weights);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_UNPACKLEVELS_H

//===- BitPlanes.h - codes of two bits, bit by bit --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. The input of kernels that count bits.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BITPLANES_H
#define TALLY_LIB_LOWER_KERNELS_BITPLANES_H

#include "Kernel.h"

namespace tally {

/// Channels in a byte of a plane.
constexpr int64_t kPlaneBits = 8;
/// The lower bits, the higher ones, and where those differ.
constexpr int64_t kInputPlanes = 3;

/// A `tally.kernel` for the planes of the input of `layer`, whose codes are `lowest` to three more.
mlir::Value createBitPlanes(mlir::OpBuilder &builder, const KernelLayer &layer, int64_t lowest);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BITPLANES_H

//===- Psadbw.h - sums of absolute differences of bytes ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. The two halves of the kernel: what it takes and how weights lie, in
// Psadbw.cpp, which says what it computes, and its loops in PsadbwLoops.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_PSADBW_H
#define TALLY_LIB_LOWER_KERNELS_PSADBW_H

#include "Kernel.h"

namespace tally {

/// The runs of bytes in which a window is read.
struct PsadbwRuns {
  /// Of a kernel with valid parameters.
  explicit PsadbwRuns(KernelOp op);
  PsadbwRuns(mlir::ArrayRef<int64_t> window, mlir::ArrayRef<int64_t> dilation, int64_t channels);

  int64_t rows, columns; ///< so many runs
  int64_t bytes;         ///< of one

  int64_t count() const { return rows * columns; }
  /// By eights, the last of which may share bytes with the one before it.
  int64_t groups() const { return (bytes + 7) / 8; }
  /// Where a group starts in the run.
  int64_t start(int64_t group) const { return bytes < 8 ? 0 : std::min(8 * group, bytes - 8); }
};

std::optional<TileShape> getPsadbwTile(KernelOp op, TargetAttr target);
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildPsadbwTile(StepBuilder &steps, KernelOp op, mlir::ArrayRef<Kernel::Indices> members);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_PSADBW_H

//===- Kernel.h - one way of a machine to compute a layer -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. A kernel is one file of this folder and one line of Kernels.def: what it
// takes (`lowerLayer`, on the way to linalg), what it is (`verify`), and how its elements are
// built (`buildElement`, inside the loops of a step). Nobody else knows kernels by name.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_KERNEL_H
#define TALLY_LIB_LOWER_KERNELS_KERNEL_H

#include "tally/IR/Tally.h"
#include "tally/IR/Window.h"
#include "tally/Lower/Kernels.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace tally {

class StepBuilder;

/// A layer on its way to linalg.
struct KernelLayer {
  mlir::Operation *op; ///< with its operands before lowering, which say scales and signs
  mlir::Value padded;  ///< the input with its border, `[N, H, W, C]` of storage
  Window window;
  TargetAttr target;
  /// Of a convolution with groups of channels the convolutions, one a group, each on a slice of
  /// the input; `op` puts their results together.
  llvm::ArrayRef<mlir::Operation *> groups = {};
  mutable std::string why = {}; ///< what the kernel that takes it says for itself, if anything
};

/// Codes of powers of two that are to be unpacked: bytes `packed` to `type`.
struct PackedLevels {
  mlir::Location location;
  mlir::Value packed;
  mlir::RankedTensorType type;
  const PowerOfTwoLevels &levels;
  TargetAttr target;
};

/// Outputs that are computed at once, so that what they read is loaded once for several of them:
/// neighbours along the last dimension but one that has any and, along the last, in vectors or, on
/// machines without, a few numbers side by side.
struct TileShape {
  int64_t outputs;  ///< most along that dimension
  int64_t lanes;    ///< most in a vector
  bool anyLength;   ///< whether the last vector may be as short as it comes, else cut in halves
  int64_t last = 1; ///< most numbers along the last dimension; then `lanes` is 1
};

class Kernel {
public:
  using Indices = llvm::SmallVector<mlir::AffineExpr>;

  virtual ~Kernel() = default;

  /// What `tally.kernel` calls it.
  virtual llvm::StringRef name() const = 0;
  /// What it asks of processors, by LLVM's names; those of all kernels are what a target says.
  virtual llvm::ArrayRef<llvm::StringLiteral> features() const { return {}; }

  // Towards linalg.

  /// The sums of `layer`, its bias included; null where this kernel does not compute them, which
  /// `decline` explains for layers that it might have been expected to.
  virtual mlir::Value lowerLayer(mlir::OpBuilder &, const KernelLayer &) const { return {}; }
  /// See `getRegisterUpdate`.
  virtual std::optional<RegisterUpdate> getUpdate(TargetAttr) const { return {}; }
  /// All levels; null where this kernel does not unpack them.
  virtual mlir::Value lowerLevels(mlir::OpBuilder &, const PackedLevels &) const { return {}; }
  /// Emits an error at `op`, which has this kernel's name, where it is something else than
  /// what the kernel computes.
  virtual mlir::LogicalResult verify(KernelOp op) const = 0;

  // Towards steps.

  /// Whether `op` is this kernel: its `tally.kernel`, or a generic that has its form.
  virtual bool owns(mlir::Operation *op) const;
  /// Its result gets no buffer; each reader computes what it reads, see `prepare`.
  virtual bool isRecomputed() const { return false; }
  /// Its vectors are neighbours along the last dimension, and only that.
  virtual bool hasLanesAlongLast() const { return false; }
  /// Whether `buildAll` stores the result, which then always has a buffer.
  virtual bool buildsAll() const { return false; }
  /// Whether `buildRows` fills a part of the result, for readers that go filter by filter.
  virtual bool buildsRows() const { return false; }
  /// Whether `use`, by a kernel, reads of what stands at its first index as many neighbours as are
  /// numbers side by side in the tile.
  virtual bool readsByRow(mlir::OpOperand &) const { return false; }

  /// The element at `indices` of the result of `op`, or a vector of as many as `steps` has lanes.
  virtual mlir::FailureOr<mlir::Value> buildElement(StepBuilder &steps, mlir::Operation *op,
                                                    const Indices &indices) const;
  /// The tile in which it computes `op`; none where it builds single elements.
  virtual std::optional<TileShape> getTile(mlir::Operation *, TargetAttr) const { return {}; }
  /// As `buildElement`, at each of `members`, which are one tile or a single element of it.
  virtual mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  buildTile(StepBuilder &steps, mlir::Operation *op, mlir::ArrayRef<Indices> members) const;
  /// Stores every element of `op` in the step's output.
  virtual mlir::LogicalResult buildAll(StepBuilder &steps, mlir::Operation *op) const;
  /// Stores `count` rows, all elements with that first index, from `first` on in the buffer `to`.
  virtual mlir::LogicalResult buildRows(StepBuilder &steps, mlir::Operation *op, mlir::Value to,
                                        mlir::AffineExpr first, int64_t count) const;
  /// Ahead of the loops of a reduction that reads `input`, a result of `op`, at `dims`.
  virtual mlir::LogicalResult prepare(StepBuilder &steps, mlir::Operation *op,
                                      mlir::OpOperand &input, const Indices &dims) const;

protected:
  /// Says in a remark why it does not compute `layer`; returns null.
  mlir::Value decline(const KernelLayer &layer, const llvm::Twine &why) const;
};

/// All of them, in the order in which they are asked.
llvm::ArrayRef<const Kernel *> getKernels();

/// The kernel that `op` is, or null.
const Kernel *findKernel(mlir::Operation *op);

/// What the first kernel makes of it that takes it; null where none does.
mlir::Value lowerByKernel(mlir::OpBuilder &builder, const KernelLayer &layer);
mlir::Value lowerByKernel(mlir::OpBuilder &builder, const PackedLevels &levels);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_KERNEL_H

//===- ChannelGroups.h - sums over channels of one's own --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What kernels share for depthwise layers and layers with groups, whose filters
// read different channels: lanes are filters, and every lane has bytes of its own channels.
//
//   y[n, oh, ow, f] = start[f] + sum over kh, kw, c < C / group of
//       term(u(x[n, oh * stride[0] + kh * dilation[0], ow * stride[1] + kw * dilation[1],
//                f / (F / group) * (C / group) + c]), w(f, kh, kw, c))
//
// x, start, y and u as in ByteSum.h. A window is read by lines, columns of it or rows: those of
// which U bytes at a time are fewer. w is bytes, flat: for each line, for each U of its
// terms (along the line, then the channels), for each filter, U bytes; zeros fill up a line, and as
// many bytes as a register has follow that no sum depends on. Where windows of neighbouring outputs
// are neighbours in x, because each filter has one channel and the stride is 1, and U is 1, the
// filters are repeated as often as they fit a register: outputs share one.
//
// Parameters: `stride`, `dilation`, `window` (array<i64>, two each), `flip` (bool), `group` (i64).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_CHANNELGROUPS_H
#define TALLY_LIB_LOWER_KERNELS_CHANNELGROUPS_H

#include "ByteSum.h"
#include "Lower/Steps/LoopNest.h"
#include "Lower/Steps/StepBuilder.h"

namespace tally {

/// The lines in which a window is read, and where their terms lie in w.
struct ChannelGroups {
  /// Of an operation with valid parameters.
  ChannelGroups(KernelOp op, int64_t unit);
  ChannelGroups(const Window &window, int64_t channels, int64_t filters, int64_t group,
                int64_t unit);

  int64_t unit;              ///< U
  int64_t filters;           ///< F
  int64_t channels, sharing; ///< of a group; filters that read them
  bool alongWidth;           ///< whether lines are rows
  int64_t lines, places;     ///< of a window; of a line
  int64_t copies;            ///< of each unit's filters in w

  int64_t terms() const { return places * channels; }           ///< of a line
  int64_t units() const { return (terms() + unit - 1) / unit; } ///< of a line
  /// The bytes of w.
  int64_t size() const {
    return int64_t(llvm::alignTo(lines * units() * copies * filters * unit + kBehind, kBehind));
  }
  /// Bytes `[F, KH, KW, C / group]` in the order of w, with `none` for zeros.
  std::vector<uint8_t> layOut(mlir::ArrayRef<uint8_t> weights, uint8_t none) const;
  /// Where the bytes begin that the first of a vector of filters has for a unit of a line.
  mlir::AffineExpr getPosition(mlir::AffineExpr line, int64_t index,
                               mlir::AffineExpr filter) const {
    return ((line * units() + index) * (copies * filters) + filter) * unit;
  }
  /// The most filters of a vector, not beyond `most`, whose channels lie alike in all vectors.
  int64_t getLanes(int64_t most) const;
  /// Whether so many units are built one behind the other.
  bool isUnrolled() const { return lines * units() <= kMost; }
  /// Why no code is built for it; empty where it is.
  llvm::StringRef findLimit() const {
    return units() > kMost ? "its groups have too many channels" : "";
  }

  /// Bytes of the widest register.
  static constexpr int64_t kBehind = 64;
  static constexpr int64_t kMost = 72;
};

/// The parameters of an operation on `layer`.
mlir::SmallVector<mlir::NamedAttribute>
makeGroupParameters(mlir::OpBuilder &builder, const KernelLayer &layer, bool flip, int64_t group);

/// Whether `op` has these parameters and `others` more, and shapes that belong together; emits an
/// error.
mlir::LogicalResult verifyGroups(KernelOp op, int64_t unit, mlir::ArrayRef<llvm::StringRef> others);

/// The tile of an operation with `parts` registers of sums for `lanes` of its filters and room for
/// `sums` of them.
TileShape makeGroupTile(KernelOp op, int64_t lanes, int64_t parts, int64_t sums);

/// The bytes of input of a tile.
class GroupInput {
public:
  using Indices = Kernel::Indices;

  /// For vectors of `width` lanes, of which as many count as `steps` has.
  GroupInput(StepBuilder &steps, KernelOp op, const ChannelGroups &groups, int64_t width);

  mlir::LogicalResult open();
  /// The lines of the window: a loop of `nest`, or one after another.
  mlir::SmallVector<mlir::AffineExpr> enterLines(LoopNest &nest);
  /// How many of `members` from `first` on have their bytes side by side, at most as many as there
  /// are copies of weights.
  size_t countNeighbours(mlir::ArrayRef<Indices> members, size_t first);
  /// Calls `add` with `[width * unit]` bytes for each unit of these lines and each of `members`:
  /// right after each other for those that have the same, so that they wait in no register.
  /// `together`: so many outputs, from the member on, side by side.
  void forEach(
      mlir::ArrayRef<Indices> members, mlir::ArrayRef<mlir::AffineExpr> lines,
      llvm::function_ref<void(mlir::Value x, size_t member, mlir::AffineExpr line, int64_t index)>
          add,
      llvm::ArrayRef<size_t> together = {});

private:
  mlir::AffineExpr getPosition(const Indices &member, mlir::AffineExpr line);
  mlir::Value loadUnit(mlir::AffineExpr position, int64_t index, size_t together);
  mlir::Value loadJoined(mlir::AffineExpr position, int64_t count);
  mlir::Value loadLanes(mlir::AffineExpr position, int64_t channel, int64_t bytes);
  mlir::Value loadBytes(mlir::AffineExpr position, int64_t count);

  StepBuilder &steps;
  mlir::OpBuilder &b;
  mlir::Location loc;
  KernelOp op;
  const ChannelGroups &groups;
  int64_t width;
  mlir::Value buffer;
  mlir::AffineExpr filter; ///< the first of the vector
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_CHANNELGROUPS_H

//===- ByteSum.h - sums over windows of bytes, in tiles ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What instructions share that add U terms, each of a byte of input and a byte
// of weights, to every lane of a register, which is U bytes wide: the layout of weights and the
// loops over a tile of outputs.
//
//   y[n, oh, ow, f] = start[f] + sum over kh, kw, c of
//       term(u(x[n, oh * stride[0] + kh * dilation[0], ow * stride[1] + kw * dilation[1], c]),
//            w(f, kh, kw, c))
//
// x bytes `[N, H, W, C]`, start `[F]` and y `[N, OH, OW, F]` 32-bit; KH and KW are `window`; sums
// modulo 2^32. u reads a byte without a sign; with `flip` after its highest bit is flipped, which
// adds 128 to a byte with a sign.
//
// A window is read in S runs of bytes that lie side by side: without a dilation along the width a
// row of it (S = KH, KW * C bytes), else the channels of a place (S = KH * KW, C bytes). w is
// bytes `[F / B, S, G, B, U]`, F / B and G rounded up: blocks of B = 64 / U filters, U bytes of
// each, G times. Filters beyond F are zeros. Where U does not divide a run, the last U bytes are
// its last U, of which those count that are in no other; the others are zeros in w, as are those
// behind the end of a run of fewer than U.
//
// An instruction may also take codes apart, bit by bit: then x is I planes `[I * N, H, W, C]`, all
// images of one plane before those of the next, w is `[F / B, S, G, P * B, U]` with P planes of
// each B filters, and y is made of so many sums as the kernel keeps.
//
// With `group` G, each filter reads the channels of its own group alone: c < C / G, from
// f / (F / G) * (C / G) on. Runs are then the channels of a place, unless a window is one place
// wide. Where the filters of a group are no whole blocks, they are cut into equal pieces that begin
// a block each, unless several make one.
//
// Parameters: `stride`, `dilation`, `window` (array<i64>, two each), `flip` (bool), perhaps `group`
// (i64).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BYTESUM_H
#define TALLY_LIB_LOWER_KERNELS_BYTESUM_H

#include "Kernel.h"

namespace tally {

/// The runs of bytes in which a window is read, and where their bytes lie in w.
struct ByteRuns {
  /// Of an operation with valid parameters.
  ByteRuns(KernelOp op, int64_t unit, int64_t block = 0);
  ByteRuns(mlir::ArrayRef<int64_t> window, mlir::ArrayRef<int64_t> dilation, int64_t channels,
           int64_t unit, int64_t block = 0, int64_t group = 1);

  int64_t unit;          ///< U
  int64_t block;         ///< B; 64 / U where none is given
  int64_t group;         ///< of channels, so many
  int64_t rows, columns; ///< so many runs
  int64_t bytes;         ///< of one

  int64_t count() const { return rows * columns; }
  int64_t groups() const { return (bytes + unit - 1) / unit; }
  /// Where a group starts in the run.
  int64_t start(int64_t group) const {
    return bytes < unit ? 0 : std::min(unit * group, bytes - unit);
  }
  /// How many filters make a piece: all of a group where they are whole blocks, else what divides
  /// them into the fewest blocks, two at most.
  int64_t piece(int64_t filters) const;
  /// The places in blocks that they take.
  int64_t placesOf(int64_t piece) const {
    bool fits = group == 1 || block % piece == 0;
    return fits ? piece : int64_t(llvm::alignTo(piece, block));
  }
  /// The shape of w.
  llvm::SmallVector<int64_t> shape(int64_t filters) const {
    int64_t places = filters / piece(filters) * placesOf(piece(filters));
    return {(places + block - 1) / block, count(), groups(), block, unit};
  }
  /// Bytes `[F, KH, KW, C / G]` in the order of w, with `none` for zeros.
  std::vector<uint8_t> layOut(mlir::ArrayRef<uint8_t> weights, int64_t filters, uint8_t none) const;
};

/// `window`, `stride` and `dilation` of the parameters; none where one is missing or no two numbers
/// above 0.
std::optional<Window> getWindow(KernelOp op);

/// Whether `type`, of a tensor, is static and has integers of `width` bits and that rank.
bool isTensorOf(mlir::Type type, unsigned width, int64_t rank);

/// The largest number up to `most` that divides `number`.
int64_t largestDivisor(int64_t number, int64_t most);

/// How many registers a tile keeps for sums, and the most outputs that share loaded weights.
struct ByteSumTile {
  int64_t sums, outputs;
};

/// Planes of x and of w, and registers of sums that one output has in a tile.
struct ByteSumPlanes {
  int64_t inputs = 1, weights = 1, sums = 1;
};

class ByteSumKernel : public Kernel {
public:
  mlir::LogicalResult verify(KernelOp op) const override;
  bool hasLanesAlongLast() const final { return true; }
  std::optional<RegisterUpdate> getUpdate(TargetAttr target) const override;
  std::optional<TileShape> getTile(mlir::Operation *op, TargetAttr target) const override;
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  buildTile(StepBuilder &steps, mlir::Operation *op,
            mlir::ArrayRef<Indices> members) const override;

  /// Whether the processor has the instruction.
  virtual bool has(TargetAttr target) const = 0;
  /// Bits of the registers that it works on there.
  virtual int64_t registerBits(TargetAttr target) const = 0;
  /// The rest of its 32 or 16 registers is for weights, inputs and terms.
  virtual ByteSumTile tileOn(TargetAttr target) const {
    return registerBits(target) == 512 ? ByteSumTile{24, 8} : ByteSumTile{12, 6};
  }
  /// U: bytes of a lane, 4 or 8.
  virtual int64_t unit() const = 0;
  virtual ByteSumPlanes planes() const { return {}; }
  /// Whether a weight of zero makes a term of zero whatever the input.
  virtual bool hidesInput() const = 0;
  /// Adds to `sums` the terms of `xs` and `ws`, the words of all planes in registers of 128 bits or
  /// more; where `counted` is given, of those bits alone that are set in it. `few` as in `addFew`.
  virtual void addPlanes(mlir::OpBuilder &b, mlir::Location loc, TargetAttr target,
                         mlir::MutableArrayRef<mlir::Value> sums, mlir::ArrayRef<mlir::Value> xs,
                         mlir::ArrayRef<mlir::Value> ws, mlir::Value counted, bool few) const;
  /// The sums of lanes, from the registers of one output.
  virtual mlir::Value joinSums(mlir::OpBuilder &, mlir::Location,
                               mlir::ArrayRef<mlir::Value> sums) const {
    return sums[0];
  }
  /// `sums` plus the terms of the bytes of `x` and `w`, in registers of 128 bits or more.
  virtual mlir::Value add(mlir::OpBuilder &b, mlir::Location loc, TargetAttr target,
                          mlir::Value sums, mlir::Value x, mlir::Value w) const;
  /// From zero on, so many times may sums be added to by `addFew`, an instruction for small ones
  /// that is faster; 0 where there is none. Then `add` puts them away.
  virtual int64_t most(TargetAttr) const { return 0; }
  virtual mlir::Value addFew(mlir::OpBuilder &b, mlir::Location loc, TargetAttr target,
                             mlir::Value sums, mlir::Value x, mlir::Value w) const;
  /// What of `add` keeps its part of the processor busy; the rest runs beside it on others.
  virtual mlir::Value limiting(mlir::OpBuilder &b, mlir::Location loc, TargetAttr target,
                               mlir::Value sums, mlir::Value x, mlir::Value w) const {
    return add(b, loc, target, sums, x, w);
  }
  /// y of all lanes, from `start` and registers of sums.
  mlir::Value finishLanes(StepBuilder &steps, mlir::ArrayRef<mlir::Value> sums,
                          mlir::Value start) const;
  /// y, from `start` and the sums in 32 bits.
  virtual mlir::Value finish(mlir::OpBuilder &b, mlir::Location loc, mlir::Value start,
                             mlir::Value sums) const = 0;

protected:
  /// Whether registers hold filters of one group each, and half of one is not empty.
  bool fitsGroups(const ByteRuns &runs, int64_t filters, TargetAttr target) const;
  /// The operation; `weights` are laid out, `start` is one number a filter.
  mlir::Value create(mlir::OpBuilder &builder, const KernelLayer &layer, mlir::Value weights,
                     mlir::ArrayRef<int32_t> start, bool flip, int64_t group = 1) const;
  /// Whether it can be built where `steps` is: it has the instruction there, and lanes are filters.
  mlir::LogicalResult checkLanes(StepBuilder &steps, mlir::Operation *op,
                                 const Indices &member) const;

  static mlir::Value callIntrinsic(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
                                   mlir::Type result, mlir::ValueRange operands);
};

/// Where the vectors of `steps` are neighbours along anything but the last of the indices of
/// `member`, fails and has the step built on scalars.
mlir::LogicalResult requireLanesAlongLast(StepBuilder &steps, const Kernel::Indices &member);

/// A `tally.kernel` on the input of `layer`, `weights` and `start`, for its sums.
mlir::Value createSums(mlir::OpBuilder &builder, const KernelLayer &layer, llvm::StringRef kernel,
                       mlir::Value weights, mlir::ArrayRef<int32_t> start,
                       mlir::ArrayRef<mlir::NamedAttribute> parameters);

/// Bytes as a parameter of the module of `op`, named after `source`, the filter that they come
/// from.
mlir::Value addBytes(mlir::OpBuilder &builder, mlir::Operation *op, mlir::Value source,
                     mlir::ArrayRef<int64_t> shape, mlir::ArrayRef<uint8_t> bytes);

bool isX86(TargetAttr target);
bool isAArch64(TargetAttr target);

/// Bits of x86's widest vector registers that work on bytes.
int64_t getX86RegisterBits(TargetAttr target);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BYTESUM_H

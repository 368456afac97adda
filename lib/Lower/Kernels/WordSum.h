//===- WordSum.h - sums over windows of bytes, a word at a time -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What cores without vectors share that work on four bytes in a register of 32
// bits: the layout of weights and the loops over a tile of outputs, each of which has registers of
// its own. Computes y as ByteSum.h says, with U = 4, from runs of at least four bytes.
//
// w is words, for each B filters and in the end for what is left of them `[S, G, B * bits / 8]`:
// for each four bytes of input those of B filters. A word has four weights of eight bits of one
// filter or, of four or two, as many of two or four filters: those of the first lowest in each
// byte, of the next above. Words of eight bits may also come as bytes `[F, 4 * S * G]`, those of a
// filter's share of its block in each row: what `unpack-levels` makes a few filters at a time.
//
// Parameters: `stride`, `dilation`, `window` (array<i64>, two each), `block` (i64: B, 2 or 4),
// `bits` (i64: 8, 4 or 2, of a weight), `most` (i64: of input and of weights, without a sign),
// `signed` (bool: input).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_WORDSUM_H
#define TALLY_LIB_LOWER_KERNELS_WORDSUM_H

#include "ByteSum.h"

namespace tally {

class WordSumKernel : public Kernel {
public:
  static constexpr int64_t kUnit = 4;

  mlir::LogicalResult verify(KernelOp op) const final;
  bool hasLanesAlongLast() const final { return true; }
  bool readsByRow(mlir::OpOperand &use) const final { return use.getOperandNumber() == 1; }
  std::optional<TileShape> getTile(mlir::Operation *op, TargetAttr target) const final;
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  buildTile(StepBuilder &steps, mlir::Operation *op, mlir::ArrayRef<Indices> members) const final;

  using Words = llvm::SmallVector<mlir::Value>;

  /// Whether the processor has the instruction.
  virtual bool has(TargetAttr target) const = 0;
  /// Outputs that share weights in registers.
  virtual int64_t outputs(TargetAttr target) const = 0;
  /// B: filters that share inputs, 2 or 4.
  virtual int64_t block(TargetAttr) const { return 4; }
  /// Whether a weight of zero makes a term of zero whatever the input.
  virtual bool hidesInput() const = 0;
  /// Why it does not compute sums over so many words, of codes up to `most` without a sign; empty
  /// where it does.
  virtual llvm::StringRef findLimit(int64_t, int64_t) const { return ""; }
  /// Most words whose terms a sum takes before it is put away by `fold`.
  virtual int64_t wordsOfSum(KernelOp) const { return INT64_MAX; }
  /// Whether inputs with a sign lose it by their highest bit, which adds 128.
  virtual bool flipsSign() const { return false; }
  /// Whether an output takes the sum of its inputs, too.
  virtual bool sumsInput() const { return false; }
  /// Four bytes of input, with a sign or without, in the form that `add` takes; so for weights.
  virtual Words prepareInput(mlir::OpBuilder &, mlir::Location, bool, mlir::Value x) const {
    return {x};
  }
  virtual Words prepareWeights(mlir::OpBuilder &, mlir::Location, mlir::Value w) const {
    return {w};
  }
  /// `sum` plus the terms of four bytes.
  virtual mlir::Value add(mlir::OpBuilder &b, mlir::Location loc, mlir::Value sum, const Words &x,
                          const Words &w) const = 0;
  /// `total` plus what `sum` holds.
  virtual mlir::Value fold(mlir::OpBuilder &, mlir::Location, mlir::Value total,
                           mlir::Value sum) const;
  /// y; `input` is the sum of the inputs, where `sumsInput`.
  virtual mlir::Value finish(mlir::OpBuilder &b, mlir::Location loc, mlir::Value start,
                             mlir::Value total, mlir::Value input) const = 0;

  /// B, of an operation with valid parameters.
  static int64_t getBlock(KernelOp op) {
    return op.getParameters().getAs<mlir::IntegerAttr>("block").getInt();
  }
  /// Words for four bytes of input by so many filters.
  static int64_t wordsOf(int64_t filters, int64_t bits) { return (filters * bits + 7) / 8; }
  /// Why the input cannot be read by words; empty where it can.
  static llvm::StringRef findObstacle(const KernelLayer &layer);

protected:
  /// Bytes without a sign `[F, KH, KW, C]`, and a number for each filter.
  struct Weights {
    std::vector<uint8_t> bytes;
    std::vector<int32_t> start;
    int64_t bits = 8;
    int64_t most = 255; ///< of input and weights
  };

  mlir::Value create(mlir::OpBuilder &builder, const KernelLayer &layer, mlir::Value filter,
                     const Weights &weights, bool isSigned) const;

  static mlir::Value call(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef intrinsic,
                          mlir::ValueRange operands);
  static mlir::Value word(mlir::OpBuilder &b, mlir::Location loc, uint32_t value);
};

/// Those that compute layers of absolute differences.
class AdderWordsKernel : public WordSumKernel {
public:
  mlir::Value lowerLayer(mlir::OpBuilder &builder, const KernelLayer &layer) const final;
  bool hidesInput() const final { return false; }
  bool flipsSign() const final { return true; }

protected:
  /// What it adds to a filter's sums.
  virtual void arrange(Weights &) const {}
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_WORDSUM_H

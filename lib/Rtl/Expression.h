//===- Expression.h - numbers on wires --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_EXPRESSION_H
#define TALLY_LIB_RTL_EXPRESSION_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/Rtl/Rtl.h"

#include "mlir/IR/Builders.h"

namespace tally {

/// The bits of every number of `range`: two's complement where one is negative, at least 1.
unsigned bitsOf(CodeRange range);
inline bool hasSign(CodeRange range) { return range.min < 0; }
/// The bits of the numbers 0 to `last`, at least 1.
unsigned countBits(int64_t last);

/// A wire and the numbers that it can hold, in as many bits as these take.
struct Number {
  mlir::Value wire;
  CodeRange range;
};

/// What a requantization does to every code: `clamp((code * multiplier + offset) >> shift)`.
struct Scaling {
  int64_t multiplier = 1, offset = 0; ///< the latter with what rounds
  int shift = 0;
};

/// The numbers `code * multiplier + offset` of codes in `range`; nothing where they need more than
/// 62 bits.
std::optional<CodeRange> scaledRange(CodeRange range, const Scaling &scaling);

/// `range`, shifted, clamped.
CodeRange resultRange(CodeRange scaled, int shift, CodeRange clamp);

/// What `scale` makes of codes in `range`; nothing where `scaledRange` is nothing.
std::optional<CodeRange> scaledCodes(CodeRange range, const Scaling &scaling, CodeRange clamp);

/// `number` in `width` bits, which hold it.
mlir::Value widen(mlir::OpBuilder &b, mlir::Location loc, const Number &number, unsigned width);

/// By additions of shifted copies; nothing where `scaledRange` is nothing.
std::optional<Number> scale(mlir::OpBuilder &b, mlir::Location loc, const Number &number,
                            const Scaling &scaling, CodeRange clamp);

Number constantNumber(mlir::OpBuilder &b, mlir::Location loc, int64_t value);

/// `value`, two's complement, in as many bits as `range` takes, which holds it.
Number narrow(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, CodeRange range);

/// The numbers of both.
CodeRange unite(CodeRange a, CodeRange b);

/// The one of `numbers` that is not zero, bit by bit; all others must be.
Number joinNumbers(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<Number> numbers);

Number addNumbers(mlir::OpBuilder &b, mlir::Location loc, const Number &one, const Number &other);
Number subtractNumbers(mlir::OpBuilder &b, mlir::Location loc, const Number &one,
                       const Number &other);
Number largerNumber(mlir::OpBuilder &b, mlir::Location loc, const Number &one, const Number &other);
Number smallerNumber(mlir::OpBuilder &b, mlir::Location loc, const Number &one,
                     const Number &other);

/// How many of `thresholds` `number` has reached.
Number countReached(mlir::OpBuilder &b, mlir::Location loc, const Number &number,
                    llvm::ArrayRef<int64_t> thresholds);

} // namespace tally

#endif // TALLY_LIB_RTL_EXPRESSION_H

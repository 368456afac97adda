//===- RandomBuilder.h - what random networks are made of -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random types, parameters, windows and requantizations. Each choice draws from one stream of
// random numbers, so their order is part of what a seed stands for.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TEST_UNIT_TARGET_RANDOMBUILDER_H
#define TALLY_TEST_UNIT_TARGET_RANDOMBUILDER_H

#include "tally/IR/PowerOfTwo.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <optional>
#include <random>

namespace tally::test {

class RandomBuilder {
protected:
  using Value = mlir::Value;
  using UniformQuantizedType = mlir::quant::UniformQuantizedType;

  RandomBuilder(mlir::MLIRContext *context, unsigned seed)
      : context(context), builder(context), loc(mlir::UnknownLoc::get(context)), random(seed) {}

  int64_t upTo(int64_t most) { return 1 + int64_t(random() % uint64_t(most)); }
  int64_t between(int64_t low, int64_t high) {
    return low + int64_t((uint64_t(random()) << 32 | random()) % uint64_t(high - low + 1));
  }
  bool chance(int oneIn) { return random() % oneIn == 0; }
  Value pick(mlir::ArrayRef<Value> choices) { return choices[random() % choices.size()]; }
  int64_t randomCode(CodeRange range);

  static UniformQuantizedType typeOf(Value value);
  static mlir::ArrayRef<int64_t> shapeOf(Value value);
  static mlir::RankedTensorType tensor(mlir::ArrayRef<int64_t> shape, mlir::Type element);

  UniformQuantizedType pickCodeType(bool narrow = false);
  /// 32-bit sums, or now and then the narrowest type that holds them.
  UniformQuantizedType sumType(CodeRange range, double scale);

  Value parameter(mlir::ArrayRef<int64_t> shape, mlir::quant::QuantizedType type);
  /// A packed filter of random codes of a kind of powers of two, unpacked.
  Value levels(mlir::ArrayRef<int64_t> shape, mlir::ArrayRef<double> scales, int32_t axis,
               PowerOfTwoFormat format);
  PowerOfTwoFormat pickFormat();
  Value scalarConstant(UniformQuantizedType type, int64_t code);
  Value shapeConstant(mlir::ArrayRef<int64_t> sizes);
  /// The zero point of `filter`, which is 0.
  Value filterZero(Value filter);
  Value bias(int64_t filters);

  /// A window that fits `value`; `exact` where TOSA wants strides to come out even.
  std::optional<Window> pickWindow(Value value, bool exact, bool dilate = true);
  static mlir::RankedTensorType outputType(Value value, const Window &window, int64_t channels,
                                           mlir::Type element);

  /// A random requantization of `value` to `type` that spreads it over the range, or not.
  Value requantize(Value value, mlir::Type type, bool sane = true);

  mlir::MLIRContext *context;
  mlir::OpBuilder builder;
  mlir::Location loc;
  std::mt19937 random;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool fewBits = false; ///< what `levels` are: binary or ternary

private:
  int counter = 0;
};

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_RANDOMBUILDER_H

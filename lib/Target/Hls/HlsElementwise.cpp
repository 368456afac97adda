//===- HlsElementwise.cpp - code by code ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsRequantize.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally::hls {

namespace {

class ElementwiseConverter {
public:
  ElementwiseConverter(Program &program, Operation *op)
      : builder(program, op), nest(builder.nest()), shape(shapeOf(op->getResult(0))),
        at(nest.loopOver(shape)) {}

  LogicalResult convertRequantize(RequantizeOp op) {
    std::optional<Number> x = load(op.getInput(), "x");
    if (!x)
      return failure();
    std::optional<Scalings> scalings = Scalings::of(op, x->range);
    if (!scalings)
      return builder.refuseWidth();
    return store(scalings->apply(builder, at, *x));
  }

  /// Of two operands, element by element.
  template <typename Function> LogicalResult convertBinary(Operation *op, Function function) {
    std::optional<Number> a = load(op->getOperand(0), "a");
    std::optional<Number> b = a ? load(op->getOperand(1), "b") : std::nullopt;
    return b ? store(function(*a, *b)) : failure();
  }

  LogicalResult convertMultiply(MultiplyOp op) {
    auto centered = [&](const Number &x, Value value, StringRef name) {
      int64_t zero = zeroPointOf(value);
      if (zero == 0)
        return x;
      return nest.define(name, subtract(x, {"(" + literal(zero) + ")", only(zero)}));
    };
    return convertBinary(op, [&](const Number &a, const Number &b) {
      return multiply(centered(a, op.getA(), "centered_a"), centered(b, op.getB(), "centered_b"));
    });
  }

  LogicalResult convertTable(TableOp op) {
    std::vector<int64_t> values = constantsOf(op.getTable());
    if (values.empty())
      return builder.refuse("has a table that is no constant");
    std::optional<Number> x = load(op.getInput(), "x");
    if (!x)
      return failure();
    int64_t lowest = getCodeRange(getElementTypeOrSelf(op.getInput().getType())).min;
    Number entry = *x;
    if (lowest != 0)
      entry = nest.define("entry", subtract(*x, {"(" + literal(lowest) + ")", only(lowest)}));
    Array table = builder.table("table", {int64_t(values.size())}, values);
    return store({table.name + "[" + entry.text + "]", table.range});
  }

  /// The number of thresholds that a code reaches is the number of its level.
  LogicalResult convertSnap(SnapOp op) {
    std::optional<Number> x = load(op.getInput(), "x");
    if (!x)
      return failure();
    std::string reached;
    int64_t always = 0;
    for (int64_t threshold : op.getThresholds()) {
      always += threshold <= x->range.min;
      if (threshold > x->range.min && threshold <= x->range.max)
        reached += " + (" + compare(*x, " >= ", {literal(threshold), only(threshold)}) + ")";
    }
    if (reached.empty())
      nest.line("(void)x;");
    PowerOfTwoLevels levels = op.getLevelType().getLevels();
    Array table = builder.table("levels", {int64_t(levels.sorted().size())}, levels.sorted());
    std::string level = nest.defineInt("level", std::to_string(always) + reached);
    return store({table.name + "[" + level + "]", table.range});
  }

private:
  /// The element of `value` that belongs to the one of the result. Dimensions of 1 meet all.
  std::optional<Number> load(Value value, StringRef name) {
    std::vector<int64_t> own = shapeOf(value);
    if (own.size() != shape.size()) {
      (void)builder.refuse("takes values of different ranks");
      return std::nullopt;
    }
    std::optional<Array> array = builder.read(value, own == shape);
    if (!array)
      return std::nullopt;
    return nest.define(name, nest.at(*array, at));
  }

  LogicalResult store(const Number &result) {
    if (!hasType(result.range))
      return builder.refuseWidth();
    Array output = builder.write(result.range);
    nest.store(output, at, result);
    return builder.finish();
  }

  LayerBuilder builder;
  Nest &nest;
  std::vector<int64_t> shape;
  std::vector<Index> at;
};

} // namespace

std::optional<LogicalResult> convertElementwise(Program &program, Operation *op) {
  if (!isa<RequantizeOp, TableOp, SnapOp, MultiplyOp, tosa::AddOp, tosa::SubOp, tosa::MaximumOp,
           tosa::MinimumOp>(op))
    return std::nullopt;
  ElementwiseConverter converter(program, op);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](RequantizeOp op) { return converter.convertRequantize(op); })
      .Case([&](TableOp op) { return converter.convertTable(op); })
      .Case([&](SnapOp op) { return converter.convertSnap(op); })
      .Case([&](MultiplyOp op) { return converter.convertMultiply(op); })
      .Case([&](tosa::AddOp op) { return converter.convertBinary(op, add); })
      .Case([&](tosa::SubOp op) { return converter.convertBinary(op, subtract); })
      .Case([&](tosa::MaximumOp op) { return converter.convertBinary(op, larger); })
      .Default([&](Operation *op) { return converter.convertBinary(op, smaller); });
}

} // namespace tally::hls

//===- HlsMovement.cpp - elements elsewhere -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsProgram.h"

#include "tally/IR/Tally.h"

#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;

namespace tally::hls {

/// The sizes of loops that walk row by row through arrays of both shapes, with sums of products of
/// their counters as indices: neither division nor modulo. Nothing where there are none.
static std::optional<std::vector<int64_t>> commonLoops(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  std::vector<int64_t> loops;
  int64_t restA = 1, restB = 1;
  while (!a.empty() || !b.empty() || restA != 1 || restB != 1) {
    if (restA == 1 && !a.empty()) {
      restA = a.back();
      a = a.drop_back();
      continue;
    }
    if (restB == 1 && !b.empty()) {
      restB = b.back();
      b = b.drop_back();
      continue;
    }
    int64_t common = std::gcd(restA, restB);
    if (common == 1)
      return std::nullopt;
    loops.insert(loops.begin(), common);
    restA /= common;
    restB /= common;
  }
  return loops;
}

/// The indices of an array of `shape` at `counters` of loops of those `sizes`.
static std::vector<Index> gather(ArrayRef<int64_t> shape, ArrayRef<int64_t> sizes,
                                 ArrayRef<Index> counters) {
  std::vector<Index> indices(shape.size());
  for (size_t dim = shape.size(); dim-- > 0;)
    for (int64_t stride = 1; stride < shape[dim];) {
      indices[dim] = indices[dim] + counters.back().times(stride);
      stride *= sizes.back();
      sizes = sizes.drop_back();
      counters = counters.drop_back();
    }
  return indices;
}

namespace {

class MovementConverter {
public:
  MovementConverter(Program &program, Operation *op)
      : program(program), builder(program, op), nest(builder.nest()),
        shape(shapeOf(op->getResult(0))) {}

  LogicalResult convertReshape(tosa::ReshapeOp op) {
    Value value = op.getInput1();
    Array from{"", shapeOf(value), {}}, to{"", shape, {}};
    if (from.sizes() == to.sizes())
      return alias(value);
    std::optional<std::vector<int64_t>> sizes = commonLoops(from.shape, to.shape);
    if (!sizes)
      return builder.refuse("groups elements anew, in sizes without a common divisor");
    std::vector<Index> counters;
    for (auto [number, size] : llvm::enumerate(*sizes))
      counters.push_back(
          nest.loop("part" + std::to_string(number), "i" + std::to_string(number), size));
    return copy(value, true, gather(from.shape, *sizes, counters),
                gather(to.shape, *sizes, counters));
  }

  LogicalResult convertSlice(tosa::SliceOp op) {
    std::vector<int64_t> start = constantsOf(op.getStart());
    std::vector<Index> at = nest.loopOver(shape), from;
    if (start.size() != at.size())
      return builder.refuse("has a start that is no constant");
    for (auto [index, first] : llvm::zip_equal(at, start))
      from.push_back(index + Index(first));
    return copy(op.getInput1(), false, from, at);
  }

  LogicalResult convertTranspose(tosa::TransposeOp op) {
    std::vector<Index> at = nest.loopOver(shape), from(at.size());
    for (auto [dim, perm] : llvm::enumerate(op.getPerms()))
      from[perm] = at[dim];
    return copy(op.getInput1(), false, from, at);
  }

  /// Elements of dimension `axis` by their numbers.
  LogicalResult convertTake(Value value, int64_t axis, ArrayRef<int64_t> indices) {
    std::vector<Index> at = nest.loopOver(shape), from = at;
    if (indices.size() == 1)
      from[axis] = indices[0];
    else if (shapeOf(value)[axis] != 1) // the only one
      from[axis] = Index(
          nest.at(builder.table("indices", {int64_t(indices.size())}, indices), at[axis]).text);
    return copy(value, false, from, at);
  }

  /// Each element from the one operand that has it.
  LogicalResult convertConcat(tosa::ConcatOp op) {
    size_t axis = op.getAxis();
    std::vector<Index> at = nest.loopOver(shape);
    std::string text;
    CodeRange range;
    int64_t first = 0;
    std::vector<std::pair<Number, int64_t>> parts;
    for (Value operand : op->getOperands()) {
      std::optional<Array> array = builder.read(operand, false);
      if (!array)
        return failure();
      std::vector<Index> from = at;
      from[axis] = at[axis] + Index(-first);
      first += array->shape[axis];
      parts.push_back({nest.at(*array, from), first});
      range = parts.size() == 1 ? array->range : unite(range, array->range);
    }
    for (auto &[number, end] : llvm::drop_end(parts))
      text += nest.text(at[axis]) + " < " + std::to_string(end) + " ? " +
              convert(number, range).text + " : ";
    Array output = builder.write(range);
    nest.store(output, at,
               nest.define("x", {text + convert(parts.back().first, range).text, range}));
    return builder.finish();
  }

  LogicalResult convertPad(tosa::PadOp op) {
    std::vector<int64_t> pairs = constantsOf(op.getPadding()),
                         filler = constantsOf(op.getPadConst());
    std::vector<int64_t> in = shapeOf(op.getInput1());
    if (pairs.size() != 2 * in.size() || filler.size() != 1)
      return builder.refuse("pads by what is no constant");
    std::vector<Index> at = nest.loopOver(shape), from;
    std::string inside;
    for (size_t dim = 0; dim < in.size(); ++dim) {
      from.push_back(at[dim] + Index(-pairs[2 * dim]));
      std::string position = nest.text(at[dim]);
      auto require = [&](const char *op, int64_t bound) {
        inside += (inside.empty() ? "" : " && ") + position + op + std::to_string(bound);
      };
      if (pairs[2 * dim] > 0)
        require(" >= ", pairs[2 * dim]);
      if (pairs[2 * dim + 1] > 0)
        require(" < ", pairs[2 * dim] + in[dim]);
    }
    std::optional<Array> input = builder.read(op.getInput1(), false);
    if (!input)
      return failure();
    Number x = nest.at(*input, from);
    if (!inside.empty())
      x = select(inside, x, constant(filler[0], only(filler[0])));
    Array output = builder.write(x.range);
    nest.store(output, at, nest.define("x", x));
    return builder.finish();
  }

  LogicalResult alias(Value value) {
    program.aliases[builder.op->getResult(0)] = value;
    return success();
  }

private:
  LogicalResult copy(Value value, bool inOrder, ArrayRef<Index> from, ArrayRef<Index> to) {
    std::optional<Array> input = builder.read(value, inOrder);
    if (!input)
      return failure();
    Array output = builder.write(input->range);
    nest.store(output, to, nest.at(*input, from));
    return builder.finish();
  }

  Program &program;
  LayerBuilder builder;
  Nest &nest;
  std::vector<int64_t> shape;
};

} // namespace

std::optional<LogicalResult> convertMovement(Program &program, Operation *op) {
  if (!isa<tosa::ReshapeOp, tosa::IdentityOp, tosa::SliceOp, tosa::TransposeOp, tosa::ConcatOp,
           tosa::PadOp, TakeOp, ShuffleChannelsOp>(op))
    return std::nullopt;
  MovementConverter converter(program, op);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](tosa::ReshapeOp op) { return converter.convertReshape(op); })
      .Case([&](tosa::SliceOp op) { return converter.convertSlice(op); })
      .Case([&](tosa::TransposeOp op) { return converter.convertTranspose(op); })
      .Case([&](tosa::ConcatOp op) { return converter.convertConcat(op); })
      .Case([&](tosa::PadOp op) { return converter.convertPad(op); })
      .Case([&](TakeOp op) {
        return converter.convertTake(op.getInput(), op.getAxis(), op.getIndices());
      })
      .Case([&](ShuffleChannelsOp op) {
        return converter.convertTake(op.getInput(), int64_t(op.getType().getRank()) - 1,
                                     op.getPermutation());
      })
      .Default([&](Operation *op) { return converter.alias(op->getOperand(0)); });
}

} // namespace tally::hls

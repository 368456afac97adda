//===- HlsPools.cpp - pooling and box sums as nests of loops --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsWindow.h"

#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally::hls {

/// Sums or maxima, all channels of a tap at once; `box` adds up channels as well.
static LogicalResult convert(LayerBuilder &builder, const Window &window, bool box, bool max) {
  Operation *op = builder.op;
  Value value = op->getOperand(0);
  std::vector<int64_t> in = shapeOf(value);
  WindowNest loops(builder, window);
  loops.loopOverTaps();
  Index channel =
      box ? loops.addUp("channels", "c", in[3]) : builder.nest().loop("channels", "c", in[3]);
  int lanes = !box && in[3] != 1 ? Array{"", in, {}}.dimension(3) : 0;
  if (lanes)
    builder.nest().loops.back().directive = Directive::Unroll;
  std::optional<Array> input = builder.read(value, false, lanes);
  if (!input)
    return failure();

  int64_t zero = zeroPointOf(value), padding = max ? input->range.min : zero;
  CodeRange taken = loops.pads() ? unite(input->range, only(padding)) : input->range;
  CodeRange sums = taken;
  int64_t taps = window.kernel[0] * window.kernel[1] * (box ? in[3] : 1);
  int64_t start = box ? 0 : -zero * taps;
  if (!max) {
    CodeRange all = {taken.min * taps + start, taken.max * taps + start};
    if (!hasType(all))
      return builder.refuseWidth();
    // Those on the way lie between the first and the last.
    sums = unite(only(start), all);
  }
  Array accumulators{"sum", {1, 1, 1, box ? 1 : in[3]}, sums};
  std::vector<Index> at = {0, 0, 0, box ? Index(0) : channel};
  Nest &nest = builder.nest();
  Array output =
      builder.write(max ? taken : CodeRange{taken.min * taps + start, taken.max * taps + start});
  Number x = loops.load(*input, channel, padding), first = max ? x : constant(start, sums);
  Number before = first;
  if (loops.hasTaps()) {
    builder.local(accumulators.declaration() + " = {0};");
    if (lanes)
      builder.local("TALLY_PARTITION(sum, 1)");
    before = nest.define("before", select(loops.first, first, nest.at(accumulators, at)));
  }
  Number after = nest.define("after", max ? larger(before, x) : compute(before, " + ", x, sums));
  if (loops.hasTaps())
    nest.store(accumulators, at, after);
  loops.store(output, box ? Index(0) : channel, after);
  // Its array is partitioned as accumulators are.
  builder.partitionResult(lanes ? output.dimension(3) : 0);
  return builder.finish();
}

std::optional<LogicalResult> convertPool(Program &program, Operation *op) {
  if (!isa<tosa::MaxPool2dOp, SumPool2DOp, BoxSumOp>(op))
    return std::nullopt;
  LayerBuilder builder(program, op);
  return convert(builder, *cast<ReductionOpInterface>(op).getWindow(), isa<BoxSumOp>(op),
                 isa<tosa::MaxPool2dOp>(op));
}

} // namespace tally::hls

//===- ByteDifference.cpp - sums of absolute differences of bytes ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ByteDifference.h"
#include "AdderBytes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

Value ByteDifferenceKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  auto op = dyn_cast<AdderConv2DOp>(layer.op);
  if (!op || !isOfArchitecture(layer.target))
    return {};
  if (!has(layer.target))
    return decline(layer, "the processor has " + required());
  Type input = op.getInput().getType().getElementType();
  bool flip = isa<quant::QuantizedType>(input) && !hasUnsignedStorage(input);
  AdderBytes weights(op, flip ? CodeRange{-128, 127} : CodeRange{0, 255});
  if (!weights.obstacle.empty())
    return decline(layer, weights.obstacle);
  int64_t filters = weights.start.size(), group = op.getGroup();
  ByteRuns runs(layer.window.kernel, layer.window.dilation, op.getInput().getType().getDimSize(3),
                unit(), /*block=*/0, group);
  if (group > 1 && (!fitsGroups(runs, filters, layer.target) || runs.bytes < unit()))
    return decline(layer, "its groups have fewer filters than a register has lanes, or fewer "
                          "channels than a lane has bytes");
  Value laidOut = addBytes(builder, op, op.getFilter(), runs.shape(filters),
                           runs.layOut(weights.bytes, filters, /*none=*/0));
  return create(builder, layer, laidOut, weights.start, flip, group);
}

Value ByteDifferenceKernel::finish(OpBuilder &b, Location loc, Value start, Value sums) const {
  return arith::SubIOp::create(b, loc, start, sums);
}

} // namespace tally

//===- ByteDot.cpp - sums of products of bytes in fours -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs lose or get a sign by a flipped bit, which adds or takes 128; that and the zero point are
// constants times the sum of a filter's weights, and go into the bias.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "ChannelGroups.h"
#include "DotWeights.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

Value ByteDotKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  if (!isOfArchitecture(layer.target))
    return {};
  Operation *op = layer.op;
  bool depthwise = isa<tosa::DepthwiseConv2DOp>(op), grouped = !layer.groups.empty();
  if (grouped)
    op = layer.groups.front();
  if (!depthwise && !isa<tosa::Conv2DOp>(op))
    return {};
  if (layer.target.getMulFree() != MulFree::No)
    return decline(layer, "--mul-free forbids products");
  if (!has(layer.target))
    return decline(layer, "the processor has " + required());
  DotWeights filter(op);
  if (failed(filter.read()))
    return decline(layer, filter.obstacle);
  for (Operation *other : layer.groups.drop_front(grouped)) {
    DotWeights next(other);
    if (failed(next.read()))
      return decline(layer, next.obstacle);
    if (failed(filter.append(next)))
      return decline(layer, filter.obstacle);
  }
  if (filter.largest() > largestWeight())
    return decline(layer, "sums of two products saturate with weights larger than " +
                              Twine(largestWeight()) + ", but the largest is " +
                              Twine(filter.largest()));

  bool flip =
      hasUnsignedStorage(getElementTypeOrSelf(op->getOperand(0).getType())) == readsSigned();
  std::vector<int32_t> start = filter.correctBias(!flip ? 0 : readsSigned() ? -128 : 128);
  int64_t channels = cast<RankedTensorType>(layer.padded.getType()).getDimSize(3),
          filters = filter.getFilters(),
          group = depthwise ? channels
                  : grouped ? int64_t(layer.groups.size())
                            : 1;
  ByteRuns runs(layer.window.kernel, layer.window.dilation, channels, unit(), /*block=*/0, group);
  ChannelGroups groups(layer.window, channels, filters, group, unit());
  // Filters of a group fill a register, or it has several groups.
  bool woven =
      depthwise || (grouped && filters / group < registerBits(layer.target) / (8 * unit()));
  if (grouped && !woven && !fitsGroups(runs, filters, layer.target))
    return decline(layer, "registers do not divide the filters of its groups");
  if (StringRef limit = groups.findLimit(); woven && !limit.empty())
    return decline(layer, limit);
  bool filled = (woven ? groups.terms() : runs.bytes) % unit() != 0;
  if (filled && !filter.getZero())
    return decline(layer, "its runs are filled up with zeros, which its levels lack");
  uint8_t none = filter.getZero().value_or(0);
  if (!woven)
    return create(builder, layer,
                  filter.storeBytes(builder, runs.layOut(filter.getBytes(), filters, none),
                                    runs.shape(filters), layer.target),
                  start, flip, group);
  return createSums(builder, layer, name(),
                    filter.storeBytes(builder, groups.layOut(filter.getBytes(), none),
                                      groups.size(), layer.target),
                    start, makeGroupParameters(builder, layer, flip, group));
}

Value ByteDotKernel::finish(OpBuilder &b, Location loc, Value start, Value sums) const {
  return arith::AddIOp::create(b, loc, start, sums);
}

} // namespace tally

//===- ByteDot.cpp - sums of products of bytes in fours -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs lose or get a sign by a flipped bit, which adds or takes 128; that and the zero point are
// constants times the sum of a filter's weights, and go into the bias.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "DotWeights.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

Value ByteDotKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  if (!isOfArchitecture(layer.target))
    return {};
  if (isa<tosa::DepthwiseConv2DOp>(layer.op))
    return decline(layer, "each of its channels has sums of its own");
  auto op = dyn_cast<tosa::Conv2DOp>(layer.op);
  if (!op)
    return {};
  if (layer.target.getMulFree() != MulFree::No)
    return decline(layer, "--mul-free forbids products");
  if (!has(layer.target))
    return decline(layer, "the processor has " + required());
  DotWeights filter(op);
  if (failed(filter.read()))
    return decline(layer, filter.obstacle);
  if (filter.largest() > largestWeight())
    return decline(layer, "sums of two products saturate with weights larger than " +
                              Twine(largestWeight()) + ", but the largest is " +
                              Twine(filter.largest()));

  auto input = cast<RankedTensorType>(op.getInput().getType());
  ByteRuns runs(layer.window.kernel, layer.window.dilation, input.getDimSize(3), unit());
  Value laidOut = filter.layOutWeights(builder, runs, layer.target);
  if (!laidOut)
    return decline(layer, "its runs are filled up with zeros, which its levels lack");
  bool flip = hasUnsignedStorage(input.getElementType()) == readsSigned();
  int64_t shift = !flip ? 0 : readsSigned() ? -128 : 128;
  return create(builder, layer, laidOut, filter.correctBias(shift), flip);
}

Value ByteDotKernel::finish(OpBuilder &b, Location loc, Value start, Value sums) const {
  return arith::AddIOp::create(b, loc, start, sums);
}

} // namespace tally

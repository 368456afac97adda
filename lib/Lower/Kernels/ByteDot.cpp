//===- ByteDot.cpp - sums of products of bytes in fours -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs lose their sign by a flipped bit, which adds 128; that and the zero point are constants
// times the sum of a filter's weights, and go into the bias.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "DotWeights.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

Value ByteDotKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  auto op = dyn_cast<tosa::Conv2DOp>(layer.op);
  if (!op || layer.target.getMulFree() != MulFree::No || !has(layer.target))
    return {};
  DotWeights filter(op);
  if (failed(filter.read()) || filter.largest() > largestWeight())
    return {};

  auto input = cast<RankedTensorType>(op.getInput().getType());
  ByteRuns runs(layer.window.kernel, layer.window.dilation, input.getDimSize(3), unit());
  Value laidOut = filter.layOutWeights(builder, runs, layer.target);
  if (!laidOut)
    return {};
  bool flip = !hasUnsignedStorage(input.getElementType());
  return create(builder, layer, laidOut, filter.correctBias(flip ? 128 : 0), flip);
}

Value ByteDotKernel::finish(OpBuilder &b, Location loc, Value start, Value sums) const {
  return arith::AddIOp::create(b, loc, start, sums);
}

} // namespace tally

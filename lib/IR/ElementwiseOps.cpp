//===- ElementwiseOps.cpp - channelwise operations ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels such as requantize_c3 are those of TallyOps.td.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/SmallBitVector.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

//===----------------------------------------------------------------------===//
// BatchNormOp, ChannelAffineOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyChannels(Operation *op, StringRef label, RankedTensorType input,
                                    ValueRange parameters) {
  if (input.getRank() == 0)
    return op->emitOpError() << "requires 'input' of rank 1 or more (" << label << ")";
  int64_t channels = input.getShape().back();
  for (Value parameter : parameters) {
    auto type = cast<RankedTensorType>(parameter.getType());
    if (type.getRank() != 1)
      return op->emitOpError() << "requires parameters of one dimension (" << label
                               << "), or factors by place for codes, but got " << type;
    if (type.getDimSize(0) != channels)
      return op->emitOpError() << "requires parameters of " << channels << " elements (" << label
                               << "), but got " << type.getDimSize(0);
  }
  return success();
}

LogicalResult BatchNormOp::verify() {
  if (getEpsilon().isNegative() || getEpsilon().isNaN())
    return emitOpError("requires 'epsilon' of at least 0 (batch_norm_c2)");
  return verifyChannels(*this, "batch_norm_c1", cast<RankedTensorType>(getInput().getType()),
                        {getScale(), getBias(), getMean(), getVariance()});
}

/// Whether `shape`, at the end of `target`, has 1 or the same size everywhere.
static bool broadcastsTo(ArrayRef<int64_t> shape, ArrayRef<int64_t> target) {
  return shape.size() <= target.size() &&
         llvm::all_of(llvm::zip(llvm::reverse(shape), llvm::reverse(target)), [](auto sizes) {
           return std::get<0>(sizes) == 1 || std::get<0>(sizes) == std::get<1>(sizes);
         });
}

LogicalResult ChannelAffineOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  if (input.getShape() != output.getShape() || isFloat(input) != isFloat(output) ||
      (!isFloat(input) && !(getQuantizedElement(input) && getQuantizedElement(output))))
    return emitOpError() << "requires 'input' and 'output' of one shape, both "
                            "float or both quantized (channel_affine_c2), but got "
                         << input << " and " << output;
  auto scale = cast<RankedTensorType>(getScale().getType());
  bool byPlace = !isFloat(input) && input.getRank() > 1 && scale.getRank() == input.getRank();
  if (byPlace && broadcastsTo(scale.getShape(), input.getShape()) && scale == getBias().getType())
    return success();
  return verifyChannels(*this, "channel_affine_c1", input, {getScale(), getBias()});
}

OpFoldResult ChannelAffineOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getOutput().getType() && isFloat(getInput().getType()) &&
      matchPattern(adaptor.getScale(), m_OneFloat()) &&
      matchPattern(adaptor.getBias(), m_AnyZeroFloat()))
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// RequantizeOp
//===----------------------------------------------------------------------===//

bool RequantizeOp::keepsBatch() {
  ArrayRef<int64_t> parameters = cast<ShapedType>(getMultiplier().getType()).getShape();
  int64_t rank = getInput().getType().getRank();
  return int64_t(parameters.size()) < rank || rank == 0 || parameters.front() == 1;
}

LogicalResult RequantizeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  if (input.getShape() != output.getShape() || isFloat(input) || isFloat(output))
    return emitOpError() << "requires 'input' and 'output' of one shape and of "
                            "integer or quantized type (requantize_c1), but got "
                         << input << " and " << output;

  for (RankedTensorType type : {input, output})
    if (getCodeRange(type.getElementType()).max > INT32_MAX)
      return emitOpError() << "requires codes up to 2^31 - 1 (requantize_c4), but got " << type;

  auto multiplier = dyn_cast<DenseElementsAttr>(getMultiplier());
  auto offset = dyn_cast<DenseElementsAttr>(getOffset());
  auto shift = dyn_cast<DenseElementsAttr>(getShift());
  if (!multiplier || !offset || !shift || !multiplier.getElementType().isSignlessInteger(32) ||
      !offset.getElementType().isSignlessInteger(64) ||
      !shift.getElementType().isSignlessInteger(8))
    return emitOpError("requires dense i32 'multiplier', i64 'offset' and i8 "
                       "'shift' (requantize_c2)");
  ArrayRef<int64_t> shape = multiplier.getType().getShape();
  if (shape != offset.getType().getShape() || shape != shift.getType().getShape() ||
      !broadcastsTo(shape, input.getShape()))
    return emitOpError() << "requires parameters of one shape that broadcasts "
                            "to the input's (requantize_c2), but got "
                         << multiplier.getType() << ", " << offset.getType() << " and "
                         << shift.getType() << " for " << input;

  CodeRange range = getCodeRange(input.getElementType());
  for (auto [m, o, s] : llvm::zip(multiplier.getValues<int32_t>(), offset.getValues<int64_t>(),
                                  shift.getValues<int8_t>())) {
    if (s < 0 || s > 62)
      return emitOpError() << "requires 'shift' in 0..62 (requantize_c2), but got " << int(s);
    __int128 half = s == 0 ? 0 : __int128(1) << (s - 1);
    for (int64_t code : {range.min, range.max}) {
      // In whichever order the three are added.
      __int128 product = __int128(code) * m;
      auto leaves = [](__int128 value) { return value > INT64_MAX || value < INT64_MIN; };
      if (leaves(product + o) || leaves(o + half) || leaves(product + o + half))
        return emitOpError() << "requires products that fit 64 bits (requantize_c3), but "
                                "code "
                             << code << " times " << m << " plus " << o << " does not";
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// ShuffleChannelsOp
//===----------------------------------------------------------------------===//

LogicalResult ShuffleChannelsOp::verify() {
  auto type = cast<RankedTensorType>(getInput().getType());
  int64_t channels = type.getRank() ? type.getShape().back() : 0;
  llvm::SmallBitVector seen(channels);
  bool valid = int64_t(getPermutation().size()) == channels;
  for (int64_t channel : getPermutation())
    if (channel < 0 || channel >= channels || seen.test(channel))
      valid = false;
    else
      seen.set(channel);
  if (!valid)
    return emitOpError() << "requires 'permutation' to hold each of the " << channels
                         << " channels exactly once (shuffle_channels_c1)";
  return success();
}

OpFoldResult ShuffleChannelsOp::fold(FoldAdaptor) {
  for (auto [index, channel] : llvm::enumerate(getPermutation()))
    if (int64_t(index) != channel)
      return {};
  return getInput();
}

//===----------------------------------------------------------------------===//
// TakeOp
//===----------------------------------------------------------------------===//

LogicalResult TakeOp::verify() {
  auto from = cast<RankedTensorType>(getInput().getType());
  auto to = cast<RankedTensorType>(getOutput().getType());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= from.getRank())
    return emitOpError() << "requires 'axis' within rank " << from.getRank()
                         << " (take_c1), but got " << axis;
  SmallVector<int64_t> shape(from.getShape());
  shape[axis] = getIndices().size();
  if (to != from.clone(shape))
    return emitOpError() << "requires the result " << from.clone(shape) << " (take_c2), but got "
                         << to;
  if (getIndices().empty())
    return emitOpError() << "requires at least one index (take_c3)";
  for (int64_t index : getIndices())
    if (index < 0 || index >= from.getDimSize(axis))
      return emitOpError() << "requires 'indices' within 0.." << from.getDimSize(axis) - 1
                           << " (take_c3), but got " << index;
  return success();
}

OpFoldResult TakeOp::fold(FoldAdaptor) {
  if (getInput().getType() != getOutput().getType())
    return {};
  for (auto [position, index] : llvm::enumerate(getIndices()))
    if (int64_t(position) != index)
      return {};
  return getInput();
}

//===- RandomBuilder.cpp - what random networks are made of ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomBuilder.h"

#include "tally/IR/Parameters.h"
#include "tally/Quantize/Math/FixedPoint.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally::test {

int64_t RandomBuilder::randomCode(CodeRange range) {
  if (chance(4))
    return chance(2) ? range.min : range.max;
  return between(range.min, range.max);
}

UniformQuantizedType RandomBuilder::typeOf(Value value) {
  return cast<UniformQuantizedType>(getElementTypeOrSelf(value.getType()));
}

ArrayRef<int64_t> RandomBuilder::shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

RankedTensorType RandomBuilder::tensor(ArrayRef<int64_t> shape, Type element) {
  return RankedTensorType::get(shape, element);
}

UniformQuantizedType RandomBuilder::pickCodeType(bool narrow) {
  static const CodeRange ranges[] = {{0, 15}, {0, 255},  {-128, 127},    {-7, 7},
                                     {0, 3},  {0, 1000}, {-32768, 32767}};
  CodeRange range = ranges[random() % (narrow ? 5 : 7)];
  int64_t zeroPoint = chance(2) ? 0 : between(range.min, range.max);
  if (zeroPoint < range.min || zeroPoint > range.max)
    zeroPoint = range.min;
  return getUniformType(context, range, std::ldexp(1.0, -int(upTo(5))), zeroPoint);
}

UniformQuantizedType RandomBuilder::sumType(CodeRange range, double scale) {
  if (chance(4))
    return getUniformType(context, range, scale);
  return UniformQuantizedType::get(QuantizationFlags::Signed, builder.getI32Type(),
                                   builder.getF32Type(), scale, 0, range.min, range.max);
}

Value RandomBuilder::parameter(ArrayRef<int64_t> shape, QuantizedType type) {
  CodeRange range = getCodeRange(type);
  unsigned width = type.getStorageTypeIntegralWidth();
  SmallVector<APInt> codes;
  for (int64_t i = 0; i < ShapedType::getNumElements(shape); ++i)
    codes.emplace_back(width, uint64_t(randomCode(range)), /*isSigned=*/true, /*trunc=*/true);
  auto storage = IntegerType::get(context, width,
                                  type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  auto global = addParameter(*module, "w" + std::to_string(counter++), tensor(shape, type),
                             DenseElementsAttr::get(tensor(shape, storage), codes));
  return loadParameter(builder, loc, global);
}

Value RandomBuilder::scalarConstant(UniformQuantizedType type, int64_t code) {
  auto storage = IntegerType::get(context, type.getStorageTypeIntegralWidth(),
                                  type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  auto dense = DenseElementsAttr::get(tensor({1}, storage),
                                      APInt(storage.getWidth(), uint64_t(code), true, true));
  return tosa::ConstOp::create(builder, loc, dense.getType(), dense);
}

Value RandomBuilder::shapeConstant(ArrayRef<int64_t> sizes) {
  auto attr = DenseIntElementsAttr::get(
      RankedTensorType::get({int64_t(sizes.size())}, builder.getIndexType()), sizes);
  return tosa::ConstShapeOp::create(builder, loc, tosa::shapeType::get(context, sizes.size()),
                                    attr);
}

std::optional<Window> RandomBuilder::pickWindow(Value value, bool exact, bool dilate) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    Window window;
    bool fits = true;
    for (int dim : {0, 1}) {
      window.kernel[dim] = upTo(3);
      window.stride[dim] = upTo(2);
      window.dilation[dim] = dilate ? upTo(2) : 1;
      window.pad[2 * dim] = random() % window.kernel[dim];
      window.pad[2 * dim + 1] = random() % window.kernel[dim];
      int64_t room = shapeOf(value)[dim + 1] + window.padBefore(dim) + window.padAfter(dim) -
                     window.extent(dim);
      fits &= room >= 0 && (!exact || room % window.stride[dim] == 0);
    }
    if (fits)
      return window;
  }
  return std::nullopt;
}

RankedTensorType RandomBuilder::outputType(Value value, const Window &window, int64_t channels,
                                           Type element) {
  return tensor({1, window.outputSize(0, shapeOf(value)[1]),
                 window.outputSize(1, shapeOf(value)[2]), channels},
                element);
}

Value RandomBuilder::requantize(Value value, Type type, bool sane) {
  CodeRange from = getCodeRange(getElementTypeOrSelf(value.getType()));
  CodeRange to = getCodeRange(type);
  SmallVector<int64_t> shape = {chance(2) ? shapeOf(value).back() : 1};
  if (chance(8)) // by place
    shape = {1, shapeOf(value)[1], shapeOf(value)[2], shape[0]};
  SmallVector<int32_t> multipliers;
  SmallVector<int64_t> offsets;
  SmallVector<int8_t> shifts;
  for (int64_t i = 0; i < ShapedType::getNumElements(shape); ++i) {
    double span = std::max<double>(1, double(from.max) - double(from.min));
    double factor = (double(to.max) - double(to.min)) / span * std::exp2(double(random() % 5) - 2);
    if (chance(3))
      factor = std::exp2(std::round(std::log2(factor)));
    if (chance(2))
      factor = -factor;
    double middle =
        (double(to.max) + double(to.min)) / 2 - factor * (double(from.max) + double(from.min)) / 2;
    auto point = toFixedPoint(factor, middle, from);
    if (!sane && chance(3))
      point = FixedPoint{chance(2) ? INT32_MIN : INT32_MAX, between(-1000, 1000),
                         int8_t(between(0, 62))};
    multipliers.push_back(point->multiplier);
    offsets.push_back(point->offset);
    shifts.push_back(point->shift);
  }
  auto elements = [&](const auto &values, Type element) {
    return DenseElementsAttr::get(tensor(shape, element), ArrayRef(values));
  };
  return RequantizeOp::create(
      builder, loc, tensor(shapeOf(value), type), value,
      elements(multipliers, builder.getI32Type()), elements(offsets, builder.getI64Type()),
      elements(shifts, builder.getI8Type()),
      RoundingAttr::get(context, chance(4) ? Rounding::Floor : Rounding::HalfUp));
}

PowerOfTwoFormat RandomBuilder::pickFormat() {
  PowerOfTwoFormat format;
  if (fewBits) {
    format.hasZero = chance(2);
    format.bits = format.hasZero ? 2 : 1;
  } else {
    format.additive = chance(2);
    format.bits = int(between(2, 5));
    format.hasZero = format.additive || chance(2);
  }
  return format;
}

Value RandomBuilder::levels(ArrayRef<int64_t> shape, ArrayRef<double> scales, int32_t axis,
                            PowerOfTwoFormat format) {
  auto element = PowerOfTwoType::get(context, format.bits, true, format.additive, format.hasZero,
                                     builder.getDenseF64ArrayAttr(scales), axis);
  PowerOfTwoLevels set = element.getLevels();
  auto type = tensor(shape, element);
  std::vector<uint8_t> codes(type.getNumElements());
  for (uint8_t &code : codes)
    code = *set.encode(set.sorted()[random() % set.sorted().size()]);
  auto global = addParameter(*module, "codes", type, packCodes(type, codes, "codes"));
  CodeRange range = {set.sorted().front(), set.largest()};
  Type uniform = axis < 0 ? Type(getUniformType(context, range, scales[0]))
                          : Type(getPerAxisType(context, range, scales, axis));
  return DecodeOp::create(builder, loc, tensor(shape, uniform),
                          loadParameter(builder, loc, global));
}

Value RandomBuilder::filterZero(Value filter) {
  auto width = getStorageType(getElementTypeOrSelf(filter.getType())).getWidth();
  int64_t limit = (int64_t(1) << (width - 1)) - 1;
  return scalarConstant(getUniformType(context, {-limit, limit}, 1.0), 0);
}

Value RandomBuilder::bias(int64_t filters) {
  SmallVector<int32_t> codes(chance(2) ? 1 : filters);
  for (int32_t &code : codes)
    code = int32_t(between(-1000, 1000));
  auto dense = DenseElementsAttr::get(tensor({int64_t(codes.size())}, builder.getI32Type()),
                                      ArrayRef<int32_t>(codes));
  return tosa::ConstOp::create(builder, loc, dense.getType(), dense);
}

} // namespace tally::test

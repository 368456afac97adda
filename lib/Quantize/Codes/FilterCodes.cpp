//===- FilterCodes.cpp - what a filter's codes add up to ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterCodes.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Reference.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

std::vector<int64_t> getCodes(ArrayRef<float> values, RankedTensorType shape, QuantizedType type) {
  CodeRange range = getCodeRange(type);
  auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type);
  auto perTensor = dyn_cast<UniformQuantizedType>(type);
  int64_t inner = 1;
  if (perAxis)
    for (int64_t dim = perAxis.getQuantizedDimension() + 1; dim < shape.getRank(); ++dim)
      inner *= shape.getDimSize(dim);
  std::vector<int64_t> codes(values.size());
  for (auto [index, value] : llvm::enumerate(values)) {
    size_t channel = perAxis ? index / inner % perAxis.getScales().size() : 0;
    double scale = perAxis ? perAxis.getScales()[channel] : perTensor.getScale();
    int64_t zero = perAxis ? perAxis.getZeroPoints()[channel] : perTensor.getZeroPoint();
    codes[index] = reference::quantize(value, scale, zero, {range.min, range.max});
  }
  return codes;
}

ElementsAttr makeCodeElements(ArrayRef<float> values, RankedTensorType shape, QuantizedType type,
                              StringRef name) {
  std::vector<int64_t> codes = getCodes(values, shape, type);
  auto make = [&](auto tag, IntegerType::SignednessSemantics sign) -> ElementsAttr {
    using T = decltype(tag);
    std::vector<T> narrow(codes.begin(), codes.end());
    auto storage = IntegerType::get(shape.getContext(), sizeof(T) * 8, sign);
    return makeElements<T>(shape.clone(storage), narrow, name);
  };
  bool isSigned = type.isSigned();
  switch (type.getStorageTypeIntegralWidth()) {
  case 8:
    return isSigned ? make(int8_t(), IntegerType::Signless)
                    : make(uint8_t(), IntegerType::Unsigned);
  case 16:
    return isSigned ? make(int16_t(), IntegerType::Signless)
                    : make(uint16_t(), IntegerType::Unsigned);
  default:
    assert(isSigned && "codes of 32 bits have a sign");
    return make(int32_t(), IntegerType::Signless);
  }
}

std::vector<int64_t> getLevels(DecodeOp decode) {
  auto type = cast<RankedTensorType>(decode.getInput().getType());
  ElementsAttr elements = getConstantElements(decode.getInput());
  auto codes = elements ? unpackCodes(elements, type) : std::nullopt;
  if (!codes)
    return {};
  PowerOfTwoLevels levels = cast<PowerOfTwoType>(type.getElementType()).getLevels();
  std::vector<int64_t> values;
  for (uint8_t code : *codes)
    values.push_back(levels.byCode()[code]);
  return values;
}

int64_t getLargestFilterSum(ArrayRef<int64_t> codes, RankedTensorType shape, bool depthwise) {
  int64_t filters = depthwise ? shape.getDimSize(2) * shape.getDimSize(3) : shape.getDimSize(0);
  int64_t terms = shape.getNumElements() / std::max<int64_t>(1, filters);
  std::vector<int64_t> sums(filters, 0);
  for (auto [index, code] : llvm::enumerate(codes))
    sums[depthwise ? index % filters : index / terms] += std::abs(code);
  return sums.empty() ? 0 : *std::max_element(sums.begin(), sums.end());
}

} // namespace tally

//===- Literal.cpp - constants of an ONNX graph ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Literal.h"

#include <algorithm>
#include <cmath>

#include "llvm/ADT/STLExtras.h"
#include <cassert>

using namespace llvm;

namespace tally::onnx {

int64_t IntegerFormat::wrap(int64_t value) const {
  unsigned unused = 64 - bits;
  uint64_t high = uint64_t(value) << unused;
  return isSigned ? int64_t(high) >> unused : int64_t(high >> unused);
}

std::optional<IntegerFormat> getIntegerFormat(int64_t code) {
  switch (code) {
  case kUint4Code:
    return IntegerFormat{4, false};
  case kInt4Code:
    return IntegerFormat{4, true};
  case kUint8Code:
    return IntegerFormat{8, false};
  case kInt8Code:
    return IntegerFormat{8, true};
  case 4:
    return IntegerFormat{16, false};
  case 5:
    return IntegerFormat{16, true};
  case 12:
    return IntegerFormat{32, false};
  case kInt32Code:
    return IntegerFormat{32, true};
  case 13:
    return IntegerFormat{64, false};
  case kInt64Code:
    return IntegerFormat{64, true};
  default:
    return std::nullopt;
  }
}

Sizes getStrides(ArrayRef<int64_t> sizes) {
  Sizes strides(sizes.size(), 1);
  for (int64_t dim = int64_t(sizes.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * sizes[dim + 1];
  return strides;
}

std::optional<Sizes> broadcast(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  Sizes result(std::max(a.size(), b.size()));
  for (size_t i = 1; i <= result.size(); ++i) {
    int64_t x = i <= a.size() ? a[a.size() - i] : 1;
    int64_t y = i <= b.size() ? b[b.size() - i] : 1;
    if (x != y && x != 1 && y != 1)
      return std::nullopt;
    result[result.size() - i] = x == 1 ? y : x;
  }
  if (!countElements(result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return std::nullopt;
  return axis < 0 ? axis + rank : axis;
}

Literal Literal::ofFloats(Sizes shape, std::vector<float> values) {
  assert(countElements(shape) == int64_t(values.size()) && "one value each");
  Literal literal;
  literal.shape = std::move(shape);
  literal.floats = std::move(values);
  return literal;
}

Literal Literal::ofInts(Sizes shape, std::vector<int64_t> values) {
  assert(countElements(shape) == int64_t(values.size()) && "one value each");
  Literal literal;
  literal.shape = std::move(shape);
  literal.isFloat = false;
  literal.elementType = kInt64Code;
  literal.ints = std::move(values);
  return literal;
}

Literal Literal::ofInts(ArrayRef<int64_t> values) {
  return ofInts({int64_t(values.size())}, values.vec());
}

std::vector<int64_t> getIndices(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides, int64_t start) {
  std::vector<int64_t> indices(*countElements(shape));
  Sizes position(shape.size(), 0);
  int64_t offset = start;
  for (int64_t &index : indices) {
    index = offset;
    for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
      offset += strides[dim];
      if (++position[dim] < shape[dim])
        break;
      offset -= strides[dim] * shape[dim];
      position[dim] = 0;
    }
  }
  return indices;
}

std::vector<int64_t> getBroadcastIndices(ArrayRef<int64_t> from, ArrayRef<int64_t> shape) {
  Sizes strides = getStrides(from);
  for (auto [stride, size] : llvm::zip(strides, from))
    stride = size == 1 ? 0 : stride;
  strides.insert(strides.begin(), shape.size() - from.size(), 0);
  return getIndices(shape, strides);
}

Literal gather(const Literal &literal, Sizes shape, ArrayRef<int64_t> indices) {
  Literal result;
  result.shape = std::move(shape);
  result.isFloat = literal.isFloat;
  result.elementType = literal.elementType;
  result.codesLostBy = literal.codesLostBy;
  if (literal.codes) {
    Codes &codes = result.codes.emplace();
    codes.lowest = literal.codes->lowest;
    codes.highest = literal.codes->highest;
    for (int64_t index : indices) {
      codes.codes.push_back(literal.codes->codes[index]);
      codes.scales.push_back(literal.codes->scales[index]);
    }
  }
  if (literal.isFloat) {
    result.floats.reserve(indices.size());
    for (int64_t index : indices)
      result.floats.push_back(literal.floats[index]);
  } else {
    result.ints.reserve(indices.size());
    for (int64_t index : indices)
      result.ints.push_back(literal.ints[index]);
  }
  return result;
}

Literal transpose(const Literal &literal, ArrayRef<int64_t> order) {
  Sizes strides = getStrides(literal.shape), shape, permuted;
  for (int64_t dim : order) {
    shape.push_back(literal.shape[dim]);
    permuted.push_back(strides[dim]);
  }
  Literal result = gather(literal, shape, getIndices(shape, permuted));
  result.name = literal.name;
  return result;
}

void loseCodes(Literal &literal, StringRef node) {
  if (!literal.codes)
    return;
  literal.codes.reset();
  literal.codesLostBy = node.str();
}

void scaleCodes(Literal &literal, ArrayRef<float> factors) {
  if (!literal.codes)
    return;
  Codes &codes = *literal.codes;
  bool negates = false;
  for (auto [code, scale, factor] : llvm::zip_equal(codes.codes, codes.scales, factors)) {
    // Zeros keep a scale that a type may have.
    scale *= factor != 0 ? std::fabs(double(factor)) : 1.0;
    code = factor == 0 ? 0 : factor < 0 ? -code : code;
    negates |= factor < 0;
  }
  if (!negates)
    return;
  // The lowest code of a signed type has no negative in it: where no element has that code, the
  // type stays as narrow as it was.
  bool symmetric =
      llvm::none_of(codes.codes, [&](int32_t c) { return std::abs(c) > codes.highest; });
  int64_t largest = symmetric ? codes.highest : std::max(-codes.lowest, codes.highest);
  codes.lowest = -largest;
  codes.highest = largest;
}

} // namespace tally::onnx

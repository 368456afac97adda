//===- Tensor.h - dense values in memory ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Row-major arrays of any rank, as the reference, the data sets and the
// backends exchange them. Free of LLVM. Copies share the elements until one of
// them asks for mutable access.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_TENSOR_H
#define TALLY_DATA_TENSOR_H

#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace tally {

/// F64 is what the reference computes in where rounding is not to count; files and networks hold
/// F32.
enum class ElementType : uint8_t { F32, I8, U8, I16, U16, I32, U32, I64, F64 };

inline bool isFloat(ElementType type) {
  return type == ElementType::F32 || type == ElementType::F64;
}

/// Bytes per element.
inline int64_t sizeOf(ElementType type) {
  switch (type) {
  case ElementType::I8:
  case ElementType::U8:
    return 1;
  case ElementType::I16:
  case ElementType::U16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
  case ElementType::U32:
    return 4;
  case ElementType::I64:
  case ElementType::F64:
    return 8;
  }
  return 0;
}

template <typename T> constexpr ElementType elementTypeOf() {
  if constexpr (std::is_same_v<T, float>)
    return ElementType::F32;
  else if constexpr (std::is_same_v<T, double>)
    return ElementType::F64;
  else if constexpr (std::is_same_v<T, int8_t>)
    return ElementType::I8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return ElementType::U8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return ElementType::I16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return ElementType::U16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return ElementType::I32;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return ElementType::U32;
  else {
    static_assert(std::is_same_v<T, int64_t>, "no such element type");
    return ElementType::I64;
  }
}

using Shape = std::vector<int64_t>;

/// `[1, 28, 28]`, for messages.
inline std::string toText(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

inline int64_t numElements(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

class Tensor {
public:
  Tensor() = default;
  /// Zero-initialised.
  Tensor(ElementType type, Shape shape)
      : elementType(type), dims(std::move(shape)),
        bytes(std::make_shared<std::vector<char>>(size() * sizeOf(type))) {}

  template <typename T> static Tensor of(Shape shape, const std::vector<T> &values) {
    Tensor tensor(elementTypeOf<T>(), std::move(shape));
    assert(int64_t(values.size()) == tensor.size() && "one value per element");
    std::memcpy(tensor.rawData(), values.data(), values.size() * sizeof(T));
    return tensor;
  }

  ElementType type() const { return elementType; }
  const Shape &shape() const { return dims; }
  int64_t rank() const { return dims.size(); }
  int64_t dim(int64_t index) const { return dims[index]; }
  int64_t size() const { return numElements(dims); }
  int64_t sizeInBytes() const { return size() * sizeOf(elementType); }
  bool empty() const { return !bytes; }

  template <typename T> const T *data() const {
    assert(elementTypeOf<T>() == elementType && "access by another type");
    return reinterpret_cast<const T *>(bytes->data());
  }
  /// Mutable access; detaches from other copies first.
  template <typename T> T *data() {
    assert(elementTypeOf<T>() == elementType && "access by another type");
    return reinterpret_cast<T *>(rawData());
  }
  const char *rawData() const { return bytes->data(); }
  char *rawData() {
    if (bytes.use_count() > 1)
      bytes = std::make_shared<std::vector<char>>(*bytes);
    return bytes->data();
  }

  /// The same elements under another shape of the same size.
  Tensor reshaped(Shape shape) const {
    assert(numElements(shape) == size() && "reshape keeps the size");
    Tensor result = *this;
    result.dims = std::move(shape);
    return result;
  }

private:
  ElementType elementType = ElementType::F32;
  Shape dims;
  std::shared_ptr<std::vector<char>> bytes;
};

/// Calls `function` with a value of the C++ type that `type` stands for.
template <typename Function> auto dispatch(ElementType type, Function function) {
  switch (type) {
  case ElementType::F32:
    return function(float());
  case ElementType::I8:
    return function(int8_t());
  case ElementType::U8:
    return function(uint8_t());
  case ElementType::I16:
    return function(int16_t());
  case ElementType::U16:
    return function(uint16_t());
  case ElementType::I32:
    return function(int32_t());
  case ElementType::U32:
    return function(uint32_t());
  case ElementType::F64:
    return function(double());
  case ElementType::I64:
    break;
  }
  return function(int64_t());
}

/// The same for a type of floats.
template <typename Function> auto dispatchFloat(ElementType type, Function function) {
  assert(isFloat(type) && "codes have no float type");
  return type == ElementType::F64 ? function(double()) : function(float());
}

} // namespace tally

#endif // TALLY_DATA_TENSOR_H

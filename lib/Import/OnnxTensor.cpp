//===- OnnxTensor.cpp - tensors of an ONNX file ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxTensor.h"

#include "onnx.pb.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using ::onnx::TensorProto;

namespace tally::onnx {

namespace {

struct TypeInfo {
  StringRef name;
  /// Bits per element in raw data; 0 where we cannot read the type.
  unsigned bits;
  bool isFloat;
};

TypeInfo getTypeInfo(int type) {
  switch (type) {
  case TensorProto::FLOAT:
    return {"float32", 32, true};
  case TensorProto::DOUBLE:
    return {"float64", 64, true};
  case TensorProto::FLOAT16:
    return {"float16", 16, true};
  case TensorProto::BFLOAT16:
    return {"bfloat16", 16, true};
  case TensorProto::UINT8:
    return {"uint8", 8, false};
  case TensorProto::INT8:
    return {"int8", 8, false};
  case TensorProto::UINT16:
    return {"uint16", 16, false};
  case TensorProto::INT16:
    return {"int16", 16, false};
  case TensorProto::UINT32:
    return {"uint32", 32, false};
  case TensorProto::INT32:
    return {"int32", 32, false};
  case TensorProto::UINT64:
    return {"uint64", 64, false};
  case TensorProto::INT64:
    return {"int64", 64, false};
  case TensorProto::BOOL:
    return {"bool", 8, false};
  // Younger than the definition of the format that some systems have.
  case kUint4Code:
    return {"uint4", 4, false};
  case kInt4Code:
    return {"int4", 4, false};
  case TensorProto::STRING:
    return {"string", 0, false};
  default:
    return {"", 0, false};
  }
}

Error fail(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

float fromBits(const fltSemantics &semantics, uint16_t bits) {
  APFloat value(semantics, APInt(16, bits));
  bool losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &losesInfo);
  return value.convertToFloat();
}

template <typename T> T readAt(StringRef bytes, int64_t index) {
  return support::endian::read<T, endianness::little>(bytes.data() + index * sizeof(T));
}

template <typename T, typename Values> void fill(Values &values, StringRef bytes, int64_t count) {
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(typename Values::value_type(readAt<T>(bytes, i)));
}

/// Two elements a byte, the first in the low half.
void fillFromNibbles(Literal &literal, int type, StringRef bytes, int64_t count) {
  IntegerFormat format = *getIntegerFormat(type);
  for (int64_t i = 0; i < count; ++i)
    literal.ints.push_back(format.wrap(uint8_t(bytes[i / 2]) >> (i % 2 * 4)));
}

/// The elements from their little-endian bytes, whose number has been checked.
void fillFromBytes(Literal &literal, int type, StringRef bytes, int64_t count) {
  switch (type) {
  case TensorProto::FLOAT:
    return fill<float>(literal.floats, bytes, count);
  case TensorProto::DOUBLE:
    return fill<double>(literal.floats, bytes, count);
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16: {
    const fltSemantics &semantics =
        type == TensorProto::FLOAT16 ? APFloat::IEEEhalf() : APFloat::BFloat();
    literal.floats.reserve(count);
    for (int64_t i = 0; i < count; ++i)
      literal.floats.push_back(fromBits(semantics, readAt<uint16_t>(bytes, i)));
    return;
  }
  case TensorProto::UINT8:
    return fill<uint8_t>(literal.ints, bytes, count);
  case TensorProto::INT8:
    return fill<int8_t>(literal.ints, bytes, count);
  case TensorProto::UINT16:
    return fill<uint16_t>(literal.ints, bytes, count);
  case TensorProto::INT16:
    return fill<int16_t>(literal.ints, bytes, count);
  case TensorProto::UINT32:
    return fill<uint32_t>(literal.ints, bytes, count);
  case TensorProto::INT32:
    return fill<int32_t>(literal.ints, bytes, count);
  case TensorProto::UINT64:
    return fill<uint64_t>(literal.ints, bytes, count);
  case TensorProto::INT64:
    return fill<int64_t>(literal.ints, bytes, count);
  case kUint4Code:
  case kInt4Code:
    return fillFromNibbles(literal, type, bytes, count);
  case TensorProto::BOOL:
    for (int64_t i = 0; i < count; ++i)
      literal.ints.push_back(bytes[i] != 0);
    return;
  default:
    llvm_unreachable("types without a size are refused");
  }
}

/// The elements from the typed field that ONNX prescribes for `type`.
Error fillFromField(Literal &literal, const TensorProto &tensor, int64_t count) {
  auto copy = [&](const auto &field, auto convert) -> Error {
    if (field.size() != count)
      return fail("its shape has " + Twine(count) + " elements, but got " + Twine(field.size()));
    for (auto value : field)
      convert(value);
    return Error::success();
  };
  auto toFloat = [&](auto value) { literal.floats.push_back(float(value)); };
  auto toInt = [&](auto value) { literal.ints.push_back(int64_t(value)); };
  if (int type = tensor.data_type(); type == kUint4Code || type == kInt4Code) {
    std::string bytes(tensor.int32_data().begin(), tensor.int32_data().end());
    if (int64_t(bytes.size()) != (count + 1) / 2)
      return fail("its shape has " + Twine(count) + " elements of 4 bits, but got " +
                  Twine(bytes.size()) + " bytes");
    fillFromNibbles(literal, type, bytes, count);
    return Error::success();
  }
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return copy(tensor.float_data(), toFloat);
  case TensorProto::DOUBLE:
    return copy(tensor.double_data(), toFloat);
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16: {
    const fltSemantics &semantics =
        tensor.data_type() == TensorProto::FLOAT16 ? APFloat::IEEEhalf() : APFloat::BFloat();
    return copy(tensor.int32_data(), [&](int32_t bits) {
      literal.floats.push_back(fromBits(semantics, uint16_t(bits)));
    });
  }
  case TensorProto::INT64:
    return copy(tensor.int64_data(), toInt);
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return copy(tensor.uint64_data(), toInt);
  default:
    if (Error error = copy(tensor.int32_data(), toInt))
      return error;
    // The field is wider than the type.
    if (auto format = getIntegerFormat(tensor.data_type()))
      for (int64_t value : literal.ints)
        if (!format->contains(value))
          return fail("it holds " + Twine(value) + ", which is no " +
                      getElementTypeName(tensor.data_type()));
    return Error::success();
  }
}

} // namespace

std::string getElementTypeName(int type) {
  TypeInfo info = getTypeInfo(type);
  return info.name.empty() ? "number " + itostr(type) : info.name.str();
}

Expected<std::unique_ptr<MemoryBuffer>> ExternalData::read(const TensorProto &tensor,
                                                           int64_t size) {
  if (!folder)
    return fail("external data need a model that is read from a file");
  StringRef location;
  uint64_t offset = 0, length = size;
  for (const auto &entry : tensor.external_data()) {
    bool bad = false;
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      bad = StringRef(entry.value()).getAsInteger(10, offset);
    else if (entry.key() == "length")
      bad = StringRef(entry.value()).getAsInteger(10, length);
    if (bad)
      return fail("external data has the " + entry.key() + " '" + entry.value() + "'");
  }
  if (length != uint64_t(size))
    return fail("its shape takes " + Twine(size) + " bytes, but got " + Twine(length) +
                " bytes of external data");

  // Only files below the model's folder, whatever links say.
  SmallString<128> path(*folder), realFolder, realPath;
  sys::path::append(path, location);
  if (location.empty() || location.contains('\0') || sys::path::is_absolute(location) ||
      sys::fs::real_path(folder->empty() ? "." : *folder, realFolder) ||
      sys::fs::real_path(path, realPath) || !sys::fs::is_regular_file(realPath))
    return fail("external data '" + location + "' is not a file in the model's folder");
  if (!StringRef(realPath).starts_with(realFolder) ||
      !(realFolder == "/" || realPath[realFolder.size()] == '/'))
    return fail("external data '" + location + "' lies outside the model's folder");

  for (const std::string &output : outputs)
    if (sys::fs::equivalent(output, realPath))
      return fail("external data '" + location + "' is the output '" + output + "'");

  uint64_t fileSize = 0;
  if (sys::fs::file_size(realPath, fileSize) || offset > fileSize || length > fileSize - offset)
    return fail("external data '" + location + "' has " + Twine(fileSize) +
                " bytes, but the tensor takes " + Twine(length) + " bytes at offset " +
                Twine(offset));
  if ((taken[realPath] += length) > 4 * fileSize)
    return fail("external data '" + location + "' is used by too many tensors");
  if (size == 0)
    return MemoryBuffer::getMemBuffer("");
  auto buffer = MemoryBuffer::getFileSlice(realPath, size, offset);
  if (!buffer)
    return fail("external data '" + location + "': " + buffer.getError().message());
  return std::move(*buffer);
}

Expected<Literal> readTensor(const TensorProto &tensor, ExternalData &external) {
  TypeInfo info = getTypeInfo(tensor.data_type());
  if (info.bits == 0)
    return fail("element type " + getElementTypeName(tensor.data_type()) + " is not supported");
  if (tensor.has_segment())
    return fail("data in segments are not supported");

  Literal literal;
  literal.name = tensor.name();
  literal.isFloat = info.isFloat;
  literal.elementType = tensor.data_type();
  literal.shape.assign(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = countElements(literal.shape);
  if (!count)
    return fail("its shape has a negative dimension, or too many elements or dimensions");
  int64_t bytes = (*count * info.bits + 7) / 8;

  if (tensor.data_location() == TensorProto::EXTERNAL) {
    auto buffer = external.read(tensor, bytes);
    if (!buffer)
      return buffer.takeError();
    fillFromBytes(literal, tensor.data_type(), (*buffer)->getBuffer(), *count);
    return literal;
  }
  if (tensor.has_raw_data()) {
    if (int64_t(tensor.raw_data().size()) != bytes)
      return fail("its shape takes " + Twine(bytes) + " bytes, but got " +
                  Twine(tensor.raw_data().size()));
    fillFromBytes(literal, tensor.data_type(), tensor.raw_data(), *count);
    return literal;
  }
  if (Error error = fillFromField(literal, tensor, *count))
    return error;
  return literal;
}

} // namespace tally::onnx

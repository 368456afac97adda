//===- Npy.cpp - NumPy's array files --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Npy.h"

#include "NpyHeader.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace tally {

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "npy files are copied as they lie in memory: port me to big-endian"
#endif

static constexpr char kMagic[] = "\x93NUMPY";
static constexpr int64_t kMagicSize = 6;
/// More than any header of a plain array can need.
static constexpr int64_t kMaxHeader = 1 << 20;

namespace {

/// How the elements lie in the file and what they become.
struct StoredType {
  const char *code;
  int64_t size;
  ElementType type;
};

} // namespace

static constexpr StoredType kStoredTypes[] = {
    {"f4", 4, ElementType::F32}, {"f8", 8, ElementType::F32}, {"b1", 1, ElementType::U8},
    {"i1", 1, ElementType::I8},  {"u1", 1, ElementType::U8},  {"i2", 2, ElementType::I16},
    {"u2", 2, ElementType::U16}, {"i4", 4, ElementType::I32}, {"u4", 4, ElementType::U32},
    {"i8", 8, ElementType::I64}, {"u8", 8, ElementType::I64}};

static const StoredType *findStoredType(const std::string &descr) {
  for (const StoredType &stored : kStoredTypes)
    if (descr.size() == 3 && descr.compare(1, 2, stored.code) == 0 &&
        (descr[0] == '<' || (stored.size == 1 && descr[0] == '|')))
      return &stored;
  return nullptr;
}

static std::string quote(const std::string &text) { return "'" + text + "'"; }

namespace {

/// A file that is in memory.
class Contents {
public:
  Contents(std::string_view rest, std::string name) : rest(rest), name(std::move(name)) {}
  const std::string &path() const { return name; }
  Result<std::vector<char>> readExactly(int64_t size) {
    if (uint64_t(size) > rest.size())
      return Error{quote(name) + " ends after " + std::to_string(rest.size()) + " of " +
                   std::to_string(size) + " bytes"};
    std::vector<char> bytes(rest.begin(), rest.begin() + size);
    rest.remove_prefix(size);
    return bytes;
  }
  Status expectEnd() const {
    if (rest.empty())
      return Done();
    return Error{quote(name) + " goes on behind its array"};
  }

private:
  std::string_view rest;
  std::string name;
};

} // namespace

template <typename File> static Result<NpyHeader> readHeader(File &file) {
  Result<std::vector<char>> magic = file.readExactly(kMagicSize);
  if (!magic)
    return Error{magic.error().message + "; an npy file begins with '\\x93NUMPY'"};
  if (std::memcmp(magic->data(), kMagic, kMagicSize) != 0) {
    bool isZip = std::memcmp(magic->data(), "PK\3\4", 4) == 0;
    return Error{quote(file.path()) + " is not an npy file: it does not begin with '\\x93NUMPY'" +
                 (isZip ? ", but as archives of arrays do, which npz:FILE reads" : "")};
  }
  Result<std::vector<char>> start = file.readExactly(4);
  if (!start)
    return start.error();
  const auto *bytes = reinterpret_cast<const uint8_t *>(start->data());
  int version = bytes[0];
  if (version < 1 || version > 3)
    return Error{quote(file.path()) + " has npy version " + std::to_string(version) +
                 ", but 1 to 3 are known"};
  int64_t size = bytes[2] | bytes[3] << 8;
  if (version > 1) { // four bytes of size instead of two
    Result<std::vector<char>> more = file.readExactly(2);
    if (!more)
      return more.error();
    size |= int64_t(uint8_t((*more)[0])) << 16 | int64_t(uint8_t((*more)[1])) << 24;
  }
  if (size > kMaxHeader)
    return Error{quote(file.path()) + " has a header of " + std::to_string(size) +
                 " bytes, but at most " + std::to_string(kMaxHeader) + " are allowed"};
  Result<std::vector<char>> text = file.readExactly(size);
  if (!text)
    return text.error();
  auto header = parseNpyHeader({text->data(), text->size()});
  if (!header)
    return Error{quote(file.path()) + " has a header that is not the "
                                      "description of one array"};
  return *header;
}

/// Bytes of the elements; nothing on overflow, also of a part of the product.
static std::optional<int64_t> countBytes(const Shape &shape, int64_t size) {
  int64_t bytes = size;
  bool empty = false;
  for (int64_t dim : shape) {
    empty |= dim == 0;
    if (dim != 0 && __builtin_mul_overflow(bytes, dim, &bytes))
      return std::nullopt;
  }
  return empty ? 0 : bytes;
}

template <typename From, typename To>
static void convert(const std::vector<char> &bytes, Tensor &tensor) {
  To *to = tensor.data<To>();
  for (int64_t i = 0, e = tensor.size(); i < e; ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    to[i] = To(value);
  }
}

template <typename File> static Result<Tensor> readArray(File &file, bool booleans) {
  const std::string &path = file.path();
  Result<NpyHeader> header = readHeader(file);
  if (!header)
    return header.error();
  const StoredType *stored = findStoredType(header->descr);
  if (!stored)
    return Error{quote(path) + " has elements of type " + quote(header->descr.substr(0, 16)) +
                 ", but only little-endian '<f4', '<f8', '|b1' and integers "
                 "are read"};
  if (!booleans && std::strcmp(stored->code, "b1") == 0)
    return Error{quote(path) + " holds Booleans, but numbers are wanted: save x.astype('float32')"};
  if (header->fortranOrder)
    return Error{quote(path) + " is in Fortran order, but only C order is "
                               "read: save numpy.ascontiguousarray(x)"};
  std::optional<int64_t> size = countBytes(header->shape, stored->size);
  if (!size)
    return Error{quote(path) + " has a shape of more than 2^63 bytes"};
  Result<std::vector<char>> bytes = file.readExactly(*size);
  if (!bytes)
    return bytes.error();
  if (Status end = file.expectEnd(); !end)
    return end.error();

  Tensor tensor(stored->type, header->shape);
  std::string code = stored->code;
  if (code == "f8")
    convert<double, float>(*bytes, tensor);
  else if (!bytes->empty())
    std::memcpy(tensor.rawData(), bytes->data(), bytes->size());
  if (code == "u8")
    for (int64_t i = 0, e = tensor.size(); i < e; ++i)
      if (tensor.data<int64_t>()[i] < 0)
        return Error{quote(path) + " holds " + std::to_string(uint64_t(tensor.data<int64_t>()[i])) +
                     " at element " + std::to_string(i) + ", but at most 2^63 - 1 can be read"};
  return tensor;
}

Result<Tensor> readNpy(const std::string &path, bool booleans) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  return readArray(*file, booleans);
}

Result<Tensor> parseNpy(std::string_view contents, const std::string &path, bool booleans) {
  Contents file(contents, path);
  return readArray(file, booleans);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static const char *getDescr(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "<f4";
  case ElementType::I8:
    return "|i1";
  case ElementType::U8:
    return "|u1";
  case ElementType::I16:
    return "<i2";
  case ElementType::U16:
    return "<u2";
  case ElementType::I32:
    return "<i4";
  case ElementType::U32:
    return "<u4";
  case ElementType::F64:
    return "<f8";
  case ElementType::I64:
    break;
  }
  return "<i8";
}

std::string toNpy(const Tensor &tensor) {
  std::string header = printNpyHeader({getDescr(tensor.type()), false, tensor.shape()});
  // The data starts at a multiple of 64.
  int64_t used = kMagicSize + 4 + header.size() + 1;
  header.append((64 - used % 64) % 64, ' ');
  header += '\n';

  std::string contents(kMagic, kMagicSize);
  contents += {'\1', '\0', char(header.size() & 255), char(header.size() >> 8)};
  contents += header;
  if (!tensor.empty())
    contents.append(tensor.rawData(), tensor.sizeInBytes());
  return contents;
}

Status writeNpy(const std::string &path, const Tensor &tensor) {
  return writeFileAtomically(path, toNpy(tensor));
}

} // namespace tally

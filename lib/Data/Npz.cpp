//===- Npz.cpp - NumPy's files of several arrays --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zip as PKWARE's APPNOTE.TXT 6.3.9 says. numpy writes every member in the form for large files,
// but with its true sizes in the central directory.
//
//===----------------------------------------------------------------------===//

#include "tally/Data/Npz.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <zlib.h>

namespace tally {

static constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50,
                          kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
static constexpr int kStored = 0, kDeflated = 8;
/// No archive of arrays has a larger directory.
static constexpr uint64_t kMaxDirectory = 1 << 26;

static std::string quote(const std::string &text) { return "'" + text + "'"; }

/// A little-endian number of so many bytes, which have to be there.
static uint64_t number(std::string_view bytes, size_t at, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | uint8_t(bytes[at + i]);
  return value;
}

static Result<std::string> readAt(const std::string &path, uint64_t offset, uint64_t size) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(0, std::ios::end);
  auto end = file.tellg();
  if (!file)
    return Error{quote(path) + " cannot be read"};
  if (offset > uint64_t(end) || size > uint64_t(end) - offset)
    return Error{quote(path) + " is cut off: it has " + std::to_string(uint64_t(end)) +
                 " bytes, but " + std::to_string(size) + " are wanted at " +
                 std::to_string(offset)};
  std::string bytes(size, 0);
  file.seekg(std::streamoff(offset));
  file.read(bytes.data(), std::streamsize(size));
  if (!file)
    return Error{quote(path) + " cannot be read"};
  return bytes;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

struct Directory {
  uint64_t offset = 0, size = 0;
};

} // namespace

/// The end of an archive says where its directory is.
static Result<Directory> findDirectory(const std::string &path, uint64_t fileSize) {
  constexpr uint64_t kEndSize = 22, kMaxComment = 65535;
  Error none{quote(path) + " is not an npz file: it has no directory of a zip archive"};
  uint64_t tail = std::min(fileSize, kEndSize + kMaxComment);
  Result<std::string> bytes = readAt(path, fileSize - tail, tail);
  if (!bytes)
    return bytes.error();
  if (tail < kEndSize)
    return none;
  for (size_t at = tail - kEndSize + 1; at-- > 0;) {
    if (number(*bytes, at, 4) != kEnd)
      continue;
    Directory directory{number(*bytes, at + 16, 4), number(*bytes, at + 12, 4)};
    bool isLarge = directory.offset == UINT32_MAX || directory.size == UINT32_MAX ||
                   number(*bytes, at + 10, 2) == UINT16_MAX;
    if (!isLarge)
      return directory;
    if (at < 20 || number(*bytes, at - 20, 4) != kLocator64)
      return none;
    Result<std::string> end = readAt(path, number(*bytes, at - 12, 8), 56);
    if (!end)
      return end.error();
    if (number(*end, 0, 4) != kEnd64)
      return none;
    return Directory{number(*end, 48, 8), number(*end, 40, 8)};
  }
  return none;
}

/// Numbers of a member that do not fit into 4 bytes stand in its extra fields, in this order.
static void readLargeNumbers(std::string_view extra, std::initializer_list<uint64_t *> numbers) {
  while (extra.size() >= 4) {
    size_t size = std::min<size_t>(number(extra, 2, 2), extra.size() - 4), at = 4;
    if (number(extra, 0, 2) == 1)
      for (uint64_t *value : numbers)
        if (*value == UINT32_MAX && at + 8 <= 4 + size) {
          *value = number(extra, at, 8);
          at += 8;
        }
    extra.remove_prefix(4 + size);
  }
}

Result<NpzFile> NpzFile::open(const std::string &path) {
  if (Result<InputFile> file = InputFile::open(path); !file)
    return file.error();
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  Result<Directory> directory = findDirectory(path, uint64_t(stream.tellg()));
  if (!directory)
    return directory.error();
  Error damaged{quote(path) + " is damaged: its zip directory is"};
  if (directory->size > kMaxDirectory)
    return damaged;
  Result<std::string> bytes = readAt(path, directory->offset, directory->size);
  if (!bytes)
    return bytes.error();
  NpzFile file;
  file.path = path;
  constexpr size_t kFixed = 46;
  for (std::string_view rest = *bytes; !rest.empty();) {
    if (rest.size() < kFixed || number(rest, 0, 4) != kCentral)
      return damaged;
    size_t name = number(rest, 28, 2), extra = number(rest, 30, 2), comment = number(rest, 32, 2);
    if (rest.size() - kFixed < name + extra + comment)
      return damaged;
    Member member{std::string(rest.substr(kFixed, name)),
                  number(rest, 42, 4),
                  number(rest, 20, 4),
                  number(rest, 24, 4),
                  uint32_t(number(rest, 16, 4)),
                  int(number(rest, 10, 2))};
    readLargeNumbers(rest.substr(kFixed + name, extra),
                     {&member.size, &member.stored, &member.offset});
    rest.remove_prefix(kFixed + name + extra + comment);
    constexpr std::string_view kEnding = ".npy";
    if (member.name.size() > kEnding.size() &&
        std::string_view(member.name).substr(member.name.size() - kEnding.size()) == kEnding) {
      member.name.resize(member.name.size() - kEnding.size());
      file.members.push_back(std::move(member));
    }
  }
  return file;
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> all;
  for (const Member &member : members)
    all.push_back(member.name);
  return all;
}

/// What was deflated, of at most `size` bytes; grows as the data does, whatever was promised.
static bool inflate(std::string_view packed, uint64_t size, std::string &unpacked) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  constexpr size_t kPiece = 1 << 20;
  int state = Z_OK;
  while (state == Z_OK && unpacked.size() <= size) {
    if (stream.avail_in == 0) {
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
      stream.avail_in = uInt(std::min(packed.size(), kPiece));
      packed.remove_prefix(stream.avail_in);
    }
    size_t before = unpacked.size();
    unpacked.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef *>(unpacked.data() + before);
    stream.avail_out = kPiece;
    state = ::inflate(&stream, Z_NO_FLUSH);
    unpacked.resize(before + kPiece - stream.avail_out);
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && unpacked.size() == size;
}

Result<std::string> NpzFile::unpack(const Member &member) const {
  std::string text = quote(member.name) + " of " + quote(path);
  if (member.method != kStored && member.method != kDeflated)
    return Error{text + " is packed by method " + std::to_string(member.method) +
                 ", but only stored and deflated arrays are read"};
  constexpr size_t kFixed = 30;
  Result<std::string> header = readAt(path, member.offset, kFixed);
  if (!header)
    return header.error();
  if (number(*header, 0, 4) != kLocal)
    return Error{text + " is damaged: there is no zip header at " + std::to_string(member.offset)};
  Result<std::string> bytes =
      readAt(path, member.offset + kFixed + number(*header, 26, 2) + number(*header, 28, 2),
             member.stored);
  if (!bytes)
    return bytes.error();
  if (member.method == kDeflated) {
    std::string unpacked;
    if (!inflate(*bytes, member.size, unpacked))
      return Error{text + " is damaged: it does not unpack to " + std::to_string(member.size) +
                   " bytes"};
    bytes = std::move(unpacked);
  }
  auto checksum =
      uint32_t(crc32_z(0, reinterpret_cast<const Bytef *>(bytes->data()), bytes->size()));
  if (checksum != member.checksum)
    return Error{text + " is damaged: its checksum is wrong"};
  return bytes;
}

Result<Tensor> NpzFile::read(const std::string &name, bool booleans) const {
  std::string all;
  for (const Member &member : members) {
    if (member.name == name) {
      Result<std::string> contents = unpack(member);
      if (!contents)
        return contents.error();
      return parseNpy(*contents, name + "' of '" + path, booleans);
    }
    all += (all.empty() ? "" : ", ") + quote(member.name);
  }
  return Error{quote(path) + " has no array " + quote(name) + (all.empty() ? "" : ", but " + all)};
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void append(std::string &to, std::initializer_list<std::pair<uint64_t, int>> numbers) {
  for (auto [value, size] : numbers)
    for (int i = 0; i < size; ++i)
      to += char(value >> (8 * i) & 255);
}

Result<std::string> toNpz(const std::vector<std::pair<std::string, Tensor>> &arrays) {
  // 1980-01-01, so that files are the same on every day.
  constexpr uint64_t kVersion = 20, kUtf8 = 1 << 11, kTime = 0, kDate = 33;
  std::string file, directory;
  std::set<std::string> names;
  for (const auto &[array, tensor] : arrays) {
    if (!names.insert(array).second)
      return Error{"two arrays have the name " + quote(array)};
    std::string name = array + ".npy", contents = toNpy(tensor);
    if (name.size() > UINT16_MAX || contents.size() + file.size() > UINT32_MAX - 65536)
      return Error{quote(array) + " is too large for an npz file"};
    uint64_t offset = file.size(), size = contents.size();
    uint64_t checksum = crc32_z(0, reinterpret_cast<const Bytef *>(contents.data()), size);
    // Local and central headers tell the same about the array.
    std::string facts;
    append(facts, {{kVersion, 2},
                   {kUtf8, 2},
                   {kStored, 2},
                   {kTime, 2},
                   {kDate, 2},
                   {checksum, 4},
                   {size, 4},
                   {size, 4},
                   {name.size(), 2},
                   {0, 2}});
    append(file, {{kLocal, 4}});
    file += facts + name + contents;
    append(directory, {{kCentral, 4}, {kVersion, 2}});
    directory += facts;
    append(directory, {{0, 2}, {0, 2}, {0, 2}, {0, 4}, {offset, 4}});
    directory += name;
  }
  uint64_t offset = file.size();
  file += directory;
  append(file, {{kEnd, 4},
                {0, 2},
                {0, 2},
                {arrays.size(), 2},
                {arrays.size(), 2},
                {directory.size(), 4},
                {offset, 4},
                {0, 2}});
  return file;
}

} // namespace tally

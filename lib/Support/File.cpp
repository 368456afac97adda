//===- File.cpp - whole files in ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/File.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace tally {

void InputFile::Close::operator()(gzFile_s *file) const { ::gzclose(file); }

static Error openError(const std::string &path, const std::string &reason) {
  return {"cannot open '" + path + "': " + reason};
}

Result<InputFile> InputFile::open(const std::string &path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0)
    return openError(path, std::strerror(errno));
  if (S_ISDIR(status.st_mode))
    return openError(path, "is a directory");
  if (!S_ISREG(status.st_mode))
    return openError(path, "is not a regular file");

  InputFile input;
  input.name = path;
  input.file.reset(::gzopen(path.c_str(), "rbe"));
  if (!input.file)
    return openError(path, std::strerror(errno));
  ::gzbuffer(input.file.get(), 1 << 18);
  if (::gzdirect(input.file.get()))
    input.plainSize = status.st_size;
  return input;
}

Result<int64_t> InputFile::readSome(void *to, int64_t size) {
  int64_t have = 0;
  while (have < size) {
    unsigned step = unsigned(std::min<int64_t>(size - have, 1 << 30));
    int got = ::gzread(file.get(), static_cast<char *>(to) + have, step);
    if (got > 0)
      have += got;
    if (got == int(step))
      continue;
    // A truncated file ends early without -1: only the error state tells.
    int code = Z_OK;
    const char *reason = ::gzerror(file.get(), &code);
    if (code == Z_ERRNO)
      return Error{"cannot read '" + name + "': " + std::strerror(errno)};
    if (got < 0 || code == Z_BUF_ERROR)
      return Error{"'" + name + "' is damaged gzip data after " + std::to_string(position + have) +
                   " bytes: " + reason};
    break;
  }
  position += have;
  return have;
}

Result<std::vector<char>> InputFile::readExactly(int64_t size) {
  int64_t start = position;
  auto tooShort = [&](int64_t holds) {
    return Error{"'" + name + "' ends after " + std::to_string(holds) + " bytes, but " +
                 std::to_string(start + size) + " are required"};
  };
  std::vector<char> bytes;
  if (plainSize >= 0) {
    if (size > plainSize - position)
      return tooShort(plainSize);
    bytes.reserve(size);
  }
  while (int64_t(bytes.size()) < size) {
    int64_t have = bytes.size();
    int64_t step = std::min(size - have, std::max<int64_t>(1 << 20, have));
    bytes.resize(have + step);
    Result<int64_t> got = readSome(bytes.data() + have, step);
    if (!got)
      return got.error();
    if (*got < step)
      return tooShort(position);
  }
  return bytes;
}

Result<std::string> InputFile::readRest() {
  std::string text;
  char buffer[4096];
  for (;;) {
    Result<int64_t> got = readSome(buffer, sizeof(buffer));
    if (!got)
      return got.error();
    if (*got == 0)
      return text;
    text.append(buffer, *got);
  }
}

Status InputFile::expectEnd() {
  int64_t expected = position;
  char next;
  Result<int64_t> got = readSome(&next, 1);
  if (!got)
    return got.error();
  if (*got == 0)
    return Done();
  std::string holds =
      plainSize >= 0 ? std::to_string(plainSize) : "more than " + std::to_string(expected);
  return Error{"'" + name + "' holds " + holds + " bytes, but its header says " +
               std::to_string(expected)};
}

} // namespace tally

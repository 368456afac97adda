//===- File.h - whole files in and out --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs appear complete or not at all; inputs are read plain or gzip without
// trusting what their headers promise. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_FILE_H
#define TALLY_SUPPORT_FILE_H

#include "tally/Support/Result.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct gzFile_s; // zlib

namespace tally {

/// What a function returns that can fail but has no value.
struct Done {};
using Status = Result<Done>;

/// Replaces the file at `path` by `contents`: writes a temporary file beside it
/// and renames that, so that no reader and no failure ever sees a part. Keeps
/// the permissions of a file that is replaced and follows symbolic links.
/// `-` is stdout; devices and pipes are written directly.
Status writeFileAtomically(const std::string &path, std::string_view contents);

/// A file read from its beginning, gzip inflated on the way.
class InputFile {
public:
  /// Fails on what cannot be opened and on everything but regular files.
  static Result<InputFile> open(const std::string &path);

  const std::string &path() const { return name; }

  /// Reads up to `size` bytes; fewer only at the end of the file. Fails on I/O
  /// errors and damaged or truncated gzip data.
  Result<int64_t> readSome(void *to, int64_t size);

  /// Reads `size` bytes or fails, naming both numbers. Allocates no more than
  /// twice what the file really holds.
  Result<std::vector<char>> readExactly(int64_t size);

  /// Everything up to the end.
  Result<std::string> readRest();

  /// Fails if the file goes on after the bytes read so far.
  Status expectEnd();

private:
  struct Close {
    void operator()(gzFile_s *file) const;
  };

  std::string name;
  std::unique_ptr<gzFile_s, Close> file;
  /// Size of a file that is not compressed, else -1.
  int64_t plainSize = -1;
  int64_t position = 0;
};

} // namespace tally

#endif // TALLY_SUPPORT_FILE_H

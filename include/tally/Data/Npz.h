//===- Npz.h - NumPy's files of several arrays ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors with names as `.npz` files, the format of `numpy.savez` and `numpy.load`: a zip archive
// of npy files, https://numpy.org/doc/stable/reference/generated/numpy.savez.html
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_NPZ_H
#define TALLY_DATA_NPZ_H

#include "tally/Data/Npy.h"

#include <utility>
#include <vector>

namespace tally {

/// What an archive says of its members. Each is read when it is wanted.
class NpzFile {
public:
  /// Archives up to 2^63 bytes, members stored or deflated.
  static Result<NpzFile> open(const std::string &path);

  /// Of the arrays, in their order, without `.npy`.
  std::vector<std::string> names() const;
  /// As `readNpy`. Fails, listing all names, where there is none of this name.
  Result<Tensor> read(const std::string &name, bool booleans = true) const;

private:
  struct Member {
    std::string name;
    uint64_t offset = 0, stored = 0, size = 0; ///< of its header; bytes in the file and unpacked
    uint32_t checksum = 0;
    int method = 0;
  };
  Result<std::string> unpack(const Member &member) const;

  std::string path;
  std::vector<Member> members;
};

/// The contents of an archive of arrays, not compressed. Fails where names are not distinct, or
/// where an array or all of them are 4 GiB or larger.
Result<std::string> toNpz(const std::vector<std::pair<std::string, Tensor>> &arrays);

} // namespace tally

#endif // TALLY_DATA_NPZ_H

//===- ContentHash.h - what kept results depend on --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_CONTENTHASH_H
#define TALLY_LIB_DRIVER_CONTENTHASH_H

#include "tally/Support/File.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"

namespace tally {

/// Of a sequence of texts, each told from the next.
class ContentHash {
public:
  void add(llvm::StringRef text) {
    hash.update(std::to_string(text.size()) + ":");
    hash.update(text);
  }
  Status addFile(const std::string &path) {
    auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
    if (!file)
      return Error{"cannot open '" + path + "': " + file.getError().message()};
    add((*file)->getBuffer());
    return Done();
  }
  std::string result() { return llvm::toHex(hash.final(), /*LowerCase=*/true); }

private:
  llvm::SHA256 hash;
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_CONTENTHASH_H

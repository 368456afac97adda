//===- FileKind.h - what a file is --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_FILEKIND_H
#define TALLY_LIB_DRIVER_FILEKIND_H

#include "tally/Support/File.h"

namespace tally {

enum class FileKind {
  Unknown, ///< text that may be a module; what cannot be looked at before it is read: a pipe
  Empty,
  Bytecode, ///< a module
  Onnx,
  Object,
  C,
  Json,
  Array,
  Archive,
  Gzip
};

/// By the first bytes, and by the name where these say nothing. Fails for what is not there or
/// is a folder.
Result<FileKind> getFileKind(const std::string &path);

/// Fails for a file that holds no module, and says what it holds and which verb makes a module.
Status expectModule(const std::string &path);

/// Fails for a file that tells that it is no ONNX model, and says what it is.
Status expectOnnx(const std::string &path);

} // namespace tally

#endif // TALLY_LIB_DRIVER_FILEKIND_H

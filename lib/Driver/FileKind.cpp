//===- FileKind.cpp - what a file is --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/FileKind.h"

#include "llvm/ADT/StringRef.h"
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>

using llvm::StringRef;

namespace tally {

static const char *describe(FileKind kind) {
  switch (kind) {
  case FileKind::Unknown:
    return "of an unknown kind";
  case FileKind::Empty:
    return "empty";
  case FileKind::Bytecode:
    return "a module in bytecode";
  case FileKind::Onnx:
    return "an ONNX file";
  case FileKind::Object:
    return "an object file";
  case FileKind::C:
    return "C";
  case FileKind::Json:
    return "a JSON file";
  case FileKind::Array:
    return "a NumPy array";
  case FileKind::Archive:
    return "a ZIP archive";
  case FileKind::Gzip:
    return "compressed by gzip";
  }
  return "";
}

/// Of what begins like this.
static FileKind getKind(StringRef bytes, StringRef path) {
  auto begins = [&](StringRef magic) { return bytes.starts_with(magic); };
  if (bytes.empty())
    return FileKind::Empty;
  if (begins("ML\xEFR"))
    return FileKind::Bytecode;
  if (begins("\x7F"
             "ELF") ||
      path.ends_with(".o"))
    return FileKind::Object;
  if (begins("\x93NUMPY"))
    return FileKind::Array;
  if (begins("PK\x03\x04"))
    return FileKind::Archive;
  if (begins("\x1F\x8B"))
    return FileKind::Gzip;
  // The first field of a model is the version of its format.
  bool hasVersion = bytes.size() > 2 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x20;
  if (path.ends_with(".onnx") || hasVersion)
    return FileKind::Onnx;
  StringRef text = bytes.ltrim();
  if (path.ends_with(".c") || path.ends_with(".h") || text.starts_with("#include") ||
      text.starts_with("#ifndef") || text.starts_with("#define") || text.starts_with("#pragma"))
    return FileKind::C;
  // A module may begin with its resources: `{-#`.
  if (text.starts_with("{") && !text.starts_with("{-"))
    return FileKind::Json;
  return FileKind::Unknown;
}

Result<FileKind> getFileKind(const std::string &path) {
  struct stat status;
  if (path == "-")
    return FileKind::Unknown;
  if (::stat(path.c_str(), &status) != 0)
    return Error{"cannot open '" + path + "': " + std::strerror(errno)};
  if (S_ISDIR(status.st_mode))
    return Error{"cannot open '" + path + "': is a directory"};
  if (!S_ISREG(status.st_mode))
    return FileKind::Unknown;
  char bytes[256];
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{"cannot open '" + path + "': " + std::strerror(errno)};
  file.read(bytes, sizeof(bytes));
  return getKind(StringRef(bytes, file.gcount()), path);
}

Status expectModule(const std::string &path) {
  Result<FileKind> kind = getFileKind(path);
  if (!kind)
    return kind.error();
  if (*kind == FileKind::Unknown || *kind == FileKind::Bytecode)
    return Done();
  std::string is = "'" + path + "' is " + describe(*kind);
  if (*kind == FileKind::Onnx)
    return Error{is + ": import it first (tally import)"};
  return Error{is + "; a network is required, as 'tally import', 'calibrate' and 'quantize' write "
                    "it"};
}

Status expectOnnx(const std::string &path) {
  Result<FileKind> kind = getFileKind(path);
  if (!kind)
    return kind.error();
  if (*kind == FileKind::Unknown || *kind == FileKind::Onnx)
    return Done();
  return Error{"'" + path + "' is " + describe(*kind) +
               "; 'tally import' reads ONNX files, and modules whose name ends in .mlir"};
}

} // namespace tally

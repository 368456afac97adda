//===- Output.h - files that appear together or not at all ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_OUTPUT_H
#define TALLY_SUPPORT_OUTPUT_H

#include "tally/Support/File.h"
#include "tally/Support/Interrupt.h"

namespace tally {

struct OutputFile {
  std::string path; ///< `-` is stdout
  std::string_view contents;
};

/// Temporary files beside the places of others, which they take together. Whatever goes wrong (a
/// full disk, a signal), no place changes, and no reader sees a part of a file. Keeps the
/// permissions of files that are replaced and follows symbolic links.
class FileSet {
public:
  FileSet() = default;
  ~FileSet();
  FileSet(const FileSet &) = delete;
  FileSet &operator=(const FileSet &) = delete;

  /// With those above it; goes again if there is no commit.
  Status makeDirectory(const std::string &directory);
  Status add(const OutputFile &file);
  /// Gives all files their names, one after another; once, at the end.
  Status commit();

private:
  struct Member {
    std::string path, target, old; ///< as the user says; with links followed; what was there
    Temporary temporary;
    bool hasOld = false;
  };
  static int replace(Member &member, bool keepOld);
  static void restore(const Member &member);

  std::vector<Temporary> folders; ///< each within the one before
  std::vector<Member> members;
};

/// Replaces all files or none, as a set in `directory`, which is made if need be. Stdout, devices
/// and pipes are written directly, before the others.
Status writeFilesAtomically(const std::vector<OutputFile> &files,
                            const std::string &directory = "");

/// What a job reads and writes. Empty names stand for nothing.
struct Files {
  std::vector<std::string> inputs, outputs; ///< `-` is stdin, stdout
  std::string directory; ///< made if need be; or empty. Outputs in it begin with it and a /
};

/// A usage error where an output is an input, or two outputs are one file, whatever they are
/// called; a user's where an output could not be written.
Status checkFiles(const Files &files);

} // namespace tally

#endif // TALLY_SUPPORT_OUTPUT_H

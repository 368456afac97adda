//===- EpochLog.cpp - a line an epoch -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/EpochLog.h"

#include "EpochJson.h"
#include "tally/Support/Interrupt.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace tally {

static Error writeError(const std::string &path, int reason) {
  return {"cannot write '" + path + "': " + std::strerror(reason)};
}

/// The lines of a log up to epoch `keep`, as they are.
static Result<std::string> readKept(const std::string &path, int64_t keep) {
  std::error_code ignored;
  if (keep == 0 || !std::filesystem::is_regular_file(path, ignored))
    return std::string();
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  Result<std::string> text = file->readRest();
  if (!text)
    return text.error();
  text->resize(text->rfind('\n') + 1); // nothing, of a text without lines
  Result<std::vector<EpochRecord>> records = parseEpochs(*text, path);
  if (!records)
    return records.error();
  size_t end = 0;
  for (const EpochRecord &record : *records)
    if (record.epoch <= keep)
      end = text->find('\n', end) + 1;
  return text->substr(0, end);
}

Result<EpochLog> EpochLog::open(const std::string &path, int64_t keep) {
  if (path == "-")
    return EpochLog(path, STDOUT_FILENO);
  Result<std::string> kept = readKept(path, keep);
  if (!kept)
    return kept.error();
  if (Status begun = writeFileAtomically(path, *kept); !begun)
    return begun.error();
  int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0)
    return writeError(path, errno);
  return EpochLog(path, file);
}

EpochLog::EpochLog(EpochLog &&other) noexcept
    : path(std::move(other.path)), file(std::exchange(other.file, -1)) {}

EpochLog::~EpochLog() {
  if (file >= 0 && file != STDOUT_FILENO)
    ::close(file);
}

Status EpochLog::append(const EpochRecord &record) {
  std::string line = toJson(record) + "\n";
  struct stat before;
  bool isFile = ::fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  std::optional<Uninterrupted> section; // not while a pipe waits for its reader
  if (isFile)
    section.emplace();
  for (size_t done = 0; done < line.size();) {
    ssize_t written = ::write(file, line.data() + done, line.size() - done);
    if (written >= 0) {
      done += written;
      continue;
    }
    int reason = errno;
    if (reason == EINTR)
      continue;
    // A full disk takes a part of a line, and who reads the log would stumble over it.
    if (isFile && done > 0 && ::ftruncate(file, before.st_size) != 0)
      reason = errno;
    return writeError(path == "-" ? "standard output" : path, reason);
  }
  return Done();
}

} // namespace tally

//===- Output.cpp - files that appear together or not at all --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Output.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace fs = std::filesystem;

namespace tally {

static Error writeError(const std::string &path, int reason) {
  return {"cannot write '" + path + "': " + std::strerror(reason)};
}

static Error directoryError(const std::string &path, int reason) {
  return {"cannot make directory '" + path + "': " + std::strerror(reason)};
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

static bool isFolder(const std::string &path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

static std::string parentOf(const std::string &path) {
  std::string parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

/// Where the links of a path lead, to a file or to where one would be.
static std::string followLinks(std::string path) {
  constexpr int kMost = 40; // as Linux has it
  for (int i = 0; i < kMost; ++i) {
    std::error_code notALink;
    fs::path link = fs::read_symlink(path, notALink);
    if (notALink)
      break;
    path = fs::path(path).parent_path() / link;
  }
  return path;
}

/// Why no file can be made in a folder, 0 if one can.
static int whyNotIn(const std::string &folder) {
  struct stat status;
  if (::stat(folder.c_str(), &status) != 0)
    return errno;
  if (!S_ISDIR(status.st_mode))
    return ENOTDIR;
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

namespace {

/// What is at an output's place.
struct Place {
  explicit Place(const std::string &name) : path(name) {
    exists = ::stat(name.c_str(), &status) == 0;
    if (!exists && errno != ENOENT)
      reason = errno;
    else if (!exists || S_ISREG(status.st_mode))
      path = followLinks(name);
    // A link in /proc may lead to a file without a name.
    struct stat end;
    isDevice = exists && !S_ISDIR(status.st_mode) &&
               (!S_ISREG(status.st_mode) || ::stat(path.c_str(), &end) != 0 ||
                std::tie(end.st_dev, end.st_ino) != std::tie(status.st_dev, status.st_ino));
  }

  /// Why it cannot be written, 0 if it can.
  int whyNot() const {
    if (reason != 0)
      return reason;
    if (exists && S_ISDIR(status.st_mode))
      return EISDIR;
    if (exists && ::access(path.c_str(), W_OK) != 0)
      return errno;
    return isDevice ? 0 : whyNotIn(parentOf(path));
  }

  std::string path; ///< links followed
  bool exists;
  bool isDevice; ///< can only be written in place
  struct stat status;
  int reason = 0; ///< why that is not known
};

} // namespace

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static bool writeAll(int fd, std::string_view contents) {
  while (!contents.empty()) {
    ssize_t written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    contents.remove_prefix(written);
  }
  return true;
}

/// Writes to an open file and closes it; returns what went wrong, or 0.
static int writeAndClose(int fd, std::string_view contents) {
  int reason = writeAll(fd, contents) ? 0 : errno;
  if (::close(fd) != 0 && reason == 0)
    reason = errno;
  return reason;
}

FileSet::~FileSet() {
  members.clear();
  while (!folders.empty())
    folders.pop_back();
}

Status FileSet::makeDirectory(const std::string &directory) {
  fs::path path;
  Uninterrupted section;
  for (const fs::path &name : fs::path(directory)) {
    path /= name;
    if (::mkdir(path.c_str(), 0777) == 0)
      folders.emplace_back(Temporary::EmptyFolder, path);
    else if (errno != EEXIST)
      return directoryError(directory, errno);
  }
  return isFolder(path) ? Status(Done()) : directoryError(directory, ENOTDIR);
}

Status FileSet::add(const OutputFile &file) {
  Place place(file.path);
  if (int reason = place.whyNot())
    return writeError(file.path, reason);
  static std::atomic<int> serial{0};
  std::string suffix = "-" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
  std::string temporary = place.path + ".tmp" + suffix;
  int fd;
  {
    Uninterrupted section;
    fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
      return writeError(file.path, errno);
    members.push_back({file.path, place.path, place.path + ".old" + suffix,
                       Temporary(Temporary::File, temporary)});
  }
  int mode = place.exists && ::fchmod(fd, place.status.st_mode & 07777) != 0 ? errno : 0;
  int reason = writeAndClose(fd, file.contents);
  if (reason != 0 || mode != 0)
    return writeError(file.path, reason ? reason : mode);
  return Done();
}

int FileSet::replace(Member &member, bool keepOld) {
  struct stat status;
  if (::lstat(member.target.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
    return EISDIR; // since it was looked at
  // A link leaves no moment without the file; not every file system has links.
  if (keepOld)
    member.hasOld = ::link(member.target.c_str(), member.old.c_str()) == 0 ||
                    ::rename(member.target.c_str(), member.old.c_str()) == 0;
  if (keepOld && !member.hasOld && errno != ENOENT)
    return errno;
  if (::rename(member.temporary.getPath().c_str(), member.target.c_str()) == 0)
    return 0;
  int reason = errno;
  if (member.hasOld)
    restore(member);
  return reason;
}

void FileSet::restore(const Member &member) {
  if (!member.hasOld)
    ::unlink(member.target.c_str());
  else if (::rename(member.old.c_str(), member.target.c_str()) == 0)
    ::unlink(member.old.c_str()); // renaming one link of a file to another does nothing
}

Status FileSet::commit() {
  Uninterrupted section;
  for (auto it = members.begin(); it != members.end(); ++it)
    if (int reason = replace(*it, /*keepOld=*/std::next(it) != members.end())) {
      std::for_each(members.begin(), it, restore);
      return writeError(it->path, reason);
    }
  for (Member &member : members) {
    member.temporary.keep();
    if (member.hasOld)
      ::unlink(member.old.c_str());
  }
  for (Temporary &folder : folders)
    folder.keep();
  return Done();
}

static Status writeDirectly(const OutputFile &file) {
  if (file.path == "-")
    return writeAll(STDOUT_FILENO, file.contents) ? Status(Done()) : writeError("stdout", errno);
  int fd = ::open(file.path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  int reason = fd < 0 ? errno : writeAndClose(fd, file.contents);
  return reason == 0 ? Status(Done()) : writeError(file.path, reason);
}

Status writeFilesAtomically(const std::vector<OutputFile> &files, const std::string &directory) {
  auto isDirect = [](const OutputFile &file) {
    return file.path == "-" || Place(file.path).isDevice;
  };
  for (const OutputFile &file : files)
    if (isDirect(file))
      if (Status written = writeDirectly(file); !written)
        return written;
  FileSet set;
  if (!directory.empty())
    if (Status made = set.makeDirectory(directory); !made)
      return made;
  for (const OutputFile &file : files)
    if (!isDirect(file))
      if (Status added = set.add(file); !added)
        return added;
  return set.commit();
}

Status writeFileAtomically(const std::string &path, std::string_view contents) {
  return writeFilesAtomically({{path, contents}});
}

//===----------------------------------------------------------------------===//
// A look before the work
//===----------------------------------------------------------------------===//

namespace {

/// A file by what it is, not by what it is called.
struct Identity {
  dev_t device;
  ino_t number;
  std::string name; ///< in the folder of that number, for a file that does not exist

  bool operator==(const Identity &other) const {
    return std::tie(device, number, name) == std::tie(other.device, other.number, other.name);
  }
};

} // namespace

/// Nothing for devices and pipes, which are not lost when they are written twice, but for stdout.
static std::optional<Identity> identify(const std::string &path, int standard) {
  struct stat status;
  if (path == "-" && ::fstat(standard, &status) == 0) {
    if (S_ISREG(status.st_mode))
      return Identity{status.st_dev, status.st_ino, ""};
    return standard == STDOUT_FILENO ? std::optional(Identity{0, 0, "-"}) : std::nullopt;
  }
  Place place(path);
  if (place.exists && S_ISREG(place.status.st_mode))
    return Identity{place.status.st_dev, place.status.st_ino, ""};
  if (place.exists || ::stat(parentOf(place.path).c_str(), &status) != 0)
    return std::nullopt;
  return Identity{status.st_dev, status.st_ino, fs::path(place.path).filename()};
}

static std::optional<Identity> identifyInput(const std::string &path) {
  struct stat status;
  bool exists = path == "-" || ::stat(path.c_str(), &status) == 0;
  return exists ? identify(path, STDIN_FILENO) : std::nullopt;
}

static std::string quoted(const std::string &path, const char *standard) {
  return path == "-" ? std::string(standard) : "'" + path + "'";
}

static Status checkIdentities(const Files &files) {
  for (auto output = files.outputs.begin(); output != files.outputs.end(); ++output) {
    std::optional<Identity> identity = identify(*output, STDOUT_FILENO);
    if (!identity || output->empty())
      continue;
    std::string name = quoted(*output, "standard output");
    for (const std::string &input : files.inputs)
      if (identifyInput(input) == identity)
        return Error{"output " + name + " is the input " + quoted(input, "standard input"),
                     ErrorKind::Usage};
    for (auto other = files.outputs.begin(); other != output; ++other)
      if (identify(*other, STDOUT_FILENO) == identity)
        return Error{*other == *output ? "two outputs go to " + name
                                       : "outputs " + quoted(*other, "standard output") + " and " +
                                             name + " are one file",
                     ErrorKind::Usage};
  }
  return Done();
}

/// Where a folder is, or where it would begin to be made.
static fs::path nearestFolder(const std::string &folder) {
  fs::path path = folder;
  std::error_code ignored;
  while (!path.empty() && !fs::exists(path, ignored))
    path = path.parent_path();
  return path.empty() ? "." : path;
}

Status checkFiles(const Files &files) {
  if (Status distinct = checkIdentities(files); !distinct)
    return distinct;
  bool makes = !files.directory.empty() && !isFolder(files.directory);
  if (makes)
    if (int reason = whyNotIn(nearestFolder(files.directory)))
      return directoryError(files.directory, reason);
  auto isMade = [&](const std::string &output) {
    return makes && output.rfind(files.directory + "/", 0) == 0;
  };
  for (const std::string &output : files.outputs)
    if (!output.empty() && output != "-" && !isMade(output))
      if (int reason = Place(output).whyNot())
        return writeError(output, reason);
  return Done();
}

} // namespace tally

//===- Interrupt.h - ended by a signal, with nothing left -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SIGINT, SIGTERM and SIGHUP end the process wherever it is: in a pass, in LLVM, while it waits
// for a C compiler. Programs that it started end with it, and files that were to be temporary
// are removed. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_INTERRUPT_H
#define TALLY_SUPPORT_INTERRUPT_H

#include "tally/Support/Result.h"

#include <mutex>
#include <string>
#include <sys/types.h>

namespace tally {

/// From now on these signals end the process within a second, with the exit status 128 + the
/// signal's number. Signals that are ignored (nohup, a background job) stay ignored. Called once,
/// by programs and not by libraries: elsewhere nothing below does more than it says of itself.
void installInterruptHandler();

/// Whether such a signal came. Only work with an `InterruptGrace` has time to look.
bool interrupted();

/// While one lives, the process goes on for a while after a signal, at most `milliseconds`, or
/// until another signal: for work that looks at `interrupted()` and has something to say of what it
/// did so far. Its end is then the end of the process.
class InterruptGrace {
public:
  explicit InterruptGrace(int milliseconds = 500);
  ~InterruptGrace();
  InterruptGrace(const InterruptGrace &) = delete;
  InterruptGrace &operator=(const InterruptGrace &) = delete;
};

/// While one lives, no signal ends the process: for a few system calls of which either all or
/// none must have happened. May be nested.
class Uninterrupted {
public:
  Uninterrupted();

private:
  std::lock_guard<std::recursive_mutex> lock;
};

/// A file or a folder that ends with this object or with the process, whatever ends first. An
/// `Uninterrupted` that lives while both are made leaves no moment between.
class Temporary {
public:
  enum Kind {
    File,
    Folder,     ///< with all that is in it
    EmptyFolder ///< or nothing, where there is something in it
  };
  Temporary(Kind kind, std::string path);
  Temporary(Temporary &&other) noexcept : kind(other.kind), path(std::move(other.path)) {
    other.path.clear();
  }
  ~Temporary();

  const std::string &getPath() const { return path; }
  /// It stays from now on, or has another name.
  void keep();

private:
  Kind kind;
  std::string path; ///< empty once it is kept or moved away
};

/// Makes a folder in $TMPDIR, else in /tmp.
Result<Temporary> makeTemporaryFolder();

/// Programs that are to end with this process, each the leader of a session.
void endWithProcess(pid_t program);
void forgetProgram(pid_t program);

} // namespace tally

#endif // TALLY_SUPPORT_INTERRUPT_H

//===- Program.h - a program run by this one --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM, whose `ExecuteAndWait` does not end what a program has started when a signal ends
// this process, and has no pipes.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_PROGRAM_H
#define TALLY_SUPPORT_PROGRAM_H

#include "tally/Support/File.h"

#include <cstddef>

namespace tally {

/// A program that runs beside this one and ends with it, and with it all that it started.
class Program {
public:
  /// Where its standard input and output are.
  enum Ends {
    Diagnostics, ///< none, and standard error
    Discarded,   ///< none, and nowhere
    Connected    ///< `send` and `receive`
  };

  /// Runs `command`, whose first word is a path, with its temporary files in `folder`; `inside`
  /// says whether it works there, too.
  static Result<Program> start(const std::vector<std::string> &command, const std::string &folder,
                               Ends ends, bool inside = false);
  Program(Program &&other) noexcept;
  /// Ends it.
  ~Program();

  /// Both fail when the program ends before all bytes are through.
  Status send(const void *bytes, size_t size);
  Status receive(void *bytes, size_t size);

  /// Waits for its end; an error says which one it was, if not status 0.
  Status wait();

private:
  Program() = default;
  Status ended();

  std::string name;
  pid_t id = 0;    ///< 0 once it has ended
  int socket = -1; ///< the other end of its standard input and output
};

} // namespace tally

#endif // TALLY_SUPPORT_PROGRAM_H

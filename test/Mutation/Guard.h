//===- Guard.h - where it crashed, or hung ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_GUARD_H
#define TALLY_TEST_MUTATION_GUARD_H

#include <cstdint>
#include <string>

namespace tally::mutation {

/// While one lives, a signal says which file it was, and its number, before it ends the process;
/// more than 20 seconds of processor time on a file, and memory of more than 4 GiB, end it too.
class Guard {
public:
  explicit Guard(const std::string &path);
  ~Guard();
  Guard(const Guard &) = delete;
  Guard &operator=(const Guard &) = delete;
  /// The file of this number begins.
  void restart(uint64_t number);
};

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_GUARD_H

//===- Team.h - threads that share short pieces of work ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For work of some microseconds that comes again and again, as the steps of a network do: threads
// wait for it awake. For longer loops, `parallelFor` (Parallel.h).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_TEAM_H
#define TALLY_SUPPORT_TEAM_H

#include <cstdint>
#include <memory>
#include <vector>

namespace tally {

/// Threads that belong to one caller. After its work a thread waits awake for some tens of
/// microseconds, then asleep; of all teams of the process, no more threads wait awake than there
/// are processors.
class Team {
public:
  /// Does share `share` of `shares` of a task.
  using Run = void(void *task, int32_t share, int32_t shares);

  /// Starts `threads - 1` threads, at least none: the caller works too. Where the system has no
  /// more, the team is smaller.
  explicit Team(int threads);
  ~Team();
  Team(const Team &) = delete;

  int size() const { return int(members.size()) + 1; }

  /// Calls `run(task, i, n)` once for every i < n, n being at most `most` and `size()`, and
  /// returns when all of these have returned. They must not throw. The caller does what no thread
  /// has begun when it has done its own share, so a thread that is late delays nothing. One call
  /// at a time.
  void run(int32_t most, Run *run, void *task);

private:
  struct Work {
    Run *run = nullptr;
    void *task = nullptr;
    int32_t shares = 0;
  };
  struct Member;

  Work work; ///< written while no share of another is open
  std::vector<std::unique_ptr<Member>> members;
};

} // namespace tally

#endif // TALLY_SUPPORT_TEAM_H

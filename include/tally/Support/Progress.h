//===- Progress.h - long work seen by its user ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A progress bar on the terminal. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_PROGRESS_H
#define TALLY_SUPPORT_PROGRESS_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace tally {

enum class ProgressMode {
  Quiet,
  Terminal, ///< only where there is one, at first
  Always,   ///< elsewhere as lines without a bar, none of them before `lineSeconds`
};

/// For every `Progress` of this process that is made from now on.
void showProgress(ProgressMode mode, double lineSeconds = 5);

/// While one lives, no `Progress` is shown that is made from now on: it is a part of work that
/// shows its own.
class ProgressSilence {
public:
  ProgressSilence();
  ~ProgressSilence();
  ProgressSilence(const ProgressSilence &) = delete;
  ProgressSilence &operator=(const ProgressSilence &) = delete;
};

/// Shows how far a loop is, how fast, and how long it will take:
///
///   evaluate [########                ]  3400/10000 images  412/s  0:16 left
///
/// On a terminal, at most ten times a second, in colour unless the variable
/// NO_COLOR is set. Elsewhere a line now and then, if `showProgress` says so;
/// else it costs an addition and prints nothing.
class Progress {
public:
  /// `total` = 0 if unknown. `fd` is stderr but in tests.
  Progress(std::string title, int64_t total, std::string unit = "images", int fd = 2)
      : Progress(std::move(title), total, std::move(unit), fd, /*lines=*/true) {}
  /// Shown on a terminal only: how long it takes is nothing to keep.
  static Progress onTerminalOnly(std::string title, int64_t total, std::string unit) {
    return Progress(std::move(title), total, std::move(unit), 2, /*lines=*/false);
  }
  ~Progress() { finish(); }
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// `n` more are done. May be called by several threads.
  void advance(int64_t n = 1);
  /// Replaces the bar by a last line of count, time and rate. Once; the
  /// destructor calls it too.
  void finish();

private:
  using Clock = std::chrono::steady_clock;

  Progress(std::string title, int64_t total, std::string unit, int fd, bool lines);
  double secondsSince(Clock::time_point now) const;
  void draw(const std::string &line);

  const std::string title, unit;
  const int64_t total;
  const int fd;
  const bool onTerminal, enabled;
  const Clock::time_point start;
  std::atomic<int64_t> done{0};
  std::atomic<int64_t> nextDraw; // milliseconds after start
  std::mutex mutex;
  // Guarded by the mutex.
  bool finished = false;
  size_t drawn = 0; // characters of the last line
};

/// The line of a bar, at most `width` characters; the bar itself yields first. With a negative
/// `width` all of it but the bar.
std::string formatProgress(const std::string &title, const std::string &unit, int64_t done,
                           int64_t total, double seconds, int width);

} // namespace tally

#endif // TALLY_SUPPORT_PROGRESS_H

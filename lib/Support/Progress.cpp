//===- Progress.cpp - long work seen by its user --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Progress.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tally {

//===----------------------------------------------------------------------===//
// The line
//===----------------------------------------------------------------------===//

/// `0:07`, `12:30` or `3:05:00`.
static std::string formatTime(double seconds) {
  auto whole = int64_t(std::min(seconds, 1e9));
  char text[40];
  if (whole < 3600)
    std::snprintf(text, sizeof(text), "%d:%02d", int(whole / 60), int(whole % 60));
  else
    std::snprintf(text, sizeof(text), "%d:%02d:%02d", int(whole / 3600), int(whole / 60 % 60),
                  int(whole % 60));
  return text;
}

/// Three significant digits at most: `0.52/s`, `41.3/s`, `1250/s`.
static std::string formatRate(int64_t done, double seconds) {
  double rate = double(done) / std::max(seconds, 1e-9);
  char text[40];
  std::snprintf(text, sizeof(text), "%.*f/s", rate < 10 ? 2 : rate < 100 ? 1 : 0, rate);
  return text;
}

std::string formatProgress(const std::string &title, const std::string &unit, int64_t done,
                           int64_t total, double seconds, int width) {
  std::string count = std::to_string(done);
  if (total > 0) {
    std::string all = std::to_string(total);
    if (count.size() < all.size())
      count.insert(0, all.size() - count.size(), ' ');
    count += "/" + all;
  }
  std::string text = " " + count + " " + unit;
  if (done > 0 && seconds > 0) {
    text += "  " + formatRate(done, seconds);
    if (total > done)
      text += "  " + formatTime(seconds * double(total - done) / double(done)) + " left";
  }
  int room = width - int(title.size() + text.size()) - 3; // " [" and "]"
  std::string bar;
  if (total > 0 && room >= 5) {
    room = std::min(room, 40);
    double part = std::min(1.0, double(done) / double(total));
    int filled = int(part * room);
    bar = " [" + std::string(filled, '#') + std::string(room - filled, ' ') + "]";
  }
  std::string line = title + bar + text;
  return width < 0 ? line : line.substr(0, width);
}

//===----------------------------------------------------------------------===//
// The terminal
//===----------------------------------------------------------------------===//

static bool isCapableTerminal(int fd) {
  const char *term = std::getenv("TERM");
  return ::isatty(fd) && !(term && std::strcmp(term, "dumb") == 0);
}

/// See https://no-color.org.
static bool mayColor() {
  const char *value = std::getenv("NO_COLOR");
  return !value || !*value;
}

static int getWidth(int fd) {
  winsize size;
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

static void writeTo(int fd, const std::string &text) {
  // A bar that cannot be drawn is no reason to stop the work.
  [[maybe_unused]] ssize_t ignored = ::write(fd, text.data(), text.size());
}

static std::atomic<ProgressMode> progressMode{ProgressMode::Terminal};
static std::atomic<int64_t> lineMilliseconds{5000};

void showProgress(ProgressMode mode, double lineSeconds) {
  progressMode = mode;
  lineMilliseconds = int64_t(1000 * lineSeconds);
}

static std::atomic<int> silences{0};

ProgressSilence::ProgressSilence() { ++silences; }
ProgressSilence::~ProgressSilence() { --silences; }

static bool isShown(bool onTerminal) {
  if (silences > 0)
    return false;
  return progressMode == ProgressMode::Always ||
         (onTerminal && progressMode == ProgressMode::Terminal);
}

Progress::Progress(std::string title, int64_t total, std::string unit, int fd, bool lines)
    : title(std::move(title)), unit(std::move(unit)), total(total), fd(fd),
      onTerminal(isCapableTerminal(fd)), enabled((onTerminal || lines) && isShown(onTerminal)),
      start(Clock::now()), nextDraw(onTerminal ? 0 : lineMilliseconds.load()) {}

double Progress::secondsSince(Clock::time_point now) const {
  return std::chrono::duration<double>(now - start).count();
}

/// Overwrites the line with another one, without escape sequences.
void Progress::draw(const std::string &line) {
  size_t blanks = drawn > line.size() ? drawn - line.size() : 0;
  drawn = line.size();
  std::string text = line;
  size_t open = text.find('[', title.size()), close = text.find(']', open);
  if (close != std::string::npos && mayColor()) {
    text.insert(close, "\x1b[0m");
    text.insert(open + 1, "\x1b[32m");
  }
  writeTo(fd, "\r" + text + std::string(blanks, ' '));
}

void Progress::advance(int64_t n) {
  done.fetch_add(n, std::memory_order_relaxed);
  if (!enabled)
    return;
  double seconds = secondsSince(Clock::now());
  auto isDue = [&] { return int64_t(seconds * 1000) >= nextDraw.load(std::memory_order_relaxed); };
  if (!isDue())
    return;
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  if (!lock || finished || !isDue())
    return;
  int64_t count = done.load(std::memory_order_relaxed);
  nextDraw.store(int64_t(seconds * 1000) + (onTerminal ? 100 : lineMilliseconds.load()),
                 std::memory_order_relaxed);
  if (!onTerminal) {
    std::string line = formatProgress(title, unit, count, total, seconds, /*width=*/-1);
    drawn = line.size();
    writeTo(fd, line + "\n");
    return;
  }
  // The last column stays free: some terminals wrap there.
  draw(formatProgress(title, unit, count, total, seconds, getWidth(fd) - 1));
}

void Progress::finish() {
  if (!enabled)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  if (finished)
    return;
  finished = true;
  if (!onTerminal && !drawn)
    return; // too short for lines
  double seconds = secondsSince(Clock::now());
  int64_t count = done.load(std::memory_order_relaxed);
  std::string line = title + ": " + std::to_string(count);
  if (count < total)
    line += " of " + std::to_string(total);
  char time[40];
  std::snprintf(time, sizeof(time), " in %.1f s", seconds);
  line += " " + unit + time + ", " + formatRate(count, seconds);
  size_t blanks = onTerminal && drawn > line.size() ? drawn - line.size() : 0;
  writeTo(fd, (onTerminal && drawn ? "\r" : "") + line + std::string(blanks, ' ') + "\n");
}

} // namespace tally

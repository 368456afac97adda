// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tally;

TEST(FormatProgress, ShowsCountRateAndTimeLeft) {
  EXPECT_EQ(formatProgress("eval", "images", 250, 1000, 2, 70),
            "eval [#######                     ]  250/1000 images  125/s  0:06 left");
  EXPECT_EQ(formatProgress("eval", "images", 0, 10, 0, 50),
            "eval [                              ]  0/10 images");
  EXPECT_EQ(formatProgress("eval", "images", 10, 10, 20, 40),
            "eval [############] 10/10 images  0.50/s");
  EXPECT_EQ(formatProgress("eval", "steps", 7, 0, 100, 80), "eval 7 steps  0.07/s");
}

TEST(FormatProgress, FitsEveryWidth) {
  for (int width = 0; width < 120; ++width)
    for (int64_t done : {0, 1, 5000, 10000, 20000})
      EXPECT_LE(formatProgress("calibrate", "images", done, 10000, 1e7, width).size(),
                size_t(width));
}

namespace {

/// A terminal whose other end the test reads.
class Terminal {
public:
  Terminal() {
    master = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0)
      fd = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  }
  ~Terminal() {
    ::close(fd);
    ::close(master);
  }
  /// What was written, up to the end of a line.
  std::string readLine() {
    std::string text;
    pollfd event{master, POLLIN, 0};
    while ((text.empty() || text.back() != '\n') && ::poll(&event, 1, /*milliseconds=*/5000) > 0) {
      char piece[1024];
      ssize_t size = ::read(master, piece, sizeof(piece));
      text.append(piece, size > 0 ? size : 0);
    }
    return text;
  }

  int master = -1, fd = -1;
};

} // namespace

TEST(Progress, DrawsOnATerminal) {
  Terminal terminal;
  if (terminal.fd < 0)
    GTEST_SKIP() << "no pseudo terminal here";
  ::setenv("TERM", "xterm", 1);
  ::setenv("NO_COLOR", "1", 1);
  {
    Progress progress("eval", 4000, "images", terminal.fd);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k)
          progress.advance();
      });
    for (std::thread &thread : threads)
      thread.join();
  }
  std::string text = terminal.readLine();
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "NO_COLOR is set";
  EXPECT_NE(text.find("\reval ["), std::string::npos);
  EXPECT_NE(text.find("\reval: 4000 images in "), std::string::npos);
  EXPECT_EQ(text.substr(text.size() - 2), "\r\n");
  EXPECT_LT(std::count(text.begin(), text.end(), '['), 40) << "ten a second";

  ::unsetenv("NO_COLOR");
  Progress colored("eval", 4, "images", terminal.fd);
  colored.advance(1);
  colored.finish();
  text = terminal.readLine();
  EXPECT_NE(text.find("\x1b[32m"), std::string::npos);
  EXPECT_NE(text.find("eval: 1 of 4 images"), std::string::npos);
}

/// What a progress of ten images prints where there is no terminal.
static std::string printToPipe() {
  int ends[2];
  if (::pipe(ends) != 0)
    return "no pipe";
  {
    Progress progress("eval", 10, "images", ends[1]);
    progress.advance(4);
    progress.advance(6);
  }
  ::close(ends[1]);
  char text[1024];
  ssize_t size = ::read(ends[0], text, sizeof(text));
  ::close(ends[0]);
  return std::string(text, std::max<ssize_t>(0, size));
}

TEST(Progress, IsSilentElsewhere) { EXPECT_EQ(printToPipe(), ""); }

TEST(Progress, IsSilentAsAPartOfOther) {
  showProgress(ProgressMode::Always, /*lineSeconds=*/0);
  {
    ProgressSilence silence;
    EXPECT_EQ(printToPipe(), "");
  }
  EXPECT_NE(printToPipe(), "");
  showProgress(ProgressMode::Terminal);
}

TEST(Progress, PrintsLinesWhereAsked) {
  showProgress(ProgressMode::Always, /*lineSeconds=*/0);
  std::string text = printToPipe();
  EXPECT_EQ(text.rfind("eval  4/10 images  ", 0), 0u) << text;
  EXPECT_NE(text.find("\neval 10/10 images  "), std::string::npos) << text;
  EXPECT_NE(text.find("\neval: 10 images in "), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  // What is over before a line is due needs none.
  showProgress(ProgressMode::Always, /*lineSeconds=*/60);
  EXPECT_EQ(printToPipe(), "");
  showProgress(ProgressMode::Quiet, /*lineSeconds=*/0);
  EXPECT_EQ(printToPipe(), "");
  showProgress(ProgressMode::Terminal);
}

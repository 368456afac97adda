// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Interrupt.h"

#include "tally/Support/Output.h"
#include "tally/Support/Program.h"

#include "Files.h"

#include <chrono>
#include <csignal>
#include <thread>
#include <unistd.h>

using namespace tally;

using Clock = std::chrono::steady_clock;

[[noreturn]] static void sleepForEver() {
  while (true)
    ::pause();
}

TEST(InterruptDeathTest, StatusesSayWhichSignal) {
  for (auto [number, text] : {std::pair(SIGINT, "ended by SIGINT"),
                              {SIGTERM, "ended by SIGTERM"},
                              {SIGHUP, "ended by SIGHUP"}})
    EXPECT_EXIT(
        {
          installInterruptHandler();
          std::raise(number);
          sleepForEver();
        },
        testing::ExitedWithCode(128 + number), text);
}

TEST(InterruptDeathTest, IgnoredStaysIgnored) {
  EXPECT_EXIT(
      {
        std::signal(SIGINT, SIG_IGN);
        installInterruptHandler();
        std::raise(SIGINT);
        std::_Exit(interrupted() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(InterruptDeathTest, TemporaryFilesGo) {
  TemporaryFolder folder;
  ::setenv("TMPDIR", folder.string().c_str(), 1);
  EXPECT_EXIT(
      {
        installInterruptHandler();
        Result<Temporary> inside = makeTemporaryFolder();
        folder.write(inside->getPath().substr(folder.string().size()) + "/a", "a");
        Temporary file(Temporary::File, folder.write("b", "b"));
        std::filesystem::create_directory(folder / "c");
        Temporary empty(Temporary::EmptyFolder, folder / "c");
        std::filesystem::create_directory(folder / "d");
        Temporary full(Temporary::EmptyFolder, folder / "d");
        folder.write("d/theirs", "theirs");
        Temporary kept(Temporary::File, folder.write("e", "e"));
        kept.keep();
        std::raise(SIGTERM);
        sleepForEver();
      },
      testing::ExitedWithCode(143), "");
  EXPECT_EQ(folder.count(), 2u);
  EXPECT_EQ(folder.read("d/theirs") + folder.read("e"), "theirse");
  ::setenv("TMPDIR", (folder / "none").c_str(), 1);
  expectError(makeTemporaryFolder(), {"cannot make the temporary folder '", "none/tally-"});
  ::unsetenv("TMPDIR");
}

TEST(InterruptDeathTest, GraceIsForWhatIsToBeSaid) {
  EXPECT_EXIT(
      {
        installInterruptHandler();
        InterruptGrace grace;
        std::raise(SIGINT);
        while (!interrupted())
          std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::fprintf(stderr, "so far\n");
      },
      testing::ExitedWithCode(130), "so far\ntally: error: ended by SIGINT");
}

/// Half a second for who asks for it; none after another signal.
TEST(InterruptDeathTest, GraceIsShort) {
  for (int signals : {1, 2}) {
    auto begin = Clock::now();
    EXPECT_EXIT(
        {
          installInterruptHandler();
          InterruptGrace grace;
          for (int i = 0; i < signals; ++i) {
            std::raise(SIGINT);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          sleepForEver();
        },
        testing::ExitedWithCode(130), "");
    double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    EXPECT_EQ(seconds < 0.45, signals == 2) << seconds;
  }
}

/// Whenever the signal comes, there are two files or none of a set that is written again and
/// again, and nothing else.
TEST(InterruptDeathTest, SetsOfFilesStayWhole) {
  for (int microseconds = 0; microseconds < 4000; microseconds += 200) {
    TemporaryFolder folder;
    EXPECT_EXIT(
        {
          installInterruptHandler();
          std::thread([&] {
            std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
            std::raise(SIGTERM);
          }).detach();
          for (int i = 0;; ++i) {
            std::string text = std::to_string(i);
            (void)writeFilesAtomically({{folder / "d/a", text}, {folder / "d/b", text}},
                                       folder / "d");
          }
        },
        testing::ExitedWithCode(143), "");
    if (folder.count() == 0)
      continue;
    EXPECT_EQ(folder.read("d/a"), folder.read("d/b"));
    std::filesystem::directory_iterator files(folder / "d");
    EXPECT_EQ(std::distance(begin(files), end(files)), 2);
  }
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Program.h"

#include "tally/Support/Interrupt.h"

#include "Files.h"

#include <csignal>
#include <filesystem>
#include <unistd.h>

using namespace tally;

TEST(Program, TellsHowItEnded) {
  auto run = [](const char *script) -> Status {
    auto program = Program::start({"/bin/sh", "-c", script}, "/tmp", Program::Diagnostics);
    return program ? program->wait() : program.error();
  };
  EXPECT_TRUE(run("exit 0"));
  expectError(run("exit 3"), {"'/bin/sh' ended with status 3"});
  expectError(run("kill -SEGV $$"), {"'/bin/sh' was ended by signal 11", "Segmentation"});
  expectError(Program::start({"/no/such"}, "/tmp", Program::Diagnostics),
              {"cannot run '/no/such': No such file"});
}

TEST(Program, HasItsOwnPlaceForTemporaryFiles) {
  TemporaryFolder folder;
  auto program = Program::start({"/bin/sh", "-c", "echo x > $TMPDIR/a; echo $TMPDIR; env"},
                                folder.string(), Program::Connected);
  ASSERT_TRUE(program);
  std::string text(folder.string().size() + 1, 0);
  EXPECT_TRUE(program->receive(text.data(), text.size()));
  EXPECT_EQ(text, folder.string() + "\n");
  EXPECT_EQ(folder.read("a"), "x\n");
}

TEST(Program, SendsAndReceives) {
  auto program = Program::start({"/bin/cat"}, "/tmp", Program::Connected);
  ASSERT_TRUE(program);
  for (size_t size : {size_t(1), size_t(100000)}) {
    std::string text(size, 'x'), back(size, 0);
    EXPECT_TRUE(program->send(text.data(), size));
    EXPECT_TRUE(program->receive(back.data(), size));
    EXPECT_EQ(text, back);
  }
}

/// A program that ends is an error, not the end of this one.
TEST(Program, MayEndTooEarly) {
  std::string text(1 << 20, 'x');
  for (auto [script, why] :
       {std::pair("exit 0", "'/bin/sh' ended too early"), {"exit 3", "ended with status 3"}}) {
    auto program = Program::start({"/bin/sh", "-c", script}, "/tmp", Program::Connected);
    ASSERT_TRUE(program);
    Status status = program->send(text.data(), text.size());
    expectError(status ? program->receive(text.data(), text.size()) : status, {why});
  }
}

/// With all that it has started.
TEST(ProgramDeathTest, EndsWithThisProcess) {
  TemporaryFolder folder;
  std::string script =
      "(while true; do echo x > " + (folder / "alive") + "; sleep 0.01; done) & wait";
  for (bool bySignal : {true, false}) {
    EXPECT_EXIT(
        {
          installInterruptHandler();
          {
            auto program = Program::start({"/bin/sh", "-c", script}, "/tmp", Program::Diagnostics);
            while (!std::filesystem::exists(folder / "alive"))
              ::usleep(1000);
            if (bySignal) {
              std::raise(SIGINT);
              (void)program->wait();
            }
          }
          std::_Exit(0);
        },
        testing::ExitedWithCode(bySignal ? 130 : 0), "");
    ::usleep(50000); // until the last one has really ended
    std::filesystem::remove(folder / "alive");
    ::usleep(50000);
    EXPECT_FALSE(std::filesystem::exists(folder / "alive"));
  }
}

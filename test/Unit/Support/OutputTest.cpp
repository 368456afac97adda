// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Output.h"

#include "Files.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tally;

TEST(WriteFile, ReplacesTheWholeFile) {
  TemporaryFolder folder;
  folder.write("a", "a long old text");
  EXPECT_TRUE(writeFileAtomically(folder / "a", "new"));
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_TRUE(writeFileAtomically(folder / "b", ""));
  EXPECT_EQ(folder.count(), 2u) << "no temporary file stays";
}

TEST(WriteFile, KeepsPermissionsAndLinks) {
  TemporaryFolder folder;
  folder.write("a", "old");
  ::chmod((folder / "a").c_str(), 0640);
  ASSERT_EQ(::symlink("a", (folder / "link").c_str()), 0);
  EXPECT_TRUE(writeFileAtomically(folder / "link", "new"));
  EXPECT_EQ(folder.read("a"), "new");
  struct stat status;
  ASSERT_EQ(::lstat((folder / "link").c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(WriteFile, LeavesNothingAfterAFailure) {
  TemporaryFolder folder;
  expectError(writeFileAtomically(folder / "no/such", "x"),
              {"cannot write", "no/such", "No such file"});
  expectError(writeFileAtomically(folder.string(), "x"), {"directory"});
  EXPECT_EQ(folder.count(), 0u);
}

TEST(WriteFile, WritesDevicesDirectly) {
  EXPECT_TRUE(writeFileAtomically("/dev/null", "x"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  if (std::filesystem::exists("/dev/full"))
    expectError(writeFileAtomically("/dev/full", "x"), {"/dev/full", "space"});
}

TEST(WriteFile, WritesStdout) {
  testing::internal::CaptureStdout();
  EXPECT_TRUE(writeFileAtomically("-", "text\n"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "text\n");
}

TEST(WriteFile, FollowsALinkToNothing) {
  TemporaryFolder folder;
  ASSERT_EQ(::symlink("a", (folder / "link").c_str()), 0);
  EXPECT_TRUE(writeFileAtomically(folder / "link", "new"));
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(WriteFile, WritesAFileWithoutANameInPlace) {
  TemporaryFolder folder;
  int fd = ::open(folder.write("a", "a long old text").c_str(), O_RDWR);
  ASSERT_EQ(::unlink((folder / "a").c_str()), 0);
  EXPECT_TRUE(writeFileAtomically("/proc/self/fd/" + std::to_string(fd), "new"));
  char text[20];
  EXPECT_EQ(::pread(fd, text, sizeof(text), 0), 3);
  EXPECT_EQ(folder.count(), 0u);
  ::close(fd);
}

TEST(WriteFiles, AppearTogether) {
  TemporaryFolder folder;
  folder.write("a", "old");
  EXPECT_TRUE(writeFilesAtomically({{folder / "a", "1"}, {folder / "b", "2"}}));
  EXPECT_EQ(folder.read("a"), "1");
  EXPECT_EQ(folder.read("b"), "2");
  EXPECT_EQ(folder.count(), 2u);
}

/// The file that cannot be written is the last, so that others are ready when it fails.
TEST(WriteFiles, OrNotAtAll) {
  TemporaryFolder folder;
  folder.write("a", "old");
  expectError(writeFilesAtomically({{folder / "a", "1"}, {folder / "no/b", "2"}}),
              {"cannot write '", "no/b': No such file"});
  expectError(writeFilesAtomically({{folder / "a", "1"}, {folder / "a/b", "2"}}),
              {"a/b': Not a directory"});
  if (std::filesystem::exists("/dev/full"))
    expectError(writeFilesAtomically({{folder / "a", "1"}, {"/dev/full", "2"}}),
                {"cannot write '/dev/full': No space left"});
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(WriteFiles, AFullDiskChangesNothing) {
  TemporaryFolder folder;
  folder.write("a", "old");
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit;
        limit.rlim_cur = limit.rlim_max = 100;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        Status status = writeFilesAtomically(
            {{folder / "a", "1"}, {folder / "new/folder/b", std::string(1000, 'b')}},
            folder / "new/folder");
        std::fprintf(stderr, "%s\n", status.error().message.c_str());
        std::_Exit(status ? 0 : 1);
      },
      testing::ExitedWithCode(1), "cannot write '.*new/folder/b': File too large");
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(folder.count(), 1u) << "no temporary file stays, nor the folder";
}

/// Somebody else takes a name while the files are written.
TEST(WriteFiles, ComeBackWhereOneCannotBeRenamed) {
  for (std::string taken : {"first", "third"}) {
    TemporaryFolder folder;
    folder.write("second", "old");
    {
      FileSet set;
      for (const char *name : {"first", "second", "third"})
        EXPECT_TRUE(set.add({folder / name, "new"}));
      std::filesystem::create_directories(folder / (taken + "/theirs"));
      expectError(set.commit(), {"cannot write '", (taken + "': ").c_str()});
    }
    EXPECT_EQ(folder.read("second"), "old");
    EXPECT_EQ(folder.count(), 2u) << "the old one, and what is in the way";
    EXPECT_TRUE(std::filesystem::exists(folder / (taken + "/theirs")));
  }
}

TEST(WriteFiles, MakeFoldersAsTheUserWantsThem) {
  TemporaryFolder folder;
  mode_t old = ::umask(027);
  EXPECT_TRUE(writeFilesAtomically({{folder / "a/b/c", "1"}}, folder / "a/b/"));
  ::umask(002);
  EXPECT_TRUE(writeFilesAtomically({{folder / "d/c", "1"}}, folder / "./d"));
  ::umask(old);
  struct stat status;
  for (auto [name, mode] : {std::pair("a", 0750u), {"a/b", 0750u}, {"d", 0775u}}) {
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, mode) << name;
  }
  folder.write("file", "");
  expectError(writeFilesAtomically({{folder / "file/c", "1"}}, folder / "file"),
              {"cannot make directory '", "file': Not a directory"});
  expectError(writeFilesAtomically({{folder / "file/d/c", "1"}}, folder / "file/d"),
              {"cannot make directory '", "file/d': Not a directory"});
}

//===----------------------------------------------------------------------===//
// A look before the work
//===----------------------------------------------------------------------===//

static void expectUsageError(const Status &status, std::initializer_list<const char *> parts) {
  expectError(status, parts);
  EXPECT_EQ(status.error().kind, ErrorKind::Usage);
}

TEST(CheckFiles, OutputsAreNoInputs) {
  TemporaryFolder folder;
  std::string a = folder.write("a", "");
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink(folder.string(), folder / "here");
  std::filesystem::create_symlink("../a", folder / "d/link");
  std::filesystem::create_hard_link(a, folder / "hard");
  for (const char *name : {"a", "./a", "d/../a", "here/a", "d/link", "hard"})
    expectUsageError(checkFiles({{folder / "none", a}, {folder / "b", folder / name}, ""}),
                     {"output '", name, "' is the input '", a.c_str()});
  EXPECT_TRUE(checkFiles({{a}, {folder / "b"}, ""}));
  EXPECT_TRUE(checkFiles({{folder / "b", ""}, {folder / "b", ""}, ""})) << "b is no input yet";
}

TEST(CheckFiles, OutputsAreDifferentFiles) {
  TemporaryFolder folder;
  folder.write("a", "");
  std::filesystem::create_symlink("none", folder / "link");
  std::filesystem::create_symlink(".", folder / "here");
  expectUsageError(checkFiles({{}, {folder / "a", folder / "here/a"}, ""}),
                   {"outputs '", "' and '", "here/a' are one file"});
  expectUsageError(checkFiles({{}, {folder / "none", folder / "link"}, ""}), {"are one file"});
  expectUsageError(checkFiles({{}, {folder / "none", folder / "here/./none"}, ""}),
                   {"are one file"});
  expectUsageError(checkFiles({{}, {"b", "b"}, ""}), {"two outputs go to 'b'"});
  expectUsageError(checkFiles({{}, {"-", "-"}, ""}), {"two outputs go to standard output"});
  EXPECT_TRUE(checkFiles({{"/dev/null"}, {"/dev/null", "/dev/null"}, ""}));
}

TEST(CheckFiles, StandardStreamsMayBeFiles) {
  TemporaryFolder folder;
  std::string a = folder.write("a", "");
  EXPECT_EXIT(
      {
        int fd = ::open(a.c_str(), O_RDWR);
        ::dup2(fd, STDIN_FILENO);
        std::fprintf(stderr, "%s\n", checkFiles({{"-"}, {a}, ""}).error().message.c_str());
        ::dup2(fd, STDOUT_FILENO);
        std::fprintf(stderr, "%s\n", checkFiles({{"-"}, {"-"}, ""}).error().message.c_str());
        std::fprintf(stderr, "%s\n", checkFiles({{}, {"-", a}, ""}).error().message.c_str());
        std::_Exit(0);
      },
      testing::ExitedWithCode(0),
      "output '.*a' is the input standard input\n"
      "output standard output is the input standard input\n"
      "outputs standard output and '.*a' are one file");
}

TEST(CheckFiles, OutputsCanBeWritten) {
  TemporaryFolder folder;
  folder.write("file", "");
  expectError(checkFiles({{}, {folder / "no/a"}, ""}), {"cannot write '", "no/a': No such file"});
  expectError(checkFiles({{}, {folder / "file/a"}, ""}), {"file/a': Not a directory"});
  expectError(checkFiles({{}, {folder.string()}, ""}), {"Is a directory"});
  expectError(checkFiles({{}, {folder / "a/"}, ""}), {"cannot write '", "a/'"});
  EXPECT_TRUE(checkFiles({{}, {folder / "no/d/a"}, folder / "no/d"}));
  expectError(checkFiles({{}, {folder / "file/d/a"}, folder / "file/d"}),
              {"cannot make directory '", "file/d': Not a directory"});
  std::filesystem::create_symlink("loop", folder / "loop");
  expectError(checkFiles({{}, {folder / "loop"}, ""}), {"loop': Too many levels"});
}

/// Root may write everywhere.
TEST(CheckFiles, RightsAreRespected) {
  TemporaryFolder folder;
  folder.write("file", "old");
  std::filesystem::create_directory(folder / "d");
  ::chmod((folder / "file").c_str(), 0444);
  ::chmod((folder / "d").c_str(), 0555);
  ::chmod(folder.string().c_str(), 0777);
  EXPECT_EXIT(
      {
        if (::geteuid() == 0 && ::setuid(65534) != 0)
          std::_Exit(2);
        for (const Files &files :
             {Files{{}, {folder / "file"}, ""}, Files{{}, {folder / "d/a"}, ""},
              Files{{}, {folder / "d/e/a"}, folder / "d/e"}})
          std::fprintf(stderr, "%s\n", checkFiles(files).error().message.c_str());
        std::_Exit(writeFileAtomically(folder / "file", "new") ? 0 : 1);
      },
      testing::ExitedWithCode(1),
      "cannot write '.*file': Permission denied\n"
      "cannot write '.*d/a': Permission denied\n"
      "cannot make directory '.*d/e': Permission denied\n");
  EXPECT_EQ(folder.read("file"), "old");
}

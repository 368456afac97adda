// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/File.h"

#include "Files.h"

using namespace tally;

TEST(InputFile, ReadsPlainAndGzip) {
  TemporaryFolder folder;
  std::string text(3'000'000, 'x');
  for (size_t i = 0; i < text.size(); ++i)
    text[i] = char(i * i >> 7);
  for (const std::string &path : {folder.write("a", text), folder.writeGzip("a.gz", text)}) {
    Result<InputFile> file = InputFile::open(path);
    ASSERT_TRUE(file);
    Result<std::vector<char>> bytes = file->readExactly(text.size());
    ASSERT_TRUE(bytes);
    EXPECT_TRUE(std::equal(bytes->begin(), bytes->end(), text.begin()));
    EXPECT_TRUE(file->expectEnd());
  }
}

TEST(InputFile, NamesBothNumbers) {
  TemporaryFolder folder;
  for (const std::string &path : {folder.write("a", "12345"), folder.writeGzip("a.gz", "12345")}) {
    Result<InputFile> file = InputFile::open(path);
    ASSERT_TRUE(file && file->readExactly(2));
    // A lying header must not become an allocation.
    expectError(file->readExactly(int64_t(1) << 60),
                {path.c_str(), "after 5 bytes", "1152921504606846978"});
    Result<InputFile> again = InputFile::open(path);
    ASSERT_TRUE(again && again->readExactly(2));
    expectError(again->expectEnd(), {path.c_str(), "bytes", "says 2"});
  }
}

TEST(InputFile, RefusesDamagedGzip) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 50000; ++i)
    text += std::to_string(i * 7919);
  folder.writeGzip("a.gz", text);
  std::string packed = folder.read("a.gz");

  auto readAll = [&](const std::string &contents) -> Status {
    Result<InputFile> file = InputFile::open(folder.write("b.gz", contents));
    if (!file)
      return file.error();
    if (auto bytes = file->readExactly(text.size()); !bytes)
      return bytes.error();
    return file->expectEnd();
  };
  EXPECT_TRUE(readAll(packed));
  expectError(readAll(packed.substr(0, packed.size() / 2)), {"damaged gzip"});
  expectError(readAll(packed.substr(0, packed.size() - 3)), {"damaged gzip"});
  expectError(readAll(packed.substr(0, 5)), {"b.gz"});
  std::string flipped = packed;
  flipped[flipped.size() - 6] ^= 1; // the checksum
  expectError(readAll(flipped), {"damaged gzip"});
}

TEST(InputFile, OpensRegularFilesOnly) {
  TemporaryFolder folder;
  expectError(InputFile::open(folder / "none"), {"none", "No such file"});
  expectError(InputFile::open(folder.string()), {"is a directory"});
  expectError(InputFile::open("/dev/null"), {"not a regular file"});
}

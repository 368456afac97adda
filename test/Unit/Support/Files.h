//===- Files.h - files that a test writes for itself ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_SUPPORT_FILES_H
#define TALLY_TEST_UNIT_SUPPORT_FILES_H

#include <gtest/gtest.h>

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

/// A folder of its own for every test, removed with it.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "tally-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }

  std::string operator/(const std::string &name) const { return path + "/" + name; }
  const std::string &string() const { return path; }

  std::string write(const std::string &name, const std::string &contents) {
    std::ofstream(*this / name, std::ios::binary) << contents;
    return *this / name;
  }
  std::string writeGzip(const std::string &name, const std::string &contents) {
    gzFile file = gzopen((*this / name).c_str(), "wb");
    gzwrite(file, contents.data(), unsigned(contents.size()));
    gzclose(file);
    return *this / name;
  }
  std::string read(const std::string &name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  size_t count() const {
    std::filesystem::directory_iterator files(path);
    return std::distance(begin(files), end(files));
  }

private:
  std::string path;
};

/// Expects an error whose message has all of `parts`, and of our style.
template <typename T> void expectError(const T &result, std::initializer_list<const char *> parts) {
  ASSERT_FALSE(result);
  std::string message = result.error().message;
  for (const char *part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  EXPECT_NE(message.back(), '.');
}

#endif // TALLY_TEST_UNIT_SUPPORT_FILES_H

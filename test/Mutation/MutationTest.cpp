//===- MutationTest.cpp - files with mistakes, many in one process --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Environment: TALLY_MUTANTS=N for another number than the short run's, TALLY_FIRST_MUTANT=N to
// go on behind a crash, TALLY_MUTATION_SEED=N for others.
//
//===----------------------------------------------------------------------===//

#include "Guard.h"
#include "Loading.h"
#include "Unit/Import/OnnxTestData.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace tally;
using namespace tally::mutation;
namespace fs = std::filesystem;
using namespace std::string_literals;

namespace {

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::vector<std::string> readSeeds(const std::string &suffix) {
  std::vector<fs::path> paths;
  for (const auto &entry : fs::directory_iterator(TALLY_MUTATION_SEEDS))
    if (entry.path().extension() == suffix)
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const fs::path &path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

struct Mutation : testing::Test {
  void SetUp() override {
    folder = fs::path(TALLY_MUTANTS_FOLDER) / std::to_string(::getpid());
    fs::create_directories(folder);
    std::ofstream(folder / "weights.bin") << std::string(256, '?');
  }
  void TearDown() override {
    fs::remove(folder / "weights.bin");
    std::error_code ignored; // what failed stays there
    fs::remove(folder, ignored);
  }

  /// Loads mutants of `seeds`; each is there as a file while it is being loaded, and afterwards
  /// where something is wrong with it.
  void run(const Kind &kind, const std::vector<std::string> &seeds);

  fs::path folder;
};

} // namespace

void Mutation::run(const Kind &kind, const std::vector<std::string> &seeds) {
  ASSERT_FALSE(seeds.empty());
  const uint64_t count = fromEnvironment("TALLY_MUTANTS", 4000);
  const uint64_t seed = fromEnvironment("TALLY_MUTATION_SEED", 1);
  const uint64_t first = fromEnvironment("TALLY_FIRST_MUTANT", 0);
  uint64_t accepted = 0;
  fs::path path = folder / ("mutant"s + kind.suffix);
  Guard guard(path);
  std::unique_ptr<Session> session;
  for (uint64_t number = first; number < first + count; ++number) {
    // Contexts keep all types and attributes that they ever saw.
    if (!session || number % 200 == 0)
      session = std::make_unique<Session>();
    Random random(seed, number);
    const std::string &original = random.pick(seeds), &donor = random.pick(seeds);
    std::ofstream(path, std::ios::binary) << kind.mutate(original, donor, random);
    guard.restart(number);
    Verdict verdict;
    try {
      verdict = checkLoading(kind, *session, path, folder / "again.mlir");
    } catch (const std::exception &exception) {
      verdict.wrong = exception.what();
      session.reset();
    }
    accepted += verdict.isAccepted;
    if (verdict.wrong.empty())
      continue;
    fs::path kept = folder / ("failed-" + std::to_string(number) + kind.suffix);
    fs::copy_file(path, kept, fs::copy_options::overwrite_existing);
    ADD_FAILURE() << verdict.wrong << ": " << kept;
  }
  fs::remove(path);
  std::cout << count << " mutants of " << seeds.size() << " files, " << accepted << " accepted\n";
  EXPECT_GT(accepted, count / 50) << "mutations that are all refused early test little";
}

TEST_F(Mutation, OnnxFilesThroughTheImporter) {
  // Most models of the other kind have operators that are refused: fewer of them.
  std::vector<std::string> ours = readSeeds(kOnnxFiles.suffix), seeds;
  for (int copies = 0; copies < 10; ++copies)
    seeds.insert(seeds.end(), ours.begin(), ours.end());
  for (const std::string &folder : listTestFolders())
    if (auto test = readTestCase(folder))
      seeds.push_back(makeConstant(*test, seeds.size() % 3).SerializeAsString());
  run(kOnnxFiles, seeds);
}

TEST_F(Mutation, ModulesThroughTheLoader) { run(kModules, readSeeds(kModules.suffix)); }

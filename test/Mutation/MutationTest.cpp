//===- MutationTest.cpp - files with mistakes, many in one process --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Environment: TALLY_MUTANTS=N for another number than the short run's, TALLY_FIRST_MUTANT=N to
// go on behind a crash, TALLY_MUTATION_SEED=N for others.
//
//===----------------------------------------------------------------------===//

#include "Guard.h"
#include "ModuleMutator.h"
#include "OnnxMutator.h"
#include "Unit/Import/OnnxTestData.h"

#include "tally/Driver/Session.h"
#include "tally/Support/File.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace tally;
using namespace tally::mutation;
namespace fs = std::filesystem;

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
  using Load = Result<Network> (*)(Session &, const std::string &path);
  using Mutate = std::string (*)(const std::string &, const std::string &, Random &);

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
  void run(const std::vector<std::string> &seeds, const std::string &suffix, uint64_t count,
           Mutate mutate, Load load);

  /// What is wrong with the way `path` is loaded; empty where nothing is.
  std::string check(const std::string &path, Load load);

  fs::path folder;
  std::unique_ptr<Session> session;
  uint64_t accepted = 0;
};

} // namespace

std::string Mutation::check(const std::string &path, Load load) {
  unsigned errors = 0, empty = 0;
  mlir::ScopedDiagnosticHandler handler(&session->context(), [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    empty += diagnostic.str().empty();
  });
  Result<Network> network = load(*session, path);
  if (empty)
    return "a message is empty";
  if (!network)
    return errors || !network.error().message.empty() ? "" : "a refusal does not say why";
  if (errors)
    return "an error is reported, but the file is accepted";
  ++accepted;
  if (failed(mlir::verify(**network)))
    return "what was accepted is no valid module";
  // What was accepted can be written, and read again.
  std::string again = folder / "again.mlir";
  Status saved = session->save(**network, again);
  Result<Network> copy = saved ? session->load(again) : Result<Network>(saved.error());
  fs::remove(again);
  return copy ? "" : "what was accepted is refused when it is read again";
}

void Mutation::run(const std::vector<std::string> &seeds, const std::string &suffix, uint64_t count,
                   Mutate mutate, Load load) {
  ASSERT_FALSE(seeds.empty());
  count = fromEnvironment("TALLY_MUTANTS", count);
  uint64_t seed = fromEnvironment("TALLY_MUTATION_SEED", 1);
  fs::path path = folder / ("mutant" + suffix);
  Guard guard(path);
  uint64_t first = fromEnvironment("TALLY_FIRST_MUTANT", 0);
  for (uint64_t number = first; number < first + count; ++number) {
    // Contexts keep all types and attributes that they ever saw.
    if (!session || number % 200 == 0)
      session = std::make_unique<Session>();
    Random random(seed, number);
    const std::string &original = random.pick(seeds), &donor = random.pick(seeds);
    std::ofstream(path, std::ios::binary) << mutate(original, donor, random);
    guard.restart(number);
    std::string wrong;
    try {
      wrong = check(path, load);
    } catch (const std::exception &exception) {
      wrong = exception.what();
      session.reset();
    }
    if (wrong.empty())
      continue;
    fs::path kept = folder / ("failed-" + std::to_string(number) + suffix);
    fs::copy_file(path, kept, fs::copy_options::overwrite_existing);
    ADD_FAILURE() << wrong << ": " << kept;
  }
  fs::remove(path);
  session.reset();
  std::cout << count << " mutants of " << seeds.size() << " files, " << accepted << " accepted\n";
  EXPECT_GT(accepted, count / 50) << "mutations that are all refused early test little";
}

TEST_F(Mutation, OnnxFilesThroughTheImporter) {
  // Most models of the other kind have operators that are refused: fewer of them.
  std::vector<std::string> ours = readSeeds(".onnx"), seeds;
  for (int copies = 0; copies < 10; ++copies)
    seeds.insert(seeds.end(), ours.begin(), ours.end());
  for (const std::string &folder : listTestFolders())
    if (auto test = readTestCase(folder))
      seeds.push_back(makeConstant(*test, seeds.size() % 3).SerializeAsString());
  run(seeds, ".onnx", 4000, mutateOnnx,
      [](Session &session, const std::string &path) { return session.importOnnx(path); });
}

TEST_F(Mutation, ModulesThroughTheLoader) {
  run(readSeeds(".mlir"), ".mlir", 4000, mutateModule,
      [](Session &session, const std::string &path) { return session.load(path); });
}

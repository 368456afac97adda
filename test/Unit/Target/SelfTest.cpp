// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SelfTest.h"

#include "RandomNetwork.h"
#include "Shares.h"

#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringExtras.h"
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tally::test {

/// What C is to be fast on; it runs here as well.
static CTarget makeCTarget(const char *processor) {
  if (!*processor)
    return {};
  auto target = CTarget::named(processor);
  EXPECT_TRUE(bool(target)) << processor;
  return *target;
}

void expectSelfTest(mlir::ModuleOp module, const char *processor, const std::string &what) {
  expectSelfTest(module, makeCTarget(processor), MulFree::No,
                 what + (*processor ? " for " : "") + processor);
}

void expectSelfTest(mlir::ModuleOp module, const CTarget &target, MulFree level,
                    const std::string &what) {
  // Tests run side by side.
  std::string directory = testing::TempDir() + "tally-emitted-c-" + std::to_string(::getpid());
  auto sources = emitC(module, "net", makeGoldenInputs(module, 3), level, target);
  ASSERT_TRUE(mlir::succeeded(sources)) << what;
  EXPECT_EQ(llvm::join(sources->unchecked, ", "), "") << what;
  ASSERT_TRUE(mlir::succeeded(writeCSources(module, *sources, directory, "net")));
  std::string program = directory + "/net_test";
  // The source stands on its own; the self-test includes it.
  std::string flags = "cc -std=c99 -Wall -Wextra -Werror -pedantic ";
  std::string alone = flags + "-fsyntax-only " + directory + "/net.c";
  ASSERT_EQ(std::system(alone.c_str()), 0) << what;
  std::string compile = flags + "-O1 -o " + program + " " + directory + "/net_test.c";
  ASSERT_EQ(std::system(compile.c_str()), 0) << what;
  EXPECT_EQ(std::system(program.c_str()), 0) << what;
  std::filesystem::remove_all(directory);
}

void expectCompiledEquals(mlir::ModuleOp module, const CpuTarget &target, MulFree level,
                          unsigned seed) {
  auto compiled = compileInProcess(module, target, level);
  ASSERT_TRUE(mlir::succeeded(compiled)) << "seed " << seed;
  for (unsigned image = 0; image < 3; ++image) {
    auto inputs = makeRandomInputs(*getEntry(module), seed * 3 + image);
    auto expected = interpret(*getEntry(module), inputs);
    ASSERT_TRUE(mlir::succeeded(expected)) << "seed " << seed;
    auto got = compiled->run(inputs);
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_EQ(firstDifference((*expected)[i], got[i]), "") << "seed " << seed << " output " << i;
  }
}

} // namespace tally::test

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Binary and ternary layers: reference, compiled code and C agree in every bit, and nothing
// multiplies. TALLY_RANDOM_NETWORKS sets how many networks (30), TALLY_RANDOM_SEED the first (0).

#include "RandomNetwork.h"
#include "Shares.h"

#include "tally/Audit/MulFreeCertificate.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/C/CSources.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace tally;
using test::firstDifference;

namespace {

int fromEnvironment(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

struct FewBits : testing::Test {
  FewBits() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Networks with a binary or a ternary layer at least.
  void forEachNetwork(llvm::function_ref<void(mlir::ModuleOp, unsigned seed)> test) {
    int count = fromEnvironment("TALLY_RANDOM_NETWORKS", 30), binary = 0, ternary = 0;
    unsigned seed = fromEnvironment("TALLY_RANDOM_SEED", 0);
    for (int done = 0; done < count && !HasFatalFailure(); ++seed) {
      auto module = test::makeRandomNetwork(&context, seed, test::RandomFilters::FewBits);
      ASSERT_TRUE(mlir::succeeded(mlir::verify(*module))) << "seed " << seed;
      int before = binary + ternary;
      module->walk([&](DecodeOp decode) {
        auto type =
            mlir::cast<PowerOfTwoType>(mlir::getElementTypeOrSelf(decode.getInput().getType()));
        ++(type.getBits() == 1 ? binary : ternary);
      });
      if (binary + ternary == before)
        continue;
      test(*module, seed);
      ++done;
    }
    RecordProperty("binary", binary);
    RecordProperty("ternary", ternary);
    EXPECT_GT(binary, 0);
    EXPECT_GT(ternary, 0);
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
};

} // namespace

TEST_F(FewBits, CompiledCodeEqualsTheReference) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    for (MulFree level : {MulFree::No, MulFree::Strict}) {
      auto compiled = compileInProcess(module, CpuTarget::host(), level);
      ASSERT_TRUE(mlir::succeeded(compiled)) << "seed " << seed;
      for (unsigned image = 0; image < 3; ++image) {
        auto inputs = test::makeRandomInputs(*getEntry(module), seed * 3 + image);
        auto expected = interpret(*getEntry(module), inputs);
        ASSERT_TRUE(mlir::succeeded(expected)) << "seed " << seed;
        auto got = compiled->run(inputs);
        for (size_t i = 0; i < got.size(); ++i)
          EXPECT_EQ(firstDifference((*expected)[i], got[i]), "")
              << "seed " << seed << " output " << i;
      }
    }
  });
}

TEST_F(FewBits, EmittedCEqualsTheReference) {
  std::string directory = testing::TempDir() + "tally-few-bits-c-" + std::to_string(::getpid());
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    auto sources =
        emitC(module, "net", makeGoldenInputs(module, 3), seed % 2 ? MulFree::No : MulFree::Strict);
    ASSERT_TRUE(mlir::succeeded(sources)) << "seed " << seed;
    EXPECT_EQ(llvm::join(sources->unchecked, ", "), "") << "seed " << seed;
    ASSERT_TRUE(mlir::succeeded(writeCSources(module, *sources, directory, "net")));
    std::string program = directory + "/net_test";
    std::string compile = "cc -std=c99 -Wall -Wextra -Werror -pedantic -O1 -o " + program + " " +
                          directory + "/net_test.c";
    ASSERT_EQ(std::system(compile.c_str()), 0) << "seed " << seed;
    EXPECT_EQ(std::system(program.c_str()), 0) << "seed " << seed;
  });
  std::filesystem::remove_all(directory);
}

TEST_F(FewBits, NothingMultiplies) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    auto certificate =
        certifyNetwork(module, MulFree::Strict, *CpuTarget::named(CpuTarget::portable()));
    ASSERT_TRUE(mlir::succeeded(certificate)) << "seed " << seed;
    EXPECT_TRUE(certificate->holds()) << "seed " << seed;
  });
}

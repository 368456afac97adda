// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Binary and ternary layers: reference, compiled code and C agree in every bit, and nothing
// multiplies. TALLY_RANDOM_NETWORKS sets how many networks (30), TALLY_RANDOM_SEED the first (0).

#include "RandomNetwork.h"
#include "SelfTest.h"
#include "Support/Environment.h"

#include "tally/Audit/MulFreeCertificate.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Verifier.h"
#include <gtest/gtest.h>

using namespace tally;
using test::fromEnvironment;

namespace {

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
    for (MulFree level : {MulFree::No, MulFree::Strict})
      test::expectCompiledEquals(module, CpuTarget::host(), level, seed);
  });
}

TEST_F(FewBits, EmittedCEqualsTheReference) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    test::expectSelfTest(module, CTarget(), seed % 2 ? MulFree::No : MulFree::Strict,
                         "seed " + std::to_string(seed));
  });
}

TEST_F(FewBits, NothingMultiplies) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    auto certificate =
        certifyNetwork(module, MulFree::Strict, *CpuTarget::named(CpuTarget::portable()));
    ASSERT_TRUE(mlir::succeeded(certificate)) << "seed " << seed;
    EXPECT_TRUE(certificate->holds()) << "seed " << seed;
  });
}

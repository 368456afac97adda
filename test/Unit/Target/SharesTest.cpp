// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Code whose steps are done in shares gives the bits of code in one piece, on random integer
// networks (TALLY_RANDOM_NETWORKS and TALLY_RANDOM_SEED as in BackendsTest.cpp) and on the float
// networks in test/Run/Inputs/float.

#include "Shares.h"
#include "RandomNetwork.h"
#include "Support/Environment.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"

#include "mlir/Parser/Parser.h"
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

using namespace tally;
using test::fromEnvironment;

TEST(Shares, RandomNetworks) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0),
      count = std::max(1, fromEnvironment("TALLY_RANDOM_NETWORKS", 200) / 2);
  int64_t steps = 0;
  for (int seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto module = test::makeRandomNetwork(&context, seed);
    auto inputs = test::makeRandomInputs(*getEntry(*module), seed);
    steps += test::compareShares(*module, inputs, CpuTarget::host());
  }
  EXPECT_GE(steps, count) << "networks have steps that are split";
}

TEST(Shares, FloatNetworks) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  int64_t steps = 0;
  for (const auto &file : std::filesystem::directory_iterator(TALLY_FLOAT_NETWORKS)) {
    SCOPED_TRACE(file.path().string());
    auto module = mlir::parseSourceFile<mlir::ModuleOp>(file.path().string(), &context);
    ASSERT_TRUE(module);
    std::vector<Tensor> inputs;
    for (mlir::Type type : getEntry(*module)->getArgumentTypes()) {
      Tensor &input = inputs.emplace_back(
          ElementType::F32, mlir::cast<mlir::RankedTensorType>(type).getShape().vec());
      for (int64_t i = 0; i < input.size(); ++i)
        input.data<float>()[i] = float(3 * std::sin(double(i * i)));
    }
    for (const char *cpu : {"native", "x86-64-v2"})
      if (auto target = CpuTarget::named(cpu); target)
        steps += test::compareShares(*module, inputs, *target);
      else
        llvm::consumeError(target.takeError()); // another architecture
  }
  EXPECT_GT(steps, 0);
}

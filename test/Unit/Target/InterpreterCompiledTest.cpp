// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Interpreter and compiled code agree on the float networks in test/Run/Inputs/float.

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

std::vector<std::string> listNetworks() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(TALLY_FLOAT_NETWORKS))
    names.push_back(entry.path().stem().string());
  return names;
}

struct FloatNetwork : testing::TestWithParam<std::string> {};

} // namespace

TEST_P(FloatNetwork, CompiledCodeIsCloseToTheInterpreter) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(
      std::string(TALLY_FLOAT_NETWORKS) + "/" + GetParam() + ".mlir", &context);
  ASSERT_TRUE(module);
  mlir::func::FuncOp entry = *getEntry(*module);
  auto compiled = compileInProcess(*module);
  ASSERT_TRUE(mlir::succeeded(compiled));

  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 2);
  for (int image = 0; image < 3; ++image) {
    std::vector<Tensor> inputs;
    for (mlir::Type type : entry.getArgumentTypes()) {
      inputs.emplace_back(ElementType::F32,
                          mlir::cast<mlir::RankedTensorType>(type).getShape().vec());
      for (int64_t i = 0; i < inputs.back().size(); ++i)
        inputs.back().data<float>()[i] = normal(random);
    }
    auto expected = interpret(entry, inputs);
    ASSERT_TRUE(mlir::succeeded(expected));
    std::vector<Tensor> got = compiled->run(inputs);
    ASSERT_EQ(got.size(), expected->size());
    for (size_t output = 0; output < got.size(); ++output) {
      ASSERT_EQ(got[output].shape(), (*expected)[output].shape());
      for (int64_t i = 0; i < got[output].size(); ++i) {
        float want = (*expected)[output].data<float>()[i];
        ASSERT_TRUE(std::isfinite(want));
        ASSERT_NEAR(got[output].data<float>()[i], want, 1e-4 * (1 + std::fabs(want)))
            << "element " << i << " of output " << output;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, FloatNetwork, testing::ValuesIn(listNetworks()),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

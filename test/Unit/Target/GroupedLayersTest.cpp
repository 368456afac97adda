// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Depthwise layers and layers with groups over bytes: reference and compiled code agree in every
// bit, for this processor and for older ones.

#include "ByteLayer.h"
#include "RandomNetwork.h"
#include "Shares.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace tally;
using test::ByteLayer;

namespace {

struct GroupedLayers : testing::TestWithParam<const char *> {
  GroupedLayers() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void compare(const ByteLayer &layer, const CpuTarget &target,
               llvm::function_ref<std::string(const char *codes)> makeText) {
    std::vector<const char *> types = {"u8", "i8<-2:5>"};
    if (target.cpu == CpuTarget::host().cpu)
      types.insert(types.end(), {"i8", "u8<0:15>"});
    for (const char *codes : types) {
      std::string text = makeText(codes);
      auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
      ASSERT_TRUE(module) << text;
      auto entry = *getEntry(*module);
      auto inputs = test::makeRandomInputs(entry, layer.channels);
      auto expected = interpret(entry, inputs);
      ASSERT_TRUE(mlir::succeeded(expected));
      auto compiled = compileInProcess(*module, target);
      ASSERT_TRUE(mlir::succeeded(compiled)) << text;
      EXPECT_EQ(test::firstDifference((*expected)[0], compiled->run(inputs)[0]), "")
          << target.cpu << "\n"
          << text;
    }
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
};

TEST_P(GroupedLayers, EqualTheReference) {
  auto target = CpuTarget::named(GetParam());
  if (!target) {
    llvm::consumeError(target.takeError());
    GTEST_SKIP() << "of another architecture";
  }
  CpuTarget host = CpuTarget::host();
  for (auto [cpu, feature] : {std::pair("x86-64-v3", "avx2"), std::pair("x86-64-v4", "avx512bw"),
                              std::pair("alderlake", "avxvnni")})
    if (llvm::StringRef(cpu) == GetParam() && !host.has(feature))
      GTEST_SKIP() << "no " << feature << " here";
  for (const ByteLayer &layer : test::kDepthwiseLayers)
    for (bool adder : {true, false})
      compare(layer, *target,
              [&](const char *codes) { return test::makeByteLayer(layer, adder, codes); });
  for (const ByteLayer &layer : test::kGroupedLayers)
    compare(layer, *target,
            [&](const char *codes) { return test::makeByteLayer(layer, /*adder=*/true, codes); });
  for (const ByteLayer &layer : test::kGroupedConvolutions)
    compare(layer, *target,
            [&](const char *codes) { return test::makeGroupedConvolution(layer, codes); });
}

INSTANTIATE_TEST_SUITE_P(Processors, GroupedLayers,
                         testing::Values("native", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4",
                                         "alderlake"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace

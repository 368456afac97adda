// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference and compiled code agree in every bit, on random networks.
// TALLY_RANDOM_NETWORKS sets how many (200), TALLY_RANDOM_SEED the first (0), which is
// printed if it is the only one.

#include "ByteLayer.h"
#include "HostTargets.h"
#include "RandomNetwork.h"
#include "SelfTest.h"
#include "Shares.h"
#include "Support/Environment.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace tally;
using test::ByteLayer;
using test::expectSelfTest;
using test::firstDifference;
using test::fromEnvironment;
using test::makeByteLayer;

TEST(Backends, EmittedCEqualsTheReference) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  const char *processors[] = {"", "cortex-m4", "cortex-m0plus"};
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0);
  int count = fromEnvironment("TALLY_RANDOM_NETWORKS", 200);
  for (int seed = first; seed < first + count; ++seed)
    expectSelfTest(*test::makeRandomNetwork(&context, seed), processors[seed % 3],
                   "seed " + std::to_string(seed));
}

/// Compares for `count` networks from seed `first` on.
static void compareCompiledCode(const CpuTarget &target, int first, int count) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  for (int seed = first; seed < first + count; ++seed) {
    auto module = test::makeRandomNetwork(&context, seed);
    if (count == 1) {
      module->print(llvm::outs());
      llvm::outs().flush();
    }
    ASSERT_TRUE(mlir::succeeded(mlir::verify(*module))) << "seed " << seed;
    auto entry = *getEntry(*module);
    auto compiled = compileInProcess(*module, target);
    ASSERT_TRUE(mlir::succeeded(compiled)) << "seed " << seed;
    for (unsigned image = 0; image < 3; ++image) {
      auto inputs = test::makeRandomInputs(entry, seed * 3 + image);
      auto expected = interpret(entry, inputs);
      ASSERT_TRUE(mlir::succeeded(expected)) << "seed " << seed;
      auto got = compiled->run(inputs);
      for (size_t i = 0; i < got.size(); ++i)
        EXPECT_EQ(firstDifference((*expected)[i], got[i]), "")
            << target.cpu << " seed " << seed << " output " << i;
    }
  }
}

TEST(Backends, CompiledCodeEqualsTheReference) {
  compareCompiledCode(CpuTarget::host(), fromEnvironment("TALLY_RANDOM_SEED", 0),
                      fromEnvironment("TALLY_RANDOM_NETWORKS", 200));
}

/// A convolution of bytes, requantized, whose channels are then brought to the front and joined.
static std::string makeTransposedConvolution(int filters) {
  std::string f = std::to_string(filters), all = std::to_string(9 * filters), bytes;
  for (int i = 0; i < 4 * filters; ++i)
    bytes += llvm::toHex(llvm::StringRef("?ðÁ", 5).substr(i % 5, 1));
  return R"(!x = !quant.uniform<u8:f32, 0.5:3>
           !w = !quant.uniform<i8:f32, 0.25>
           !s = !quant.uniform<i32<-100000:100000>:f32, 0.125>
           module attributes {tally.stage = #tally.stage<integer>} {
             ml_program.global private @w(dense<"0x)" +
         bytes + R"("> : tensor<)" + f + "x1x1x4xi8>) : tensor<" + f + R"(x1x1x4x!w>
             func.func @main(%x: tensor<1x3x3x4x!x>) -> tensor<1x)" +
         all + R"(x!x> {
               %w = ml_program.global_load_const @w : tensor<)" +
         f + R"(x1x1x4x!w>
               %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
               %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
               %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
               %y = tosa.conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
                   : (tensor<1x3x3x4x!x>, tensor<)" +
         f + R"(x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x3x3x)" + f +
         R"(x!s>
               %q = tally.requantize %y multiplier dense<3> : tensor<1xi32> offset dense<900> : tensor<1xi64> shift dense<9> : tensor<1xi8> rounding <half_up>
                   : tensor<1x3x3x)" +
         f + "x!s> -> tensor<1x3x3x" + f + R"(x!x>
               %t = tosa.transpose %q {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x3x3x)" +
         f + "x!x>) -> tensor<1x" + f + R"(x3x3x!x>
               %shape = tosa.const_shape {values = dense<[1, )" +
         all + R"(]> : tensor<2xindex>} : () -> !tosa.shape<2>
               %r = tosa.reshape %t, %shape : (tensor<1x)" +
         f + "x3x3x!x>, !tosa.shape<2>) -> tensor<1x" + all + R"(x!x>
               return %r : tensor<1x)" +
         all + "x!x>\n}\n}";
}

// Vectors of a sum of products of bytes are neighbouring channels, whoever reads it.
TEST(Backends, ChannelsReadInAnotherOrder) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  for (int filters : {1, 4, 8, 17}) {
    auto module =
        mlir::parseSourceString<mlir::ModuleOp>(makeTransposedConvolution(filters), &context);
    ASSERT_TRUE(module);
    auto entry = *getEntry(*module);
    auto inputs = test::makeRandomInputs(entry, filters);
    auto expected = interpret(entry, inputs);
    ASSERT_TRUE(mlir::succeeded(expected));
    for (const char *cpu : {"native", "x86-64-v2"}) {
      auto target = CpuTarget::named(cpu);
      if (!target) {
        llvm::consumeError(target.takeError());
        continue;
      }
      auto compiled = compileInProcess(*module, *target);
      ASSERT_TRUE(mlir::succeeded(compiled));
      EXPECT_EQ(firstDifference((*expected)[0], compiled->run(inputs)[0]), "")
          << cpu << ", " << filters << " filters";
    }
  }
}

// Tiles of rows, of channels, and of neither; floats.
TEST(Backends, SharesOfLayers) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  const ByteLayer layers[] = {{1, 1, 24, 70, 1, 1, 1},
                              {1, 7, 3, 10, 3, 1, 1},
                              {7, 7, 8, 200, 3, 1, 1},
                              {17, 3, 3, 16, 3, 2, 1},
                              {9, 17, 12, 17, 2, 1, 2}};
  int64_t steps = 0;
  for (const ByteLayer &layer : layers)
    for (bool adder : {true, false})
      for (const char *cpu : {"native", "x86-64-v2"}) {
        auto target = CpuTarget::named(cpu);
        if (!target) {
          llvm::consumeError(target.takeError());
          continue;
        }
        auto module =
            mlir::parseSourceString<mlir::ModuleOp>(makeByteLayer(layer, adder, "u8"), &context);
        ASSERT_TRUE(module);
        auto inputs = test::makeRandomInputs(*getEntry(*module), layer.height);
        steps += test::compareShares(*module, inputs, *target);
      }
  EXPECT_GT(steps, 0);
}

// Tiles that do not come out even, runs of bytes and filters that registers do not divide.
TEST(Backends, SumsOverWindowsOfBytes) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::vector<CpuTarget> targets = test::listOlderTargets(
      {{"x86-64-v2", "ssse3"}, {"x86-64-v3", "avx2"}, {"x86-64-v4", "avx512bw"}});
  targets.push_back(CpuTarget::host());
  for (const ByteLayer &layer : test::kByteLayers)
    for (bool adder : {true, false})
      for (const char *codes : {"u8", "i8", "u8<0:15>", "u8<0:3>"}) {
        std::string text = makeByteLayer(layer, adder, codes);
        auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
        ASSERT_TRUE(module) << text;
        auto entry = *getEntry(*module);
        auto inputs = test::makeRandomInputs(entry, layer.channels);
        auto expected = interpret(entry, inputs);
        ASSERT_TRUE(mlir::succeeded(expected));
        for (const CpuTarget &target : targets) {
          auto compiled = compileInProcess(*module, target);
          ASSERT_TRUE(mlir::succeeded(compiled));
          EXPECT_EQ(firstDifference((*expected)[0], compiled->run(inputs)[0]), "")
              << target.cpu << "\n"
              << text;
        }
        for (const char *processor : {"", "cortex-m4"})
          expectSelfTest(*module, processor, text);
      }
}

// As many of the largest differences as small sums hold, and more: processors of Intel keep sums of
// `psadbw` in 16 bits for a while.
TEST(Backends, SumsOfLargestDifferences) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::vector<CpuTarget> targets =
      test::listOlderTargets({{"haswell", "avx2"}, {"icelake-server", "avx512vbmi2"}});
  targets.push_back(CpuTarget::host());
  // 32, 33, 37 and 64 words, with a rest, by rows and by places.
  for (ByteLayer layer : {ByteLayer{1, 5, 256, 9, 1, 1, 1}, ByteLayer{1, 5, 264, 17, 1, 1, 1},
                          ByteLayer{1, 2, 299, 8, 1, 1, 1}, ByteLayer{2, 2, 512, 16, 1, 1, 1},
                          ByteLayer{3, 3, 28, 9, 3, 1, 1}, ByteLayer{4, 9, 96, 16, 3, 1, 1},
                          ByteLayer{5, 5, 131, 7, 3, 1, 2}}) {
    std::string text = makeByteLayer(layer, /*adder=*/true, "u8", test::CodesFrom::Outside, 0);
    size_t begin = text.find("dense<\"0x"), end = text.find("\">", begin);
    text = text.substr(0, begin) + "dense<255>" + text.substr(end + 2);
    // Every sum becomes 100.
    int sum = layer.kernel * layer.kernel * layer.channels * 255;
    for (auto [from, to] : {std::pair("dense<3>", std::string("dense<1>")),
                            std::pair("dense<90000>", "dense<" + std::to_string(sum + 100) + ">"),
                            std::pair("dense<9>", std::string("dense<0>"))})
      text.replace(text.find(from), llvm::StringRef(from).size(), to);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    auto entry = *getEntry(*module);
    auto inputs = test::makeRandomInputs(entry, layer.channels);
    std::memset(inputs[0].rawData(), 0, inputs[0].size());
    auto expected = interpret(entry, inputs);
    ASSERT_TRUE(mlir::succeeded(expected));
    ASSERT_EQ((*expected)[0].rawData()[0], 100);
    for (const CpuTarget &target : targets) {
      auto compiled = compileInProcess(*module, target);
      ASSERT_TRUE(mlir::succeeded(compiled));
      EXPECT_EQ(firstDifference((*expected)[0], compiled->run(inputs)[0]), "")
          << target.cpu << ", " << layer.channels << " channels";
    }
  }
}

// Sums of small codes that no half of a word holds: inputs alone are more.
TEST(Backends, SumsOfManyBytesInWords) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  for (ByteLayer layer : {ByteLayer{1, 1, 5200, 3, 1, 1, 1}, ByteLayer{3, 3, 1200, 2, 3, 1, 1}}) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        makeByteLayer(layer, /*adder=*/true, "u8<0:63>"), &context);
    ASSERT_TRUE(module);
    for (const char *processor : {"", "cortex-m0plus"})
      expectSelfTest(*module, processor, std::to_string(layer.channels) + " channels");
  }
}

// Older processors have other vectors and other instructions for sums of products of bytes.
TEST(Backends, CodeForOlderProcessorsEqualsTheReference) {
  for (const CpuTarget &target : test::listOlderTargets({{"x86-64-v2", "ssse3"},
                                                         {"x86-64-v3", "avx2"},
                                                         {"x86-64-v4", "avx512bw"},
                                                         {"alderlake", "avxvnni"}}))
    compareCompiledCode(target, fromEnvironment("TALLY_RANDOM_SEED", 0),
                        fromEnvironment("TALLY_RANDOM_NETWORKS", 200) / 4);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Adder layers on codes of two bits and fewer, of random shapes: reference and compiled code agree
// in every bit, in one piece and in shares, with and without the instruction that counts bits.
// TALLY_RANDOM_NETWORKS sets how many layers (a fifth of it), TALLY_RANDOM_SEED the first.

#include "ByteLayer.h"
#include "HostTargets.h"
#include "RandomNetwork.h"
#include "Shares.h"
#include "Support/Environment.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>
#include <random>

using namespace tally;
using test::ByteLayer;
using test::fromEnvironment;

namespace {

/// Channels mostly by eights, so that bits are counted; windows that leave an output at least.
ByteLayer pickLayer(std::mt19937 &random) {
  auto upTo = [&](int most) { return int(random() % most) + 1; };
  auto chance = [&](int in) { return random() % in == 0; };
  ByteLayer layer = {upTo(9), upTo(20), 8 * upTo(9), 1 + upTo(70), upTo(3), upTo(2), upTo(2)};
  if (chance(6))
    layer.channels = upTo(40);
  if (chance(5))
    layer.kernel = 7;
  if (chance(4))
    layer.kernelWidth = upTo(5);
  int width = layer.kernelWidth ? layer.kernelWidth : layer.kernel;
  layer.height = std::max(layer.height, layer.dilation * (layer.kernel - 1) - 1);
  layer.width = std::max(layer.width, layer.dilation * (width - 1) - 1);
  return layer;
}

/// The same for two images: what is one image begins with a one and has more dimensions.
std::string makeTwoImages(llvm::StringRef text) {
  std::string result;
  while (!text.empty()) {
    auto [before, after] = text.split("tensor<1x");
    result += before;
    if (before.size() != text.size())
      result += !after.empty() && llvm::isDigit(after[0]) ? "tensor<2x" : "tensor<1x";
    text = after;
  }
  return result;
}

TEST(TwoBitAdders, EqualTheReference) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::vector<CpuTarget> targets = test::listOlderTargets({{"x86-64-v3", "avx2"}});
  targets.push_back(CpuTarget::host());
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0),
      count = std::max(1, fromEnvironment("TALLY_RANDOM_NETWORKS", 200) / 5);
  constexpr std::pair<const char *, int> kCodes[] = {
      {"u8<0:3>", 0},   {"u8<0:3>", 3},          {"u8<0:3>", 1},  {"i8<-2:1>", 0},
      {"i8<-1:1>", -1}, {"u8<0:1>", 1},          {"u8<1:3>", 2},  {"u8<252:255>", 253},
      {"i8<1:4>", 3},   {"i8<-128:-125>", -126}, {"u8<0:15>", 3}, {"i8<-2:2>", 0}};
  for (int seed = first; seed < first + count; ++seed) {
    std::mt19937 random(seed);
    ByteLayer layer = pickLayer(random);
    auto [codes, zero] = kCodes[random() % std::size(kCodes)];
    std::string text =
        test::makeByteLayer(layer, /*adder=*/true, codes, test::CodesFrom::Layer, zero);
    if (random() % 4 == 0)
      text = makeTwoImages(text);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text.substr(0, 200));
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    auto entry = *getEntry(*module);
    auto inputs = test::makeRandomInputs(entry, seed);
    auto expected = interpret(entry, inputs);
    ASSERT_TRUE(mlir::succeeded(expected));
    for (const CpuTarget &target : targets)
      for (MulFree level : {MulFree::No, MulFree::Strict}) {
        auto compiled = compileInProcess(*module, target, level);
        ASSERT_TRUE(mlir::succeeded(compiled)) << text;
        EXPECT_EQ(test::firstDifference((*expected)[0], compiled->run(inputs)[0]), "")
            << target.cpu;
      }
    if (seed % 3 == 0)
      test::compareShares(*module, inputs, targets.back());
  }
}

} // namespace

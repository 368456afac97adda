// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Adder layers most of whose weights lie at one end of the codes of their input or beyond, which C
// for cores without absolute differences has as lists of the others. TALLY_RANDOM_NETWORKS sets how
// many layers (40), TALLY_RANDOM_SEED the first (0).

#include "SelfTest.h"
#include "Support/Environment.h"

#include "tally/Driver/Registration.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>
#include <random>

using namespace tally;
using test::fromEnvironment;

namespace {

std::string shape(std::initializer_list<int> sizes) {
  std::string text = "tensor<";
  for (int size : sizes)
    text += std::to_string(size) + "x";
  return text;
}

struct Layer {
  int batch, height, width, channels, filters, window[2], stride[2], dilation[2], pad[4];
  int low, high, zero; ///< codes of the input
  bool isSigned;
  bool added; ///< the input is a sum, whose type says less than its storage

  int output(int dim) const {
    int room = (dim ? width : height) + pad[2 * dim] + pad[2 * dim + 1] -
               dilation[dim] * (window[dim] - 1) - 1;
    return room < 0 ? 0 : room / stride[dim] + 1;
  }
};

std::string pair(const int (&values)[2]) {
  return std::to_string(values[0]) + ", " + std::to_string(values[1]);
}

/// Two adder layers of the same input and form, one after the other added to it or pooled.
std::string makeNetwork(const Layer &layer, std::mt19937 &random, bool pooled) {
  auto within = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  auto weights = [&](const std::string &name) {
    std::string bytes;
    int least = layer.isSigned ? -128 : 0, most = layer.isSigned ? 127 : 255;
    int kinds = within(0, 3); // of mixtures
    int count = layer.filters * layer.window[0] * layer.window[1] * layer.channels;
    for (int i = 0; i < count; ++i) {
      int kind = within(0, 9), weight = within(least, most);
      if (kind < (kinds == 0 ? 9 : 5))
        weight = within(least, layer.low);
      else if (kind < (kinds == 1 ? 10 : 7))
        weight = within(layer.high, most);
      bytes += llvm::utohexstr(weight & 255, /*LowerCase=*/false, 2);
    }
    std::string type = shape({layer.filters, layer.window[0], layer.window[1], layer.channels});
    return "ml_program.global private @" + name + "(dense<\"0x" + bytes + "\"> : " + type +
           (layer.isSigned ? "i8" : "ui8") + ">) : " + type + "!w>\n";
  };
  std::string storage = layer.isSigned ? "i8" : "u8", zero = ":" + std::to_string(layer.zero),
              x = shape({layer.batch, layer.height, layer.width, layer.channels}),
              w = shape({layer.filters, layer.window[0], layer.window[1], layer.channels}),
              y = shape({layer.batch, layer.output(0), layer.output(1), layer.filters});
  auto adder = [&](const std::string &name) {
    std::string pad;
    for (int size : layer.pad)
      pad += (pad.empty() ? "" : ", ") + std::to_string(size);
    return "%" + name + "w = ml_program.global_load_const @" + name + " : " + w + "!w>\n%" + name +
           "s = tally.adder_conv2d %c, %" + name + "w pad [" + pad + "] stride [" +
           pair(layer.stride) + "] dilation [" + pair(layer.dilation) + "] {tally.name = \"" +
           name + "\"} : (" + x + "!x>, " + w + "!w>) -> " + y + "!s>\n%" + name +
           " = tally.requantize %" + name + "s multiplier dense<3> : tensor<1xi32> offset dense<" +
           std::to_string(within(0, 400000)) +
           "> : tensor<1xi64> shift dense<10> : tensor<1xi8> rounding <half_up> : " + y +
           "!s> -> " + y + "!x>\n";
  };
  std::string text =
      "!x = !quant.uniform<" + storage + "<" + std::to_string(layer.low) + ":" +
      std::to_string(layer.high) + ">:f32, 0.5" + zero + ">\n!w = !quant.uniform<" + storage +
      ":f32, 0.5" + zero + ">\n!s = !quant.uniform<i32<-1000000:0>:f32, 0.5>\n" +
      "module attributes {tally.stage = #tally.stage<integer>} {\n" + weights("a") + weights("b");
  std::string result = y;
  std::string requantized =
      "%c = tally.requantize %in multiplier dense<1> : tensor<1xi32> offset dense<0> : "
      "tensor<1xi64> shift dense<0> : tensor<1xi8> rounding <floor> : " +
      x + "!x> -> " + x + "!x>\n";
  std::string sum = "%c = tosa.add %in, %in : (" + x + "!x>, " + x + "!x>) -> " + x + "!x>\n";
  std::string body = (layer.added ? sum : requantized) + adder("a") + adder("b");
  if (pooled) {
    result = shape({layer.batch, layer.output(0) / 2, layer.output(1) / 2, layer.filters});
    body += "%p = tosa.max_pool2d %a {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, "
            "stride = array<i64: 2, 2>} : (" +
            y + "!x>) -> " + result + "!x>\n";
  }
  return text + "func.func @main(%in: " + x + "!x>) -> (" + result + "!x>, " + y + "!x>) {\n" +
         body + "return %" + (pooled ? "p" : "a") + ", %b : " + result + "!x>, " + y + "!x>\n}\n}";
}

Layer draw(std::mt19937 &random) {
  auto within = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  auto flip = [&] { return within(0, 1) == 1; };
  Layer layer;
  layer.batch = within(0, 5) ? 1 : 2;
  layer.height = within(1, 9);
  layer.width = within(1, 11);
  layer.channels = within(0, 2) ? within(1, 33) : within(84, 120);
  layer.filters = within(1, 9);
  for (int dim = 0; dim < 2; ++dim) {
    layer.window[dim] = within(1, 4);
    layer.stride[dim] = within(1, 3);
    layer.dilation[dim] = flip() ? 1 : within(1, 3);
  }
  for (int &size : layer.pad)
    size = within(0, 2);
  for (int dim = 0; dim < 2; ++dim)
    while (layer.output(dim) < 1)
      ++layer.pad[2 * dim];
  layer.isSigned = within(0, 2) == 0;
  if (layer.isSigned)
    layer.low = within(0, 3) ? within(-128, -1) : within(0, 60);
  else
    layer.low = within(0, 3) ? 0 : within(1, 60);
  layer.high = layer.isSigned ? flip() ? 127 : within(61, 127) : flip() ? 255 : within(70, 255);
  layer.added = within(0, 4) == 0;
  if (layer.added) {
    layer.low = layer.isSigned ? -128 : 0;
    layer.high = layer.low + 255;
  }
  layer.zero = within(layer.low, layer.high);
  return layer;
}

struct ListedWeights : testing::Test {
  ListedWeights() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void expectOnCores(const std::string &text, MulFree level) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    for (const char *processor : {"", "cortex-m0plus"}) {
      CTarget target;
      if (*processor)
        target = llvm::cantFail(CTarget::named(processor));
      test::expectSelfTest(*module, target, level, text + processor);
      auto sources = emitC(*module, "net", makeGoldenInputs(*module, 1), level, target);
      ASSERT_TRUE(mlir::succeeded(sources));
      listed += sources->source.find("tally_minimum(v") != std::string::npos ||
                sources->source.find("tally_minimum((") != std::string::npos;
    }
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
  int listed = 0; ///< networks in which a layer has lists
};

} // namespace

TEST_F(ListedWeights, RandomLayers) {
  int count = fromEnvironment("TALLY_RANDOM_NETWORKS", 40);
  unsigned seed = fromEnvironment("TALLY_RANDOM_SEED", 0);
  for (int done = 0; done < count && !HasFatalFailure(); ++done, ++seed) {
    std::mt19937 random(seed);
    Layer layer = draw(random);
    bool pooled = layer.output(0) % 2 == 0 && layer.output(1) % 2 == 0;
    expectOnCores(makeNetwork(layer, random, pooled), seed % 2 ? MulFree::Strict : MulFree::No);
  }
  EXPECT_GT(listed, count / 2);
}

// Codes with a sign that are never below 0 fill 16 bits like those without one.
TEST_F(ListedWeights, LargeSumsOfSignedCodes) {
  std::mt19937 random(3);
  Layer layer = {1, 3, 3, 57, 4, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 90, 127, 90, true, false};
  expectOnCores(makeNetwork(layer, random, /*pooled=*/false), MulFree::No);
  EXPECT_EQ(listed, 2);
}

// A place in a segment is a byte: longer runs are several segments, the last of which may be short.
TEST_F(ListedWeights, LongRuns) {
  struct {
    int channels, width;
  } runs[] = {{256, 1}, {257, 1}, {512, 1}, {700, 1}, {86, 3}, {200, 3}};
  for (auto [channels, width] : runs) {
    std::mt19937 random(channels);
    Layer layer = {1, 2,   4, channels, 3,    {2, width}, {1, 1}, {1, 1}, {1, 0, 0, 1},
                   0, 255, 9, false,    false};
    expectOnCores(makeNetwork(layer, random, /*pooled=*/false), MulFree::No);
  }
}

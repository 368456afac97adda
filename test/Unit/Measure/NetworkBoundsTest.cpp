// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// On random networks of every operation that is legal in stage `integer`: bounds of points are
// what the reference computes, at every value, and bounds of boxes hold what it computes inside.
// TALLY_RANDOM_NETWORKS sets how many (200), TALLY_RANDOM_SEED the first (0).

#include "Run/Integers.h"
#include "Support/Environment.h"
#include "Target/RandomNetwork.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkBounds.h"

#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace tally;
using test::fromEnvironment;

namespace {

/// `function(index, code)` in place of every code.
template <typename Function> Tensor mapCodes(const Tensor &tensor, Function function) {
  Tensor result = tensor;
  dispatch(tensor.type(), [&](auto tag) {
    auto *data = result.data<decltype(tag)>();
    for (int64_t i = 0; i < tensor.size(); ++i)
      data[i] = decltype(tag)(function(i, int64_t(data[i])));
  });
  return result;
}

struct NetworkBoundsTest : testing::Test {
  NetworkBoundsTest()
      : handler(&context, [this](mlir::Diagnostic &diagnostic) { message += diagnostic.str(); }) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void take(unsigned seed) {
    module = test::makeRandomNetwork(&context, seed);
    entry = *getEntry(*module);
    mlir::FailureOr<NetworkBounds> created = NetworkBounds::create(entry);
    ASSERT_TRUE(mlir::succeeded(created)) << "seed " << seed << ": " << message;
    network.emplace(std::move(*created));
    what = "seed " + std::to_string(seed);
  }

  using Values = std::vector<std::pair<mlir::Value, Bounds>>;

  /// The bounds of every value, in program order.
  Values boundsOf(const std::vector<Bounds> &inputs) {
    Values values;
    auto results = network->run(inputs, [&](mlir::Value value, const Bounds &bounds) {
      values.emplace_back(value, bounds);
    });
    EXPECT_TRUE(mlir::succeeded(results)) << what << ": " << message;
    return values;
  }

  /// Whether every value that the reference computes lies within `values`; returns how many are
  /// its bounds at both ends.
  int64_t expectWithin(const Values &values, const std::vector<Tensor> &point) {
    std::map<mlir::Operation *, Tensor> computed;
    InterpreterOptions options;
    options.threads = 1;
    options.onResult = [&](mlir::Operation *op, const Tensor &tensor) { computed[op] = tensor; };
    EXPECT_TRUE(mlir::succeeded(interpret(entry, point, options))) << what << ": " << message;
    int64_t tight = 0;
    for (const auto &[value, bounds] : values) {
      if (!value.getDefiningOp())
        continue;
      const Tensor &tensor = computed.at(value.getDefiningOp());
      EXPECT_EQ(tensor.type(), bounds.low.type());
      EXPECT_EQ(tensor.shape(), bounds.low.shape());
      std::vector<int64_t> codes = integers(tensor), low = integers(bounds.low),
                           high = integers(bounds.high);
      for (size_t i = 0; i < codes.size(); ++i) {
        tight += codes[i] == low[i] && codes[i] == high[i];
        if (codes[i] < low[i] || codes[i] > high[i]) {
          value.getDefiningOp()->print(llvm::errs());
          ADD_FAILURE() << what << ": element " << i << " is " << codes[i] << ", not from "
                        << low[i] << " to " << high[i];
          return 0;
        }
      }
    }
    return tight;
  }

  mlir::MLIRContext context;
  std::string message, what;
  mlir::ScopedDiagnosticHandler handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp entry;
  std::optional<NetworkBounds> network;
};

} // namespace

TEST_F(NetworkBoundsTest, OfPointsAreTheReference) {
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0);
  for (int seed = first; seed < first + fromEnvironment("TALLY_RANDOM_NETWORKS", 200); ++seed) {
    take(seed);
    std::vector<Tensor> point = test::makeRandomInputs(entry, seed);
    // Two tensors of the same codes, so that nothing is known to be a point.
    std::vector<Bounds> inputs;
    for (const Tensor &codes : point)
      inputs.emplace_back(codes, mapCodes(codes, [](int64_t, int64_t code) { return code; }));
    ASSERT_FALSE(inputs.front().isPoint());
    Values values = boundsOf(inputs);
    int64_t elements = 0;
    for (const auto &[value, bounds] : values)
      elements += value.getDefiningOp() ? bounds.low.size() : 0;
    ASSERT_EQ(expectWithin(values, point), elements) << what;
    // Nor does a point that is known to be one change anything.
    std::vector<Bounds> known(point.begin(), point.end());
    for (const auto &[value, bounds] : boundsOf(known))
      ASSERT_TRUE(bounds.isPoint()) << what;
  }
}

TEST_F(NetworkBoundsTest, HoldWhatTheReferenceComputesInside) {
  const int kSamples = 50;
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0), samples = 0;
  for (int seed = first; seed < first + fromEnvironment("TALLY_RANDOM_NETWORKS", 200); ++seed) {
    take(seed);
    std::mt19937 random(seed);
    auto pick = [&](int64_t low, int64_t high) {
      return low + int64_t(random() % uint64_t(high - low + 1));
    };
    std::vector<Tensor> centre = test::makeRandomInputs(entry, seed);
    std::vector<Bounds> inputs;
    int64_t radius = int64_t(1) << pick(0, 6);
    for (auto [index, codes] : llvm::enumerate(centre)) {
      CodeRange range = getCodeRange(mlir::getElementTypeOrSelf(entry.getArgumentTypes()[index]));
      inputs.emplace_back(
          mapCodes(codes,
                   [&](int64_t, int64_t c) { return std::max(c - pick(0, radius), range.min); }),
          mapCodes(codes,
                   [&](int64_t, int64_t c) { return std::min(c + pick(0, radius), range.max); }));
    }
    Values values = boundsOf(inputs);
    for (int sample = 0; sample < kSamples && !HasFailure(); ++sample, ++samples) {
      bool corner = sample % 2;
      std::vector<Tensor> point;
      for (const Bounds &box : inputs) {
        std::vector<int64_t> high = integers(box.high);
        point.push_back(mapCodes(box.low, [&](int64_t i, int64_t low) {
          return corner ? (pick(0, 1) ? low : high[i]) : pick(low, high[i]);
        }));
      }
      expectWithin(values, point);
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(samples, kSamples * fromEnvironment("TALLY_RANDOM_NETWORKS", 200));
}

TEST_F(NetworkBoundsTest, OfBatchesAreThoseOfEach) {
  for (int seed = 0; seed < 60; ++seed) {
    take(seed);
    auto box = [&](unsigned image) {
      std::vector<Bounds> inputs;
      for (const Tensor &codes : test::makeRandomInputs(entry, seed * 3 + image)) {
        auto type = mlir::getElementTypeOrSelf(entry.getArgumentTypes()[inputs.size()]);
        int64_t most = getCodeRange(type).max;
        inputs.emplace_back(codes, mapCodes(codes, [&](int64_t i, int64_t c) {
                              return std::min(c + i % 3, most);
                            }));
      }
      return inputs;
    };
    auto join = [](const Tensor &a, const Tensor &b) {
      Shape shape = a.shape();
      shape[0] += b.dim(0);
      Tensor both(a.type(), shape);
      std::memcpy(both.rawData(), static_cast<const Tensor &>(a).rawData(), a.sizeInBytes());
      std::memcpy(both.rawData() + a.sizeInBytes(), static_cast<const Tensor &>(b).rawData(),
                  b.sizeInBytes());
      return both;
    };
    auto one = network->run(box(0)), other = network->run(box(1));
    std::vector<Bounds> both;
    for (auto [a, b] : llvm::zip(box(0), box(1)))
      both.emplace_back(join(a.low, b.low), join(a.high, b.high));
    auto together = network->run(both);
    ASSERT_TRUE(mlir::succeeded(one) && mlir::succeeded(other) && mlir::succeeded(together))
        << what << ": " << message;
    for (auto [a, b, ab] : llvm::zip(*one, *other, *together)) {
      EXPECT_EQ(integers(join(a.low, b.low)), integers(ab.low)) << what;
      EXPECT_EQ(integers(join(a.high, b.high)), integers(ab.high)) << what;
    }
  }
}

TEST_F(NetworkBoundsTest, AreRefusedByTheLayersName) {
  auto errorOf = [&](const std::string &text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << message;
    message.clear();
    mlir::FailureOr<NetworkBounds> created = NetworkBounds::create(*getEntry(*module));
    if (mlir::succeeded(created)) {
      Tensor low = Tensor::of<uint8_t>({1, 1, 1, 2}, {0, 0}),
             high = Tensor::of<uint8_t>({1, 1, 1, 2}, {255, 1});
      EXPECT_TRUE(mlir::failed(created->run({Bounds(low, high)})));
    }
    return message;
  };
  EXPECT_EQ(errorOf(R"(
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      return %x : tensor<1x2xf32>
    })"),
            "takes 'tensor<1x2xf32>', and intervals go through integers only");
  EXPECT_EQ(errorOf(R"(
    !q = !quant.uniform<u8:f32, 0.5>
    func.func @main(%x: tensor<1x1x1x2x!q>) -> tensor<1x1x1x2xf32> {
      %y = quant.dcast %x {tally.name = "out"} : tensor<1x1x1x2x!q> to tensor<1x1x1x2xf32>
      return %y : tensor<1x1x1x2xf32>
    })"),
            "layer 'out' computes floats, and intervals go through integers only");
  EXPECT_EQ(errorOf(R"(
    !q = !quant.uniform<u8:f32, 0.5>
    !s = !quant.uniform<i32<-510:0>:f32, 0.5>
    func.func @main(%x: tensor<1x1x1x2x!q>) -> tensor<1x1x1x1x!s> {
      %y = tally.adder_conv2d %x, %x pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "self"}
          : (tensor<1x1x1x2x!q>, tensor<1x1x1x2x!q>) -> tensor<1x1x1x1x!s>
      return %y : tensor<1x1x1x1x!s>
    })"),
            "layer 'self' has weights that the network computes from its input, through which "
            "intervals do not go");
  EXPECT_EQ(errorOf(R"(
    !q = !quant.uniform<u8:f32, 0.5>
    func.func @main(%x: tensor<1x1x1x2x!q>) -> tensor<1x1x1x2x!q> {
      %y = tosa.add %x, %x {tally.name = "twice"} : (tensor<1x1x1x2x!q>, tensor<1x1x1x2x!q>) -> tensor<1x1x1x2x!q>
      return %y : tensor<1x1x1x2x!q>
    })"),
            "layer 'twice' may compute codes from 0 to 510, but '!quant.uniform<u8:f32, "
            "5.000000e-01>' does not store them, so there are no bounds behind it");
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Networks in double precision.

#include "Run/InterpreterFixture.h"
#include "tally/IR/Network.h"

#include <cmath>
#include <filesystem>
#include <random>

using namespace tally;

namespace {

InterpreterOptions inDouble() {
  InterpreterOptions options;
  options.precision = Precision::Double;
  return options;
}

std::vector<double> doublesOf(const Tensor &tensor) {
  return {tensor.data<double>(), tensor.data<double>() + tensor.size()};
}

struct DoublePrecision : Interpreter {
  std::vector<double> run(mlir::func::FuncOp function, const Tensor &input) {
    auto results = interpret(function, input, inDouble());
    EXPECT_TRUE(mlir::succeeded(results)) << message;
    return mlir::succeeded(results) ? doublesOf(results->front()) : std::vector<double>();
  }
};

std::vector<std::string> listNetworks() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(TALLY_FLOAT_NETWORKS))
    names.push_back(entry.path().stem().string());
  return names;
}

/// The float networks of test/Run/Inputs on random inputs.
struct PreciseNetwork : DoublePrecision, testing::WithParamInterface<std::string> {
  PreciseNetwork() {
    modules.push_back(mlir::parseSourceFile<mlir::ModuleOp>(
        std::string(TALLY_FLOAT_NETWORKS) + "/" + GetParam() + ".mlir", &context));
    entry = *getEntry(*modules.back());
    for (mlir::Type type : entry.getArgumentTypes()) {
      Shape shape = mlir::cast<mlir::RankedTensorType>(type).getShape().vec();
      inputs.emplace_back(ElementType::F32, shape);
      directions.emplace_back(ElementType::F64, shape);
      for (int64_t i = 0; i < inputs.back().size(); ++i) {
        inputs.back().data<float>()[i] = float(normal(random));
        directions.back().data<double>()[i] = normal(random);
      }
    }
  }

  /// What every operation on floats makes of the inputs and `step` times the directions.
  std::vector<std::vector<double>> at(double step) {
    std::vector<Tensor> moved;
    for (auto [input, direction] : llvm::zip(inputs, directions)) {
      Tensor &tensor = moved.emplace_back(ElementType::F64, input.shape());
      for (int64_t i = 0; i < input.size(); ++i)
        tensor.data<double>()[i] = input.data<float>()[i] + step * direction.data<double>()[i];
    }
    std::vector<std::vector<double>> all;
    InterpreterOptions options = inDouble();
    options.onResult = [&](mlir::Operation *op, const Tensor &result) {
      if (getTensorElementType(op->getResult(0).getType()) == ElementType::F32)
        all.push_back(doublesOf(result));
    };
    EXPECT_TRUE(mlir::succeeded(interpret(entry, moved, options))) << message;
    return all;
  }

  mlir::func::FuncOp entry;
  std::vector<Tensor> inputs, directions;
  std::mt19937 random{3};
  std::normal_distribution<double> normal{0, 1};
};

} // namespace

TEST_P(PreciseNetwork, IsCloseToSinglePrecision) {
  auto single = interpret(entry, inputs);
  auto wide = interpret(entry, inputs, inDouble());
  ASSERT_TRUE(mlir::succeeded(single) && mlir::succeeded(wide)) << message;
  ASSERT_EQ(single->size(), wide->size());
  for (auto [rounded, exact] : llvm::zip(*single, *wide)) {
    ASSERT_EQ(rounded.type(), ElementType::F32);
    ASSERT_EQ(exact.type(), ElementType::F64);
    ASSERT_EQ(rounded.shape(), exact.shape());
    for (int64_t i = 0; i < exact.size(); ++i) {
      double want = exact.data<double>()[i];
      ASSERT_TRUE(std::isfinite(want));
      ASSERT_NEAR(rounded.data<float>()[i], want, 1e-4 * (1 + std::fabs(want))) << "element " << i;
    }
  }
}

// Derivatives by two steps differ by what the third derivative and rounding leave. Rounding to
// single precision anywhere on the way would leave 1e-7 / 1e-6 of a value.
TEST_P(PreciseNetwork, RoundsNowhereToSinglePrecision) {
  constexpr double kStep = 1e-6;
  auto far = at(kStep), near = at(kStep / 2), back = at(-kStep / 2), farBack = at(-kStep);
  double largest = 0;
  for (size_t op = 0; op < far.size(); ++op) {
    double slope = 0, difference = 0;
    for (size_t i = 0; i < far[op].size(); ++i) {
      double wide = (far[op][i] - farBack[op][i]) / (2 * kStep);
      double narrow = (near[op][i] - back[op][i]) / kStep;
      slope = std::max(slope, std::fabs(wide));
      difference = std::max(difference, std::fabs(wide - narrow));
    }
    EXPECT_LE(difference, 1e-6 * slope) << "operation " << op;
    largest = std::max(largest, slope);
  }
  EXPECT_GT(largest, 0);
}

INSTANTIATE_TEST_SUITE_P(Networks, PreciseNetwork, testing::ValuesIn(listNetworks()),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(DoublePrecision, WidensConstantsAndParameters) {
  auto function = parse(R"mlir(
      ml_program.global private @third(dense<[0.333333343]> : tensor<1xf32>) : tensor<1xf32>
      func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
        %t = ml_program.global_load_const @third : tensor<1xf32>
        %c = "tosa.const"() <{values = dense<0.1> : tensor<1xf32>}> : () -> tensor<1xf32>
        %p = tosa.add %t, %c : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
        %y = tosa.add %p, %x : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
        return %y : tensor<1xf32>
      })mlir");
  double constants = double(0.333333343f) + double(0.1f);
  EXPECT_EQ(run(function, Tensor::of<double>({1}, {1e-12})), std::vector{constants + 1e-12});
  EXPECT_EQ(run(function, Tensor::of<float>({1}, {0.7f})), std::vector{constants + double(0.7f)});
}

TEST_F(DoublePrecision, TakesDoublesOnlyWhenAsked) {
  auto function = parseBody("tensor<1xf32>", "%y = tosa.abs %x : (tensor<1xf32>) -> tensor<1xf32>",
                            "tensor<1xf32>");
  EXPECT_EQ(errorOf(function, Tensor::of<double>({1}, {-1})),
            "takes input 0 of type 'tensor<1xf32>', and got another element type");
  EXPECT_EQ(run(function, Tensor::of<double>({1}, {-0.1})), std::vector{0.1});
  auto codes = parseBody("tensor<1x!q>", "%y = tosa.identity %x : (tensor<1x!q>) -> tensor<1x!q>",
                         "tensor<1x!q>");
  EXPECT_TRUE(mlir::failed(interpret(codes, Tensor::of<double>({1}, {1}), inDouble())));
}

// 0.375 divided by the nearest float to 0.03 is the tie 12.5 in single precision, and above it.
TEST_F(DoublePrecision, QuantizersDivideDoubles) {
  auto function = parse(R"mlir(
      !u = !quant.uniform<u8:f32, 0.029999999329447746>
      !p = !quant.uniform<u8:f32:1, {0.029999999329447746, 0.5}>
      func.func @main(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
        %0 = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!u>
        %1 = quant.dcast %0 : tensor<1x2x!u> to tensor<1x2xf32>
        %2 = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!p>
        %3 = quant.dcast %2 : tensor<1x2x!p> to tensor<1x2xf32>
        return %1, %3 : tensor<1x2xf32>, tensor<1x2xf32>
      })mlir");
  Tensor x = Tensor::of<float>({1, 2}, {0.375f, 0.375f});
  auto single = interpret(function, x), wide = interpret(function, x, inDouble());
  ASSERT_TRUE(mlir::succeeded(single) && mlir::succeeded(wide)) << message;
  double scale = double(0.03f);
  EXPECT_EQ(valuesOf((*single)[0]), (std::vector{float(12 * scale), float(12 * scale)}));
  EXPECT_EQ(doublesOf((*wide)[0]), (std::vector{13 * scale, 13 * scale}));
  EXPECT_EQ(valuesOf((*single)[1]), (std::vector{float(12 * scale), 0.5f}));
  EXPECT_EQ(doublesOf((*wide)[1]), (std::vector{13 * scale, 0.5}));
}

TEST_F(DoublePrecision, LevelsOfPowersOfTwoAreWide) {
  auto function =
      parseBody("tensor<1x2xf32>",
                "%y = tally.snap %x to !tally.pot<s4, 0.1> : tensor<1x2xf32> -> tensor<1x2xf32>",
                "tensor<1x2xf32>");
  EXPECT_EQ(run(function, Tensor::of<float>({1, 2}, {0.41f, -0.11f})),
            (std::vector{4 * 0.1, -0.1}));
}

// Copies of the network that run one by one stay in double precision.
TEST_F(DoublePrecision, BatchesStayWide) {
  auto function = parseBody("tensor<2x3xf32>", R"mlir(
      %c = "tosa.const"() <{values = dense<0.1> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
      %s = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<2x3xf32>) -> tensor<1x3xf32>
      %y = tosa.add %s, %c : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>)mlir",
                            "tensor<1x3xf32>");
  std::vector<double> values(12, 1e-12), expected(6, 2e-12 + double(0.1f));
  EXPECT_EQ(run(function, Tensor::of<double>({4, 3}, values)), expected);
}

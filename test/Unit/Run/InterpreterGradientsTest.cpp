// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Operations of training steps, in both precisions.

#include "Run/InterpreterFixture.h"
#include "tally/IR/PowerOfTwo.h"
#include "tally/Run/Gradients.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace tally;

namespace {

struct TrainingOps : Interpreter {
  Tensor makeRandom(ElementType type, Shape shape) {
    std::normal_distribution<double> normal;
    Tensor tensor(type, std::move(shape));
    dispatchFloat(type, [&](auto tag) {
      auto *data = tensor.data<decltype(tag)>();
      std::generate_n(data, tensor.size(), [&] { return decltype(tag)(normal(random)); });
    });
    return tensor;
  }

  Tensor run(mlir::func::FuncOp function, mlir::ArrayRef<Tensor> inputs) {
    InterpreterOptions options;
    if (inputs[0].type() == ElementType::F64)
      options.precision = Precision::Double;
    auto results = interpret(function, inputs, options);
    EXPECT_TRUE(mlir::succeeded(results)) << message;
    return mlir::succeeded(results) ? results->front() : Tensor();
  }

  /// What a function of %x: tensor<NxF32> with one operation, `%y = operation : type`, makes of
  /// `values` in both precisions.
  void expectValues(const std::string &operation, const std::vector<double> &values,
                    const std::vector<double> &expected) {
    std::string type = "tensor<" + std::to_string(values.size()) + "xf32>";
    auto function = parseBody(type, "%y = " + operation + " : " + type, type);
    for (ElementType element : {ElementType::F32, ElementType::F64})
      dispatchFloat(element, [&](auto tag) {
        using T = decltype(tag);
        std::vector<T> given(values.begin(), values.end()),
            wanted(expected.begin(), expected.end());
        Tensor y = run(function, Tensor::of<T>({int64_t(given.size())}, given));
        ASSERT_EQ(y.type(), element);
        for (size_t i = 0; i < wanted.size(); ++i)
          if (std::isnan(wanted[i]))
            EXPECT_TRUE(std::isnan(y.data<T>()[i])) << "element " << i;
          else
            EXPECT_EQ(y.data<T>()[i], wanted[i]) << "element " << i;
      });
  }

  std::mt19937 random{9};
};

const char *const kWindow = "pad [1, 0, 2, 1] stride [2, 1] dilation [1, 2] group 2";
const reference::LayerOptions kOptions = {{{3, 2}, {1, 0, 2, 1}, {2, 1}, {1, 2}}, 2, 1};
const Shape kInput = {2, 7, 5, 4}, kFilter = {6, 3, 2, 2}, kOutput = {2, 3, 6, 6};

void expectSameBits(const Tensor &got, const Tensor &expected) {
  ASSERT_EQ(got.type(), expected.type());
  ASSERT_EQ(got.shape(), expected.shape());
  EXPECT_EQ(std::memcmp(got.rawData(), expected.rawData(), got.sizeInBytes()), 0);
}

} // namespace

TEST_F(TrainingOps, GradientsOfLayersAreTheReferences) {
  std::string window = std::string(kWindow) + " : ";
  auto inputGradient = parse(
      "func.func @main(%g: tensor<2x3x6x6xf32>, %w: tensor<6x3x2x2xf32>) -> tensor<2x7x5x4xf32> {\n"
      "%y = tally.conv2d_input_gradient %g, %w " +
      window +
      "(tensor<2x3x6x6xf32>, tensor<6x3x2x2xf32>) -> tensor<2x7x5x4xf32>\n"
      "return %y : tensor<2x7x5x4xf32> }");
  auto filterGradient = parse(
      "func.func @main(%x: tensor<2x7x5x4xf32>, %g: tensor<2x3x6x6xf32>) -> tensor<6x3x2x2xf32> {\n"
      "%y = tally.conv2d_filter_gradient %x, %g " +
      window +
      "(tensor<2x7x5x4xf32>, tensor<2x3x6x6xf32>) -> tensor<6x3x2x2xf32>\n"
      "return %y : tensor<6x3x2x2xf32> }");
  auto adder = [&](const std::string &rule) {
    return parse("func.func @main(%g: tensor<2x3x6x6xf32>, %x: tensor<2x7x5x4xf32>, "
                 "%w: tensor<6x3x2x2xf32>) -> tensor<2x7x5x4xf32> {\n"
                 "%y = tally.adder_input_gradient %g, %x, %w rule <" +
                 rule + "> " + window +
                 "(tensor<2x3x6x6xf32>, tensor<2x7x5x4xf32>, tensor<6x3x2x2xf32>) -> "
                 "tensor<2x7x5x4xf32>\nreturn %y : tensor<2x7x5x4xf32> }");
  };
  for (ElementType type : {ElementType::F32, ElementType::F64}) {
    Tensor g = makeRandom(type, kOutput), x = makeRandom(type, kInput),
           w = makeRandom(type, kFilter);
    expectSameBits(run(inputGradient, {g, w}),
                   reference::conv2dInputGradient(g, w, kInput, kOptions));
    expectSameBits(run(filterGradient, {x, g}), reference::conv2dFilterGradient(x, g, kOptions));
    expectSameBits(
        run(adder("hard_tanh"), {g, x, w}),
        reference::adderInputGradient(g, x, w, reference::DifferenceRule::HardTanh, kOptions));
    expectSameBits(
        run(adder("sign"), {g, x, w}),
        reference::adderInputGradient(g, x, w, reference::DifferenceRule::Sign, kOptions));
  }
}

TEST_F(TrainingOps, TheGradientOfAMaximumIsTheReferences) {
  auto function = parse(
      "func.func @main(%g: tensor<2x4x2x3xf32>, %x: tensor<2x7x5x3xf32>) -> tensor<2x7x5x3xf32> {\n"
      "%y = tally.max_pool2d_gradient %g, %x kernel [3, 2] pad [1, 1, 0, 0] stride [2, 2] "
      ": (tensor<2x4x2x3xf32>, tensor<2x7x5x3xf32>) -> tensor<2x7x5x3xf32>\n"
      "return %y : tensor<2x7x5x3xf32> }");
  reference::LayerOptions options = {{{3, 2}, {1, 1, 0, 0}, {2, 2}, {1, 1}}, 1, 1};
  for (ElementType type : {ElementType::F32, ElementType::F64}) {
    Tensor g = makeRandom(type, {2, 4, 2, 3}), x = makeRandom(type, {2, 7, 5, 3});
    expectSameBits(run(function, {g, x}), reference::maxPool2dGradient(g, x, options));
  }
}

// Copies of a step side by side: each has a filter gradient of its own.
TEST_F(TrainingOps, CopiesHaveFilterGradientsOfTheirOwn) {
  auto function = parse(
      "func.func @main(%x: tensor<1x3x3x2xf32>, %g: tensor<1x2x2x3xf32>) -> tensor<3x2x2x2xf32> {\n"
      "%y = tally.conv2d_filter_gradient %x, %g pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] "
      ": (tensor<1x3x3x2xf32>, tensor<1x2x2x3xf32>) -> tensor<3x2x2x2xf32>\n"
      "return %y : tensor<3x2x2x2xf32> }");
  Tensor x = makeRandom(ElementType::F32, {2, 3, 3, 2}),
         g = makeRandom(ElementType::F32, {2, 2, 2, 3});
  Tensor both = run(function, {x, g});
  ASSERT_EQ(both.shape(), (Shape{6, 2, 2, 2}));
  for (int64_t copy : {0, 1}) {
    auto part = [&](const Tensor &tensor) {
      Shape shape = tensor.shape();
      shape[0] = 1;
      Tensor one(ElementType::F32, shape);
      std::copy_n(tensor.data<float>() + copy * one.size(), one.size(), one.data<float>());
      return one;
    };
    Tensor alone = run(function, {part(x), part(g)});
    EXPECT_TRUE(std::equal(alone.data<float>(), alone.data<float>() + alone.size(),
                           both.data<float>() + copy * alone.size()));
  }
}

TEST_F(TrainingOps, InsideExcludesTheBounds) {
  expectValues("tally.inside %x low 0.0 high 6.0",
               {-1, 0, 1e-30, 5.9, 6, 7, NAN, INFINITY, -INFINITY}, {0, 0, 1, 1, 0, 0, 0, 0, 0});
}

TEST_F(TrainingOps, RoundTakesTiesToEven) {
  expectValues("tally.round %x", {0.5, 1.5, 2.5, -0.5, -1.5, 0.49, -2.51, 1e20, NAN},
               {0, 2, 2, 0, -2, 0, -3, 1e20, NAN});
}

TEST_F(TrainingOps, AdderExcessIsWhatTheClampTakes) {
  auto function = parseBody(
      "tensor<3x1x2x2xf32>",
      "%y = tally.adder_excess %x low 0.0 high 1.5 : tensor<3x1x2x2xf32> -> tensor<3xf32>",
      "tensor<3xf32>");
  std::vector<double> w = {0, 1.5, 0.75, 1, -0.25, 2, 1.5, 0, -1, -2, 3, 4},
                      expected = {0, 0.75, 7};
  for (ElementType type : {ElementType::F32, ElementType::F64})
    dispatchFloat(type, [&](auto tag) {
      using T = decltype(tag);
      Tensor y = run(function, Tensor::of<T>({3, 1, 2, 2}, std::vector<T>(w.begin(), w.end())));
      ASSERT_EQ(y.shape(), Shape{3});
      EXPECT_EQ(std::vector<T>(y.data<T>(), y.data<T>() + 3),
                std::vector<T>(expected.begin(), expected.end()));
    });
}

//===----------------------------------------------------------------------===//
// Learned quantizers
//===----------------------------------------------------------------------===//

namespace {

struct LearnedQuantizer : TrainingOps {
  mlir::func::FuncOp makeQuantizer(const std::string &shape, int scales, const std::string &levels,
                                   const std::string &attributes = "") {
    std::string type = "tensor<" + shape + "xf32>",
                vector = "tensor<" + std::to_string(scales) + "xf32>";
    return parse("func.func @main(%x: " + type + ", %s: " + vector + ") -> " + type +
                 " {\n%y = tally.learned_quantizer %x by %s to " + levels + attributes + " : " +
                 type + ", " + vector + "\nreturn %y : " + type + "\n}");
  }

  /// Element by element `scale of it * round(input / scale of it)`, in both precisions.
  template <typename Round>
  void expectRounded(mlir::func::FuncOp function, Shape shape, const std::vector<double> &scales,
                     int64_t stride, Round round) {
    for (ElementType type : {ElementType::F32, ElementType::F64})
      dispatchFloat(type, [&](auto tag) {
        using T = decltype(tag);
        Tensor x = makeRandom(type, shape);
        std::vector<T> s(scales.begin(), scales.end());
        // Exact ties and both ends.
        const double special[] = {0.5, 1.5, -2.5, 3, -1.5, 1e6, -1e6, 0};
        for (int i = 0; i < 8; ++i)
          x.data<T>()[i] = T(special[i]) * s[i / stride % s.size()];
        Tensor y = run(function, {x, Tensor::of<T>({int64_t(s.size())}, s)});
        ASSERT_EQ(y.type(), type);
        ASSERT_EQ(y.shape(), shape);
        for (int64_t i = 0; i < x.size(); ++i) {
          size_t place = i / stride % s.size();
          T steps = x.data<T>()[i] / s[place];
          ASSERT_EQ(y.data<T>()[i], s[place] * T(round(steps, place))) << "element " << i;
        }
      });
  }
};

double clampTo(double value, double low, double high) {
  return std::min(std::max(value, low), high);
}

} // namespace

TEST_F(LearnedQuantizer, UniformWithOneScale) {
  expectRounded(makeQuantizer("40x3", 1, "!quant.uniform<i8<-7:7>:f32, 1.0>"), {40, 3}, {0.3}, 1,
                [](double q, size_t) { return clampTo(std::nearbyint(q), -7, 7); });
  // Unsigned, with a zero point.
  expectRounded(makeQuantizer("40x3", 1, "!quant.uniform<u8<0:15>:f32, 1.0:3>"), {40, 3}, {0.1}, 1,
                [](double q, size_t) { return clampTo(std::nearbyint(q), -3, 12); });
}

TEST_F(LearnedQuantizer, UniformWithScalesAlongADimension) {
  expectRounded(makeQuantizer("5x3x4", 3, "!quant.uniform<i8<-2:1>:f32:1, {1.0, 1.0, 1.0}>"),
                {5, 3, 4}, {0.3, 0.1, 0.7}, 4,
                [](double q, size_t) { return clampTo(std::nearbyint(q), -2, 1); });
  // One scale for all of them.
  expectRounded(makeQuantizer("5x3x4", 1, "!quant.uniform<i8<-2:1>:f32:1, {1.0, 1.0, 1.0}>"),
                {5, 3, 4}, {0.3}, 4,
                [](double q, size_t) { return clampTo(std::nearbyint(q), -2, 1); });
}

TEST_F(LearnedQuantizer, PowersOfTwo) {
  auto levels = *PowerOfTwoLevels::get({4, /*isSigned=*/true});
  auto nearest = [&](double q, size_t) { return double(levels.nearest(q)); };
  expectRounded(makeQuantizer("40x3", 1, "!tally.pot<s4, 1.0>"), {40, 3}, {0.03}, 1, nearest);
  auto sums = *PowerOfTwoLevels::get({4, /*isSigned=*/false, /*additive=*/true});
  expectRounded(makeQuantizer("40x3", 1, "!tally.pot<additive u4, 1.0>"), {40, 3}, {0.03}, 1,
                [&](double q, size_t) { return double(sums.nearest(q)); });
}

// 1.45 lies between sqrt(2) and the middle of 1 and 2.
TEST_F(LearnedQuantizer, NearestExponents) {
  auto byValue = makeQuantizer("3", 1, "!tally.pot<s4, 1.0>"),
       byExponent = makeQuantizer("3", 1, "!tally.pot<s4, 1.0>", " {nearest_exponent}");
  Tensor x = Tensor::of<float>({3}, {0.725f, -0.725f, 0.65f}), s = Tensor::of<float>({1}, {0.5f});
  EXPECT_EQ(valuesOf(run(byValue, {x, s})), (std::vector<float>{0.5, -0.5, 0.5}));
  EXPECT_EQ(valuesOf(run(byExponent, {x, s})), (std::vector<float>{1, -1, 0.5}));
}

TEST_F(LearnedQuantizer, NotANumberStays) {
  for (const char *levels : {"!quant.uniform<i8<-7:7>:f32, 1.0>", "!tally.pot<s4, 1.0>"}) {
    Tensor y = run(makeQuantizer("2", 1, levels),
                   {Tensor::of<float>({2}, {NAN, INFINITY}), Tensor::of<float>({1}, {0.5f})});
    EXPECT_TRUE(std::isnan(y.data<float>()[0]));
    EXPECT_TRUE(std::isfinite(y.data<float>()[1]));
  }
}

// What training sees is what the quantizers that replace it make, to the bit.
TEST_F(LearnedQuantizer, IsThePairOfTheTrainedScale) {
  float scale = 0.0371f;
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", double(scale));
  auto pair = parse("!t = !quant.uniform<i8<-8:7>:f32, " + std::string(text) +
                    ">\nfunc.func @main(%x: tensor<2000xf32>) -> tensor<2000xf32> {\n"
                    "%q = quant.qcast %x : tensor<2000xf32> to tensor<2000x!t>\n"
                    "%y = quant.dcast %q : tensor<2000x!t> to tensor<2000xf32>\n"
                    "return %y : tensor<2000xf32>\n}");
  auto learned = makeQuantizer("2000", 1, "!quant.uniform<i8<-8:7>:f32, 1.0>");
  Tensor x = makeRandom(ElementType::F32, {2000});
  for (int64_t i = 0; i < x.size(); ++i)
    x.data<float>()[i] *= 0.2f;
  EXPECT_EQ(valuesOf(run(learned, {x, Tensor::of<float>({1}, {scale})})), valuesOf(run(pair, x)));
}

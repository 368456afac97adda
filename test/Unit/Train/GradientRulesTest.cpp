// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Every rule of differentiation that is a derivative, against finite differences of the scalar
// reference in double precision; and the compiled step against the reference. Each case is a
// network of parameters alone, whose loss is the mean square of what it returns.

#include "CompiledGradientsFixture.h"
#include "tally/IR/Network.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"
#include "tally/Train/TrainingStep.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace tally;

namespace {

/// `%a: tensor<2x3xf32>` for parameters `a` and so on, and what is made of them.
struct Case {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters; ///< with their shapes
  std::string body;                                            ///< ends in %y
  std::string result;                                          ///< its type
  double low = -1, high = 1;                                   ///< of parameters
  /// Of the largest gradient; where a rule has a constant that f32 rounds, its rounding error.
  double tolerance = 1e-8;
  /// Running statistics, with their shapes: what is normalised takes those of the batch.
  std::vector<std::pair<std::string, std::string>> statistics = {};
};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

const char *const kConstants = R"mlir(
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
)mlir";

std::string toModule(const Case &c) {
  std::string text, loads;
  std::vector<std::pair<std::string, std::string>> all = c.parameters;
  all.insert(all.end(), c.statistics.begin(), c.statistics.end());
  for (const auto &[name, shape] : all) {
    std::string type = "tensor<" + shape + "xf32>";
    text += "ml_program.global private @" + name + "(dense<0.5> : " + type + ") : " + type + "\n";
    loads += "  %" + name + " = ml_program.global_load_const @" + name + " : " + type + "\n";
  }
  return text + "func.func @main(%unused: tensor<2x1xf32>) -> " + c.result + " {\n" + kConstants +
         loads + c.body + "\n  return %y : " + c.result + "\n}\n";
}

std::string unary(const std::string &op, const std::string &attributes = "") {
  return "%y = " + op + " %a " + attributes + " : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>";
}

std::string conv(const std::string &window, const std::string &types) {
  return "%y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, " + window + "} : " + types;
}

const std::vector<Case> &cases() {
  using P = std::vector<std::pair<std::string, std::string>>;
  const P a = {{"a", "2x3x4"}}, ab = {{"a", "2x3x4"}, {"b", "2x3x4"}},
          broadcast = {{"a", "2x3x4"}, {"b", "1x3x1"}};
  const std::string t = "tensor<2x3x4xf32>";
  auto binary = [&](const std::string &op, const std::string &more, const std::string &other,
                    const std::string &moreTypes) {
    return "%y = " + op + " %a, %b" + more + " : (" + t + ", tensor<" + other + "xf32>" +
           moreTypes + ") -> " + t;
  };
  auto images = [](const std::string &shape) {
    return std::pair<std::string, std::string>("x", shape);
  };
  static const std::vector<Case> all = {
      {"add", ab, binary("tosa.add", "", "2x3x4", ""), t},
      {"add_broadcast", broadcast, binary("tosa.add", "", "1x3x1", ""), t},
      {"sub", ab, binary("tosa.sub", "", "2x3x4", ""), t},
      {"sub_broadcast", broadcast, binary("tosa.sub", "", "1x3x1", ""), t},
      {"mul", ab, binary("tosa.mul", ", %shift", "2x3x4", ", tensor<1xi8>"), t},
      {"mul_broadcast", broadcast, binary("tosa.mul", ", %shift", "1x3x1", ", tensor<1xi8>"), t},
      {"square", a, "%y = tosa.mul %a, %a, %shift : (" + t + ", " + t + ", tensor<1xi8>) -> " + t,
       t},
      {"pow", ab, binary("tosa.pow", "", "2x3x4", ""), t, 0.5, 2},
      {"maximum", ab, binary("tosa.maximum", "", "2x3x4", ""), t},
      {"minimum", ab, binary("tosa.minimum", "", "2x3x4", ""), t},
      {"clamp", a, unary("tosa.clamp", "{min_val = -0.4 : f32, max_val = 0.6 : f32}"), t},
      {"exp", a, unary("tosa.exp"), t},
      {"log", a, unary("tosa.log"), t, 0.5, 2},
      {"reciprocal", a, unary("tosa.reciprocal"), t, 0.5, 2},
      {"rsqrt", a, unary("tosa.rsqrt"), t, 0.5, 2},
      {"sigmoid", a, unary("tosa.sigmoid"), t},
      {"tanh", a, unary("tosa.tanh"), t},
      {"erf", a, unary("tosa.erf"), t, -1, 1, 1e-7},
      {"sin", a, unary("tosa.sin"), t},
      {"cos", a, unary("tosa.cos"), t},
      {"abs", a, unary("tosa.abs"), t},
      {"negate", a,
       "%y = tosa.negate %a, %z, %z : (" + t + ", tensor<1xf32>, tensor<1xf32>) -> " + t, t},
      {"reduce_sum", a,
       "%y = tosa.reduce_sum %a {axis = 1 : i32} : (" + t + ") -> tensor<2x1x4xf32>",
       "tensor<2x1x4xf32>"},
      {"reduce_max", a,
       "%y = tosa.reduce_max %a {axis = 2 : i32} : (" + t + ") -> tensor<2x3x1xf32>",
       "tensor<2x3x1xf32>"},
      {"reduce_min", a,
       "%y = tosa.reduce_min %a {axis = 1 : i32} : (" + t + ") -> tensor<2x1x4xf32>",
       "tensor<2x1x4xf32>"},
      {"reshape", a,
       R"(%s = tosa.const_shape {values = dense<[2, 12]> : tensor<2xindex>} : () -> !tosa.shape<2>
          %y = tosa.reshape %a, %s : (tensor<2x3x4xf32>, !tosa.shape<2>) -> tensor<2x12xf32>)",
       "tensor<2x12xf32>"},
      {"transpose", a,
       R"(%t = tosa.transpose %a {perms = array<i32: 0, 2, 1>} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
          %c = "tosa.const"() {values = dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>} : () -> tensor<1x1x3xf32>
          %y = tosa.mul %t, %c, %shift : (tensor<2x4x3xf32>, tensor<1x1x3xf32>, tensor<1xi8>) -> tensor<2x4x3xf32>)",
       "tensor<2x4x3xf32>"},
      {"slice", a,
       R"(%s = tosa.const_shape {values = dense<[0, 1, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
          %n = tosa.const_shape {values = dense<[2, 2, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
          %y = tosa.slice %a, %s, %n : (tensor<2x3x4xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<2x2x2xf32>)",
       "tensor<2x2x2xf32>"},
      {"pad", a,
       R"(%p = tosa.const_shape {values = dense<[0, 0, 1, 2, 0, 1]> : tensor<6xindex>} : () -> !tosa.shape<6>
          %q = tosa.pad %a, %p, %z : (tensor<2x3x4xf32>, !tosa.shape<6>, tensor<1xf32>) -> tensor<2x6x5xf32>
          %y = tosa.exp %q : (tensor<2x6x5xf32>) -> tensor<2x6x5xf32>)",
       "tensor<2x6x5xf32>"},
      {"concat",
       {{"a", "2x3x4"}, {"b", "2x1x4"}},
       R"(%c = tosa.concat %a, %b, %a {axis = 1 : i32} : (tensor<2x3x4xf32>, tensor<2x1x4xf32>, tensor<2x3x4xf32>) -> tensor<2x7x4xf32>
          %y = tosa.exp %c : (tensor<2x7x4xf32>) -> tensor<2x7x4xf32>)",
       "tensor<2x7x4xf32>"},
      {"take", a,
       R"(%c = tally.take %a [2, 0, 2, 2] along 1 : (tensor<2x3x4xf32>) -> tensor<2x4x4xf32>
          %y = tosa.exp %c : (tensor<2x4x4xf32>) -> tensor<2x4x4xf32>)",
       "tensor<2x4x4xf32>"},
      {"shuffle_channels", a, R"(%c = tally.shuffle_channels %a [2, 0, 3, 1] : tensor<2x3x4xf32>
          %k = "tosa.const"() {values = dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xf32>} : () -> tensor<1x1x4xf32>
          %y = tosa.mul %c, %k, %shift : (tensor<2x3x4xf32>, tensor<1x1x4xf32>, tensor<1xi8>) -> tensor<2x3x4xf32>)",
       t},
      {"mixture",
       {{"a", "2x3x4"}, {"b", "2x3x4"}, {"c", "2x3x4"}, {"l", "3"}},
       "%y = tally.mixture %a, %b, %c by %l : tensor<3xf32>, tensor<2x3x4xf32>, "
       "tensor<2x3x4xf32>, tensor<2x3x4xf32> -> tensor<2x3x4xf32>",
       t},
      // What draws them is an argument of the step.
      {"level_masks",
       {{"l", "3"}},
       "%y = tally.level_masks %l : tensor<3xf32>",
       "tensor<3xf32>",
       0.3,
       0.7,
       1e-7},
      {"matmul",
       {{"a", "2x3x4"}, {"b", "2x4x5"}},
       "%y = tosa.matmul %a, %b, %z, %z : (tensor<2x3x4xf32>, tensor<2x4x5xf32>, tensor<1xf32>, "
       "tensor<1xf32>) -> tensor<2x3x5xf32>",
       "tensor<2x3x5xf32>"},
      {"conv2d",
       {images("2x5x6x3"), {"w", "4x3x3x3"}, {"b", "4"}},
       conv("pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>",
            "(tensor<2x5x6x3xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<2x5x6x4xf32>"),
       "tensor<2x5x6x4xf32>"},
      {"conv2d_stride",
       {images("2x6x7x2"), {"w", "5x3x2x2"}, {"b", "1"}},
       conv("pad = array<i64: 1, 0, 0, 1>, stride = array<i64: 2, 3>, dilation = array<i64: 1, 1>",
            "(tensor<2x6x7x2xf32>, tensor<5x3x2x2xf32>, tensor<1xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<2x3x3x5xf32>"),
       "tensor<2x3x3x5xf32>"},
      {"conv2d_dilation",
       {images("2x7x7x1"), {"w", "3x3x3x1"}, {"b", "3"}},
       conv("pad = array<i64: 2, 0, 1, 3>, stride = array<i64: 2, 1>, dilation = array<i64: 1, 2>",
            "(tensor<2x7x7x1xf32>, tensor<3x3x3x1xf32>, tensor<3xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<2x4x7x3xf32>"),
       "tensor<2x4x7x3xf32>"},
      {"conv2d_unpadded",
       {images("2x6x6x17"), {"w", "3x1x1x17"}, {"b", "3"}},
       conv("pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 5, 5>, dilation = array<i64: 1, 1>",
            "(tensor<2x6x6x17xf32>, tensor<3x1x1x17xf32>, tensor<3xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<2x2x2x3xf32>"),
       "tensor<2x2x2x3xf32>"},
      // Inputs that no tap reads, and rows that are only read by outputs that are not there.
      {"conv2d_apart",
       {images("2x7x7x5"), {"w", "18x1x2x5"}, {"b", "18"}},
       conv("pad = array<i64: 0, 0, 1, 0>, stride = array<i64: 2, 3>, dilation = array<i64: 1, 1>",
            "(tensor<2x7x7x5xf32>, tensor<18x1x2x5xf32>, tensor<18xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<2x4x3x18xf32>"),
       "tensor<2x4x3x18xf32>"},
      {"conv2d_short",
       {images("1x3x2x16"), {"w", "2x2x2x16"}, {"b", "2"}},
       conv("pad = array<i64: 1, 0, 1, 1>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>",
            "(tensor<1x3x2x16xf32>, tensor<2x2x2x16xf32>, tensor<2xf32>, tensor<1xf32>, "
            "tensor<1xf32>) -> tensor<1x2x2x2xf32>"),
       "tensor<1x2x2x2xf32>"},
      {"depthwise",
       {images("2x5x5x3"), {"w", "3x3x3x1"}, {"b", "3"}},
       "%y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 1, 1, 0, "
       "0>, "
       "stride = array<i64: 2, 1>, dilation = array<i64: 1, 1>} : (tensor<2x5x5x3xf32>, "
       "tensor<3x3x3x1xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x3x3x3xf32>",
       "tensor<2x3x3x3xf32>"},
      {"depthwise_multiplier",
       {images("2x4x5x3"), {"w", "2x3x3x2"}, {"b", "6"}},
       "%y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 1, 0, 1, "
       "1>, "
       "stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<2x4x5x3xf32>, "
       "tensor<2x3x3x2xf32>, tensor<6xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x4x5x6xf32>",
       "tensor<2x4x5x6xf32>"},
      {"channel_affine",
       {{"a", "2x3x4"}, {"s", "4"}, {"b", "4"}},
       "%y = tally.channel_affine %a, %s, %b : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) "
       "-> " +
           t,
       t},
      {"batch_norm",
       {{"a", "2x3x4"}, {"s", "4"}, {"b", "4"}, {"m", "4"}, {"v", "4"}},
       "%d = tosa.exp %m : (tensor<4xf32>) -> tensor<4xf32>\n"
       "%e = tosa.exp %v : (tensor<4xf32>) -> tensor<4xf32>\n"
       "%y = tally.batch_norm %a, %s, %b, %d, %e {epsilon = 1.0e-03 : f32} : " +
           t + ", tensor<4xf32>",
       t},
      {"batch_norm_of_batch",
       {{"a", "2x3x4"}, {"s", "4"}, {"b", "4"}},
       "%y = tally.batch_norm %a, %s, %b, %m, %v {epsilon = 1.0e-03 : f32} : " + t +
           ", tensor<4xf32>",
       t,
       -1,
       1,
       1e-7,
       {{"m", "4"}, {"v", "4"}}},
      {"max_pool2d",
       {images("2x5x6x3")},
       "%y = tosa.max_pool2d %x {kernel = array<i64: 3, 2>, pad = array<i64: 1, 1, 0, 0>, stride = "
       "array<i64: 2, 2>} : (tensor<2x5x6x3xf32>) -> tensor<2x3x3x3xf32>",
       "tensor<2x3x3x3xf32>"},
      {"max_pool2d_overlapping",
       {images("2x5x5x2")},
       "%y = tosa.max_pool2d %x {kernel = array<i64: 3, 3>, pad = array<i64: 1, 1, 1, 1>, stride = "
       "array<i64: 1, 1>} : (tensor<2x5x5x2xf32>) -> tensor<2x5x5x2xf32>",
       "tensor<2x5x5x2xf32>"},
      {"avg_pool2d",
       {images("2x5x6x3")},
       "%y = tosa.avg_pool2d %x, %z, %z {acc_type = f32, kernel = array<i64: 3, 2>, pad = "
       "array<i64: "
       "1, 1, 0, 0>, stride = array<i64: 2, 2>} : (tensor<2x5x6x3xf32>, tensor<1xf32>, "
       "tensor<1xf32>) "
       "-> tensor<2x3x3x3xf32>",
       "tensor<2x3x3x3xf32>",
       -1,
       1,
       1e-7},
      {"avg_pool2d_whole",
       {images("2x4x3x5")},
       "%y = tosa.avg_pool2d %x, %z, %z {acc_type = f32, kernel = array<i64: 4, 3>, pad = "
       "array<i64: "
       "0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<2x4x3x5xf32>, tensor<1xf32>, "
       "tensor<1xf32>) "
       "-> tensor<2x1x1x5xf32>",
       "tensor<2x1x1x5xf32>",
       -1,
       1,
       1e-7},
      {"sum_pool2d",
       {images("2x5x5x2")},
       "%y = tally.sum_pool2d %x kernel [2, 3] pad [0, 1, 1, 0] stride [2, 1] dilation [2, 1] : "
       "(tensor<2x5x5x2xf32>) -> tensor<2x2x4x2xf32>",
       "tensor<2x2x4x2xf32>"},
      {"box_sum",
       {images("2x4x5x3")},
       "%y = tally.box_sum %x kernel [3, 3] pad [1, 1, 1, 1] stride [1, 2] dilation [1, 1] : "
       "(tensor<2x4x5x3xf32>) -> tensor<2x4x3x1xf32>",
       "tensor<2x4x3x1xf32>"},
  };
  return all;
}

struct GradientRules : CompiledGradients, testing::WithParamInterface<Case> {};

} // namespace

TEST_P(GradientRules, AreDerivatives) {
  const Case &c = GetParam();
  auto module = parseSourceString<ModuleOp>(toModule(c), &context);
  ASSERT_TRUE(module);
  StepOptions options;
  options.loss = "mean_squared_error";
  options.images = 2;
  options.batchStatistics = !c.statistics.empty();
  PassManager manager(&context);
  buildStepPipeline(manager, options);
  ASSERT_TRUE(succeeded(runPasses(manager, *module)));
  func::FuncOp entry = *getEntry(*module);

  std::vector<Tensor> wide, single;
  for (ElementType type : {ElementType::F64, ElementType::F32}) {
    std::mt19937 generator(7);
    for (Type argument : entry.getArgumentTypes())
      (type == ElementType::F64 ? wide : single)
          .push_back(random(cast<RankedTensorType>(argument).getShape().vec(), generator, c.low,
                            c.high, type));
  }
  InterpreterOptions inDouble;
  inDouble.precision = Precision::Double;
  auto evaluate = [&] { return *interpret(entry, wide, inDouble); };
  std::vector<Tensor> results = evaluate();
  size_t gradients = results.size() - c.parameters.size(),
         inputs = wide.size() - c.parameters.size();

  FailureOr<JitNetwork> code = compileInProcess(*module);
  ASSERT_TRUE(succeeded(code));
  std::vector<Tensor> compiled = code->run(single);
  for (size_t p = 0; p < c.parameters.size(); ++p) {
    SCOPED_TRACE(c.parameters[p].first);
    const Tensor &gradient = results[gradients + p];
    double largest = largestOf(gradient);
    ASSERT_GT(largest, 0);
    for (int64_t i = 0; i < gradient.size(); ++i) {
      double &value = wide[inputs + p].data<double>()[i], kept = value;
      // Differences of fourth order: their error is in proportion to h^4.
      constexpr double h = 1e-3;
      auto at = [&](double offset) {
        value = kept + offset;
        return evaluate()[0].data<double>()[0];
      };
      double difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      value = kept;
      ASSERT_NEAR(gradient.data<double>()[i], difference, c.tolerance * largest) << "element " << i;
      ASSERT_NEAR(compiled[gradients + p].data<float>()[i], gradient.data<double>()[i],
                  1e-5 * largest)
          << "element " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tosa, GradientRules, testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

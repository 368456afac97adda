// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Quantizers whose scale follows from the weights, compiled and by the reference, to the bit; what
// they and learned clips pass back.

#include "CompiledGradientsFixture.h"
#include "tally/IR/Network.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/FilterScales.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"
#include "tally/Train/TrainingStep.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace tally;

namespace {

struct Filter {
  const char *shape, *scales; ///< of the type, with the axis
  Shape dims;
  int64_t stride, places;
};
const Filter kFilters[] = {
    {"5x3x3x7", ":0, {1.0, 1.0, 1.0, 1.0, 1.0}", {5, 3, 3, 7}, 63, 5},
    {"3x3x4x2", ":2, {1.0, 1.0, 1.0, 1.0}", {3, 3, 4, 2}, 2, 4},
    {"33x1x1x64", ", 1.0", {33, 1, 1, 64}, 33 * 64, 1},
};

struct Rule {
  reference::WeightScale kind;
  std::string prefix, suffix; ///< of the type, around its axis
  int64_t most;
};
const Rule kRules[] = {
    {reference::WeightScale::Binary, "!tally.pot<s1", " nonzero", 1},
    {reference::WeightScale::Ternary, "!tally.pot<s2", "", 1},
    {reference::WeightScale::Clip, "!quant.uniform<i8<-1:1>:f32", "", 1},
    {reference::WeightScale::Clip, "!quant.uniform<i8<-7:7>:f32", "", 7},
    {reference::WeightScale::Clip, "!quant.uniform<i8<-127:127>:f32", "", 127},
};

/// "!tally.pot<s1:0 nonzero, {1.0}>"
std::string typeOf(const Rule &rule, const Filter &filter) {
  std::string scales = filter.scales;
  size_t comma = scales.find(',');
  return rule.prefix + scales.substr(0, comma) + rule.suffix + scales.substr(comma) + ">";
}

struct FilterQuantizer : CompiledGradients {
  OwningOpRef<ModuleOp> parse(const std::string &text) {
    return parseSourceString<ModuleOp>(text, &context);
  }

  /// Loss and gradients of the mean square of what `body` makes of parameters, as %y.
  OwningOpRef<ModuleOp> makeStep(const std::string &parameters, const std::string &body,
                                 const std::string &result) {
    auto module = parse(parameters + "func.func @main(%unused: tensor<2x1xf32>) -> " + result +
                        " {\n" + body + "\nreturn %y : " + result + "\n}");
    StepOptions options;
    options.loss = "mean_squared_error";
    options.images = 2;
    PassManager manager(&context);
    buildStepPipeline(manager, options);
    EXPECT_TRUE(module && succeeded(runPasses(manager, *module)));
    return module;
  }

  static std::vector<Tensor> runInDouble(ModuleOp step, const std::vector<Tensor> &arguments) {
    InterpreterOptions options;
    options.precision = Precision::Double;
    return *interpret(*getEntry(step), arguments, options);
  }
};

} // namespace

TEST_F(FilterQuantizer, CompiledIsTheReference) {
  for (const Filter &filter : kFilters)
    for (const Rule &rule : kRules) {
      std::string type = "tensor<" + std::string(filter.shape) + "xf32>";
      std::string text = "func.func @main(%w: " + type + ") -> " + type +
                         " {\n%y = tally.filter_quantizer %w to " + typeOf(rule, filter) + " : " +
                         type + "\nreturn %y : " + type + "\n}";
      SCOPED_TRACE(text);
      auto module = parse(text);
      ASSERT_TRUE(module);
      std::mt19937 generator(5);
      Tensor weights = random(filter.dims, generator, -1, 1, ElementType::F32);
      for (int64_t i = 0; i < weights.size(); ++i) // fewer far out, some 0
        weights.data<float>()[i] *= i % 11 ? std::fabs(weights.data<float>()[i]) : 0.0f;
      Tensor expected = (*interpret(*getEntry(*module), {weights}, {}))[0];
      FailureOr<JitNetwork> code = compileInProcess(*module);
      ASSERT_TRUE(succeeded(code));
      Tensor result = code->run({weights})[0];
      auto measured = reference::measureFilter(rule.kind, weights.data<float>(), weights.size(),
                                               filter.stride, filter.places, rule.most);
      for (int64_t i = 0; i < weights.size(); ++i) {
        ASSERT_EQ(result.data<float>()[i], expected.data<float>()[i]) << "element " << i;
        int64_t place = i / filter.stride % filter.places;
        double threshold = measured.thresholds.empty() ? 0 : measured.thresholds[place];
        float level = reference::weightLevel(rule.kind, weights.data<float>()[i],
                                             measured.scales[place], threshold, rule.most);
        ASSERT_EQ(expected.data<float>()[i], measured.scales[place] * level) << "element " << i;
      }
    }
}

// The gradient of the mean square of y - t is 2 (y - t) / n, and passes as it is.
TEST_F(FilterQuantizer, PassesGradientsStraightThrough) {
  for (const Rule &rule : kRules) {
    Filter filter = {"2x3x4", ":0, {1.0, 1.0}", {2, 3, 4}, 12, 2};
    SCOPED_TRACE(typeOf(rule, filter));
    auto step = makeStep(
        "ml_program.global private @w(dense<0.5> : tensor<2x3x4xf32>) : tensor<2x3x4xf32>\n",
        "%w = ml_program.global_load_const @w : tensor<2x3x4xf32>\n"
        "%y = tally.filter_quantizer %w to " +
            typeOf(rule, filter) + " : tensor<2x3x4xf32>",
        "tensor<2x3x4xf32>");
    std::mt19937 generator(3);
    std::vector<Tensor> arguments;
    for (Type argument : getEntry(*step)->getArgumentTypes())
      arguments.push_back(random(cast<RankedTensorType>(argument).getShape().vec(), generator, -1,
                                 1, ElementType::F64));
    Tensor gradient = runInDouble(*step, arguments).back();
    const double *weights = arguments.back().data<double>(), *targets = arguments[1].data<double>();
    ASSERT_EQ(arguments[1].size(), 24);
    auto measured = reference::measureFilter(rule.kind, weights, 24, 12, 2, rule.most);
    for (int64_t i = 0; i < 24; ++i) {
      double threshold = measured.thresholds.empty() ? 0 : measured.thresholds[i / 12];
      double scale = measured.scales[i / 12];
      double y = scale * reference::weightLevel(rule.kind, weights[i], scale, threshold, rule.most);
      ASSERT_NEAR(gradient.data<double>()[i], 2 * (y - targets[i]) / 24, 1e-6) << "element " << i;
    }
  }
}

// Where all inputs are clipped the output is the clip, which finite differences see; within, a
// learned clip has no gradient.
TEST_F(FilterQuantizer, ClipsLearnFromWhatIsClipped) {
  auto step =
      makeStep("ml_program.global private @s(dense<0.5> : tensor<1xf32>) : tensor<1xf32>\n"
               "ml_program.global private @x(dense<0.5> : tensor<2x3x4xf32>) : tensor<2x3x4xf32>\n",
               "%s = ml_program.global_load_const @s : tensor<1xf32>\n"
               "%x = ml_program.global_load_const @x : tensor<2x3x4xf32>\n"
               "%y = tally.learned_quantizer %x by %s to !quant.uniform<u8<0:3>:f32, 1.0> "
               "{tally.learns_clip} : tensor<2x3x4xf32>, tensor<1xf32>",
               "tensor<2x3x4xf32>");
  for (bool allClipped : {true, false}) {
    std::mt19937 generator(3);
    std::vector<Tensor> arguments;
    for (Type argument : getEntry(*step)->getArgumentTypes())
      arguments.push_back(random(cast<RankedTensorType>(argument).getShape().vec(), generator,
                                 allClipped ? 2 : -1, 3, ElementType::F64));
    size_t count = arguments.size();
    bool scaleIsLast = arguments[count - 1].size() == 1;
    Tensor &scale = arguments[scaleIsLast ? count - 1 : count - 2];
    const Tensor &x = arguments[scaleIsLast ? count - 2 : count - 1], &targets = arguments[1];
    ASSERT_EQ(scale.size(), 1);
    scale.data<double>()[0] = 0.5;
    auto loss = [&](double s) {
      scale.data<double>()[0] = s;
      return runInDouble(*step, arguments)[0].data<double>()[0];
    };
    std::vector<Tensor> results = runInDouble(*step, arguments);
    size_t last = results.size() - 1;
    double toScale = results[scaleIsLast ? last : last - 1].data<double>()[0], expected = 0;
    const Tensor &toInput = results[scaleIsLast ? last - 1 : last];
    int clipped = 0;
    for (int64_t i = 0; i < 24; ++i) {
      double v = x.data<double>()[i];
      double y = 0.5 * std::min(std::max(std::nearbyint(v / 0.5), 0.0), 3.0);
      double g = 2 * (y - targets.data<double>()[i]) / 24;
      bool inside = v > 0 && v < 1.5;
      expected += v >= 1.5 ? 3 * g : 0;
      clipped += v >= 1.5;
      ASSERT_NEAR(toInput.data<double>()[i], inside ? g : 0, 1e-6) << "element " << i;
    }
    EXPECT_NEAR(toScale, expected, 1e-6);
    if (allClipped) {
      ASSERT_EQ(clipped, 24);
      EXPECT_NEAR(toScale, (loss(0.5 + 1e-4) - loss(0.5 - 1e-4)) / 2e-4, 1e-6);
    } else {
      ASSERT_GT(clipped, 0);
      ASSERT_LT(clipped, 24);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The interval loss of small networks: against its formulas, written here once more in double
// precision; its gradients against finite differences; and that no image nearby is worse than it.

#include "CompiledGradientsFixture.h"
#include "tally/IR/Network.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"
#include "tally/Train/TrainingStep.h"

#include "mlir/Parser/Parser.h"

#include <algorithm>

using namespace mlir;
using namespace tally;

namespace {

constexpr int kImages = 2, kSize = 4, kChannels = 2, kFilters = 4, kClasses = 3;
constexpr int kPixels = kSize * kSize * kChannels, kTerms = 2 * 2 * kFilters;

/// A layer of 2 x 2 pixels, of adders in two groups with padding above and to the left, what comes
/// behind it, and a layer that makes logits of all of that.
std::string makeNetwork(bool adder, const std::string &last) {
  std::string layer = adder ? R"mlir(
%s = tally.adder_conv2d %x, %w pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2 : (tensor<1x4x4x2xf32>, tensor<4x2x2x1xf32>) -> tensor<1x2x2x4xf32>
%f = ml_program.global_load_const @f : tensor<4xf32>
%1 = tally.channel_affine %s, %f, %b : (tensor<1x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x2x2x4xf32>
)mlir"
                            : R"mlir(
%1 = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>}
  : (tensor<1x4x4x2xf32>, tensor<4x2x2x2xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x4xf32>
)mlir";
  std::string weights = adder ? "tensor<4x2x2x1xf32>" : "tensor<4x2x2x2xf32>";
  return "ml_program.global private @w(dense<0.5> : " + weights + ") : " + weights + "\n" +
         (adder ? "ml_program.global private @f(dense<0.5> : tensor<4xf32>) : tensor<4xf32>\n"
                : "") +
         R"mlir(
ml_program.global private @b(dense<0.5> : tensor<4xf32>) : tensor<4xf32>
ml_program.global private @v(dense<0.5> : tensor<3x2x2x4xf32>) : tensor<3x2x2x4xf32>
ml_program.global private @c(dense<0.5> : tensor<3xf32>) : tensor<3xf32>
func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x3xf32> {
%z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
%b = ml_program.global_load_const @b : tensor<4xf32>
%v = ml_program.global_load_const @v : tensor<3x2x2x4xf32>
%c = ml_program.global_load_const @c : tensor<3xf32>
)mlir" +
         "%w = ml_program.global_load_const @w : " + weights + layer +
         R"mlir(
%2 = tosa.clamp %1 {min_val = -0.1 : f32, max_val = 3.4028235e38 : f32} : (tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
%3 = tosa.conv2d %2, %v, %c, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}
  : (tensor<1x2x2x4xf32>, tensor<3x2x2x4xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x3xf32>
%n = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
%4 = tosa.reshape %3, %n : (tensor<1x1x1x3xf32>, !tosa.shape<2>) -> tensor<1x3xf32>
)mlir" + last +
         "\nreturn %y : tensor<1x3xf32>\n}\n";
}

/// `last` that is joined with the margins, and one that is not.
const char *const kJoined = "%y = tally.observe %4 : tensor<1x3xf32>";
const char *const kApart = "%y = tosa.tanh %4 : (tensor<1x3xf32>) -> tensor<1x3xf32>";

struct IntervalLoss : CompiledGradients, testing::WithParamInterface<std::tuple<bool, bool>> {
  bool adder = std::get<0>(GetParam()), joined = std::get<1>(GetParam());
  OwningOpRef<ModuleOp> module;
  func::FuncOp entry;
  std::vector<Tensor> arguments; ///< in double
  // image, targets, low, high, share, then parameters in the order in which they are read
  static constexpr size_t kShare = 4, kParameters = 5;
  std::map<std::string, size_t> places;

  void SetUp() override {
    module = parseSourceString<ModuleOp>(makeNetwork(adder, joined ? kJoined : kApart), &context);
    ASSERT_TRUE(module);
    StepOptions options;
    options.images = kImages;
    options.intervals = true;
    PassManager manager(&context);
    buildStepPipeline(manager, options);
    ASSERT_TRUE(succeeded(runPasses(manager, *module)));
    entry = *getEntry(*module);
    std::mt19937 generator(11);
    for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
      arguments.push_back(random(cast<RankedTensorType>(type).getShape().vec(), generator, -1, 1,
                                 ElementType::F64));
      auto name = entry.getArgAttrOfType<StringAttr>(index, "tally.name");
      if (name && name.getValue().starts_with("parameter:"))
        places[name.getValue().drop_front(10).str()] = index;
    }
    ASSERT_EQ(arguments.size(), kParameters + (adder ? 5u : 4u));
    for (int64_t i = 0; i < kImages * kPixels; ++i) {
      double radius = 0.02 + 0.01 * double(i % 7);
      arguments[2].data<double>()[i] = arguments[0].data<double>()[i] - radius;
      arguments[3].data<double>()[i] = arguments[0].data<double>()[i] + radius;
    }
    for (int image = 0; image < kImages; ++image)
      for (int c = 0; c < kClasses; ++c)
        arguments[1].data<double>()[image * kClasses + c] = c == labelOf(image);
    arguments[kShare].data<double>()[0] = 0.6;
  }

  static int labelOf(int image) { return image + 1; }
  const double *of(const std::string &parameter) const {
    return std::as_const(arguments[places.at(parameter)]).data<double>();
  }

  std::vector<Tensor> run() {
    InterpreterOptions inDouble;
    inDouble.precision = Precision::Double;
    return *interpret(entry, arguments, inDouble);
  }

  struct Ends {
    double low, high;
  };

  /// What the first layer makes of `box`, in the order of its output.
  std::vector<Ends> first(const std::vector<Ends> &box) const {
    std::vector<Ends> result;
    for (int h = 0; h < 2; ++h)
      for (int w = 0; w < 2; ++w)
        for (int f = 0; f < kFilters; ++f) {
          Ends sum = {0, 0};
          // Of adders each group sees one channel and has half of the filters.
          int depth = adder ? 1 : kChannels, group = adder ? f / 2 : 0, pad = adder ? 1 : 0;
          for (int tap = 0; tap < 4 * depth; ++tap) {
            int row = 2 * h + tap / depth / 2 - pad, column = 2 * w + tap / depth % 2 - pad;
            Ends x = {0, 0};
            if (row >= 0 && column >= 0)
              x = box[(row * kSize + column) * kChannels + group + tap % depth];
            double weight = of("w")[f * 4 * depth + tap];
            if (adder) {
              double far = std::max(std::fabs(x.low - weight), std::fabs(x.high - weight));
              double near = std::max({x.low - weight, weight - x.high, 0.0});
              sum = {sum.low - far, sum.high - near};
            } else {
              sum = {sum.low + std::min(weight * x.low, weight * x.high),
                     sum.high + std::max(weight * x.low, weight * x.high)};
            }
          }
          double factor = adder ? of("f")[f] : 1;
          if (factor < 0)
            std::swap(sum.low, sum.high);
          for (double *end : {&sum.low, &sum.high})
            *end = std::max(*end * factor + of("b")[f], double(-0.1f));
          result.push_back(sum);
        }
    return result;
  }

  double squash(double x) const { return joined ? x : std::tanh(x); }

  std::vector<double> logits(const std::vector<double> &image) const {
    std::vector<Ends> point;
    for (double pixel : image)
      point.push_back({pixel, pixel});
    std::vector<Ends> hidden = first(point);
    std::vector<double> result;
    for (int c = 0; c < kClasses; ++c) {
      double sum = of("c")[c];
      for (int k = 0; k < kTerms; ++k)
        sum += of("v")[c * kTerms + k] * hidden[k].low;
      result.push_back(squash(sum));
    }
    return result;
  }

  /// Upper bounds of the difference of each logit and that of the label.
  std::vector<double> margins(int image) const {
    std::vector<Ends> box;
    for (int i = 0; i < kPixels; ++i)
      box.push_back({std::as_const(arguments[2]).data<double>()[image * kPixels + i],
                     std::as_const(arguments[3]).data<double>()[image * kPixels + i]});
    std::vector<Ends> hidden = first(box);
    auto most = [&](auto weight, double bias) {
      for (int k = 0; k < kTerms; ++k)
        bias += std::max(weight(k) * hidden[k].low, weight(k) * hidden[k].high);
      return bias;
    };
    int t = labelOf(image);
    const double *v = of("v"), *bias = of("c");
    std::vector<double> result;
    for (int c = 0; c < kClasses; ++c) {
      auto ofClass = [&](int k) { return v[c * kTerms + k]; };
      auto negated = [&](int k) { return -v[t * kTerms + k]; };
      auto difference = [&](int k) { return ofClass(k) + negated(k); };
      if (joined)
        result.push_back(most(difference, bias[c] - bias[t]));
      else
        result.push_back(c == t ? 0
                                : squash(most(ofClass, bias[c])) + squash(most(negated, -bias[t])));
    }
    return result;
  }

  static double crossEntropy(const std::vector<double> &scores, int label) {
    double sum = 0;
    for (double score : scores)
      sum += std::exp(score - scores[label]);
    return std::log(sum);
  }
  std::vector<double> imageOf(int image) const {
    const double *data = std::as_const(arguments[0]).data<double>() + image * kPixels;
    return {data, data + kPixels};
  }
};

} // namespace

TEST_P(IntervalLoss, IsTheFormula) {
  double plain = 0, robust = 0;
  for (int image = 0; image < kImages; ++image) {
    plain += crossEntropy(logits(imageOf(image)), labelOf(image)) / kImages;
    robust += crossEntropy(margins(image), labelOf(image)) / kImages;
  }
  for (double share : {0.0, 0.6, 1.0}) {
    arguments[kShare].data<double>()[0] = share;
    EXPECT_NEAR(run()[0].data<double>()[0], (1 - share) * plain + share * robust, 1e-6);
  }
  EXPECT_GT(robust, plain);
}

TEST_P(IntervalLoss, CompiledIsTheReferences) {
  std::vector<Tensor> single;
  for (const Tensor &tensor : arguments) {
    single.emplace_back(ElementType::F32, tensor.shape());
    std::copy_n(tensor.data<double>(), tensor.size(), single.back().data<float>());
  }
  FailureOr<JitNetwork> code = compileInProcess(*module);
  ASSERT_TRUE(succeeded(code));
  std::vector<Tensor> compiled = code->run(single), expected = run();
  for (size_t i = 0; i < expected.size(); ++i)
    for (int64_t k = 0; k < expected[i].size(); ++k)
      ASSERT_NEAR(compiled[i].data<float>()[k], expected[i].data<double>()[k],
                  1e-5 * std::max(1.0, largestOf(expected[i])));
}

/// Of adder layers weights and what comes before have AdderNet's gradients, which are none.
TEST_P(IntervalLoss, GradientsAreDerivatives) {
  std::vector<Tensor> results = run();
  size_t gradients = results.size() - places.size();
  for (const auto &[name, place] : places) {
    if (adder && name == "w")
      continue;
    SCOPED_TRACE(name);
    const Tensor &gradient = results[gradients + place - kParameters];
    ASSERT_GT(largestOf(gradient), 0);
    for (int64_t i = 0; i < gradient.size(); ++i) {
      double &value = arguments[place].data<double>()[i], kept = value;
      constexpr double h = 1e-5;
      value = kept + h;
      double above = run()[0].data<double>()[0];
      value = kept - h;
      double below = run()[0].data<double>()[0];
      value = kept;
      ASSERT_NEAR(gradient.data<double>()[i], (above - below) / (2 * h), 1e-6) << "element " << i;
    }
  }
}

TEST_P(IntervalLoss, NoImageNearbyIsWorse) {
  std::mt19937 generator(3);
  for (int image = 0; image < kImages; ++image) {
    std::vector<double> bounds = margins(image);
    for (int attempt = 0; attempt < 2000; ++attempt) {
      std::vector<double> near;
      for (int i = 0; i < kPixels; ++i) {
        int64_t at = image * kPixels + i;
        double low = std::as_const(arguments[2]).data<double>()[at],
               high = std::as_const(arguments[3]).data<double>()[at];
        double share = attempt % 2 ? double(generator() & 1) : double(generator() >> 8) / (1 << 24);
        near.push_back(low + share * (high - low));
      }
      std::vector<double> scores = logits(near);
      for (int c = 0; c < kClasses; ++c)
        ASSERT_LE(scores[c] - scores[labelOf(image)], bounds[c] + 1e-12);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, IntervalLoss, testing::Combine(testing::Bool(), testing::Bool()),
                         [](const auto &info) {
                           return std::string(std::get<0>(info.param) ? "adder" : "products") +
                                  (std::get<1>(info.param) ? "Joined" : "Apart");
                         });

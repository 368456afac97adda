// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Every built-in recipe makes integer networks that stay close to the float network, closer with
// more bits.

#include "tally/Data/Npy.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Quantize/Passes.h"
#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/Reference.h"

#include "tally/IR/QuantizedTypes.h"

#include "mlir/Parser/Parser.h"
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

struct Recipes : testing::Test {
  Recipes() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0, 1);
    for (int64_t i = 0; i < images.size(); ++i)
      images.data<float>()[i] = normal(random);
  }

  /// Signal to noise of the integer network's results in dB, less the mean of each result.
  double quantize(const std::string &network, std::string recipe, int bits) {
    bool two = recipe.find("wNaM") != std::string::npos;
    recipe.replace(recipe.find("wNa"), 4,
                   "w" + std::to_string(bits) + "a" + std::to_string(two ? 8 : bits));
    auto module = mlir::parseSourceFile<mlir::ModuleOp>(
        TALLY_FLOAT_NETWORKS "/" + network + ".mlir", &context);
    auto folder = std::filesystem::path(testing::TempDir());
    std::string x = folder / (recipe + ".x.npy"), y = folder / (recipe + ".y.npy");
    EXPECT_TRUE(writeNpy(x, images));
    EXPECT_TRUE(writeNpy(y, Tensor(ElementType::U8, {images.dim(0)})));
    QuantizeOptions options;
    options.recipe = recipe;
    options.data = "npy:" + x + "," + y;
    // Statistics that are those of the images, as in a trained network.
    mlir::Builder builder(&context);
    (*module)->setAttr("tally.plan", builder.getDictionaryAttr(builder.getNamedAttr(
                                         "reestimate_batch_norm", builder.getBoolAttr(true))));
    mlir::PassManager train(&context);
    ReestimateBatchNormOptions images64;
    images64.data = options.data;
    train.addPass(createReestimateBatchNorm(images64));
    EXPECT_TRUE(mlir::succeeded(train.run(*module)));
    Tensor exact = (*interpret(*getEntry(*module), images))[0];

    mlir::PassManager manager(&context);
    buildCalibratePipeline(manager, options);
    buildQuantizePipeline(manager, options);
    if (mlir::failed(manager.run(*module))) {
      ADD_FAILURE() << recipe;
      return 0;
    }

    mlir::func::FuncOp entry = *getEntry(*module);
    auto in = mlir::cast<mlir::quant::UniformQuantizedType>(
        getQuantizedElement(entry.getArgumentTypes()[0]));
    auto out = mlir::cast<mlir::quant::UniformQuantizedType>(
        getQuantizedElement(entry.getResultTypes()[0]));
    CodeRange range = getCodeRange(in);
    Tensor codes(*getTensorElementType(in), images.shape());
    dispatch(codes.type(), [&](auto tag) {
      using T = decltype(tag);
      for (int64_t i = 0; i < codes.size(); ++i)
        codes.data<T>()[i] = T(reference::quantize(images.data<float>()[i], in.getScale(),
                                                   in.getZeroPoint(), {range.min, range.max}));
    });
    Tensor results = (*interpret(entry, codes))[0];
    return decibels(results, out.getScale(), exact);
  }

  static double decibels(const Tensor &codes, double step, const Tensor &exact) {
    double signal = 0, noise = 0;
    int64_t classes = exact.dim(1), count = exact.dim(0);
    for (int64_t c = 0; c < classes; ++c) {
      double mean = 0, error = 0;
      for (int64_t n = 0; n < count; ++n) {
        mean += exact.data<float>()[n * classes + c] / double(count);
        error +=
            (codes.data<int32_t>()[n * classes + c] * step - exact.data<float>()[n * classes + c]) /
            double(count);
      }
      for (int64_t n = 0; n < count; ++n) {
        double want = exact.data<float>()[n * classes + c],
               got = codes.data<int32_t>()[n * classes + c] * step;
        signal += (want - mean) * (want - mean);
        noise += (got - want - error) * (got - want - error);
      }
    }
    return 10 * std::log10(signal / noise);
  }

  mlir::MLIRContext context;
  Tensor images{ElementType::F32, {64, 8, 8, 2}};
};

} // namespace

TEST_F(Recipes, StayCloseToTheFloatNetwork) {
  for (const auto &[name, description] : listRecipes()) {
    if (name.find("wNaN") == std::string::npos)
      continue;
    double three = quantize("adder-net", name, 3), five = quantize("adder-net", name, 5);
    double eight = quantize("adder-net", name, 8);
    EXPECT_GT(five, three) << name;
    EXPECT_GT(eight, five) << name;
    EXPECT_GT(eight, 15) << name;
  }
}

// The inner convolution is depthwise; the adder layers have 8 bits.
TEST_F(Recipes, OfPowersOfTwoStayCloseToTheFloatNetwork) {
  EXPECT_GT(quantize("adder-net", "pot-wNaM", 4), 12);
  EXPECT_GT(quantize("adder-net", "apot-wNaM", 5), 14);
  EXPECT_GT(quantize("adder-net", "apot-wNaM", 5), quantize("adder-net", "apot-wNaM", 2));
}

TEST_F(Recipes, StayCloseOnSignedInputs) {
  EXPECT_GT(quantize("signed-adder-net", "adder-wNaN", 8), 20);
  EXPECT_GT(quantize("signed-adder-net", "adder-shared-wNaN", 8), 15);
}

TEST_F(Recipes, StayCloseOnSignedInputsAsPublished) {
  EXPECT_GT(quantize("signed-adder-net", "adderquant-wNaN", 8), 15);
}

// The same network, images and recipe make the same integers.
TEST_F(Recipes, AreReproducible) {
  EXPECT_EQ(quantize("adder-net", "adder-wNaN", 4), quantize("adder-net", "adder-wNaN", 4));
}

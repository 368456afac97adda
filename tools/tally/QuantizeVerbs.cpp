//===- QuantizeVerbs.cpp - import, calibrate, quantize, recipes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/IR/Tally.h"
#include "tally/Import/Onnx.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Quantize/Recipe/Recipe.h"

#include <iostream>

using namespace mlir;

namespace tally {

Verb makeImportVerb() {
  return {"import",
          "NET.onnx -o NET.mlir",
          "read an ONNX network",
          {{"-o", "FILE", "where the module goes; - for stdout (default)"},
           {"--adder-layers", "REGEX", "Conv, Gemm and MatMul nodes that are adder layers"},
           {"--batch", "N", "size of a leading dimension without a number (default 1)"},
           {"--logits", "", "leave out a Softmax that ends the network"}},
          1,
          [](const Arguments &arguments) {
            Result<int64_t> batch = arguments.getInteger("--batch", 1, 1);
            if (!batch)
              return fail(batch.error().message, kUsage);
            Session session;
            auto module =
                importOnnx(arguments.input(), session.context(),
                           {arguments.get("--adder-layers"), *batch, arguments.has("--logits")});
            return module ? session.save(*module, arguments.get("-o", "-")) : int(kUserError);
          }};
}

Result<bool> readImages(const Arguments &arguments, QuantizeOptions &options) {
  Result<int64_t> limit = arguments.getInteger("--limit", 500, 1);
  Result<std::vector<float>> mean = arguments.getNumbers("--mean"),
                             std = arguments.getNumbers("--std");
  if (!limit || !mean || !std)
    return !limit ? limit.error() : !mean ? mean.error() : std.error();
  options.data = arguments.get("--data");
  options.images = *limit;
  for (float value : *mean)
    options.mean.push_back(value);
  for (float value : *std)
    options.std.push_back(value);
  return true;
}

void setNormalisation(ModuleOp module, QuantizeOptions &options) {
  std::vector<float> mean(options.mean.begin(), options.mean.end());
  std::vector<float> std(options.std.begin(), options.std.end());
  takeNormalisation(module, mean, std);
  options.mean.clear();
  options.std.clear();
  for (float value : mean)
    options.mean.push_back(value);
  for (float value : std)
    options.std.push_back(value);
}

/// Runs one pipeline from file to file.
static int transform(const Arguments &arguments, QuantizeOptions &options,
                     function_ref<void(OpPassManager &, const QuantizeOptions &)> build) {
  if (Result<bool> images = readImages(arguments, options); !images)
    return fail(images.error().message, kUsage);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  auto stage = (*module)->getAttrOfType<StageAttr>(TallyDialect::kStageAttr);
  if (stage && stage.getValue() >= Stage::Quantized)
    return fail("'" + arguments.input() + "' is quantized already");
  if (options.recipe.empty() && stage && stage.getValue() == Stage::Calibrated)
    std::cerr << "tally: note: '" << arguments.input()
              << "' is calibrated already; what it saw before still counts\n";
  if (!options.data.empty())
    setNormalisation(*module, options);
  PassManager manager(&session.context());
  build(manager, options);
  if (failed(manager.run(*module)))
    return kUserError;
  if (Result<MulFree> level = readMulFree(arguments); level) {
    if (int status = checkMulFree(*module, *level); status != kOk)
      return status;
    recordMulFree(*module, *level);
  }
  return session.save(*module, arguments.get("-o", "-"));
}

Verb makeCalibrateVerb() {
  return {"calibrate",
          "NET.mlir --data DATA [--limit N] -o NET.cal.mlir",
          "record the ranges of a float network's values on images (500 by default)",
          withImageOptions({{"-o", "FILE", "where the module goes; - for stdout (default)"}}),
          1,
          [](const Arguments &arguments) {
            if (!arguments.has("--data"))
              return fail("calibrate: requires --data DATA", kUsage);
            QuantizeOptions options;
            return transform(arguments, options, buildCalibratePipeline);
          }};
}

Verb makeQuantizeVerb() {
  return {
      "quantize",
      "NET.cal.mlir --recipe RECIPE [--data DATA] -o NET.q.mlir",
      "turn a calibrated network into an integer one",
      withImageOptions({{"-o", "FILE", "where the module goes; - for stdout (default)"},
                        {"--recipe", "RECIPE", "a built-in name (see tally recipes) or a file"},
                        mulFreeOption(),
                        {"--digits", "N",
                         "most signed digits of a multiplier (default 3 with --mul-free=compute or "
                         "strict, else any)"}}),
      1,
      [](const Arguments &arguments) {
        if (!arguments.has("--recipe"))
          return fail("quantize: requires --recipe RECIPE", kUsage);
        QuantizeOptions options;
        options.recipe = arguments.get("--recipe");
        Result<MulFree> level = readMulFree(arguments);
        Result<int64_t> digits = arguments.getInteger("--digits", 0, 1);
        if (!level || !digits)
          return fail("quantize: " + (level ? digits.error() : level.error()).message, kUsage);
        if (*digits > 32)
          return fail("quantize: --digits requires at most 32, but got " + std::to_string(*digits),
                      kUsage);
        options.powers = *level != MulFree::No;
        options.digits = arguments.has("--digits")    ? unsigned(*digits)
                         : *level >= MulFree::Compute ? kMulFreeDigits
                                                      : 0;
        return transform(arguments, options, buildQuantizePipeline);
      }};
}

Verb makeRecipesVerb() {
  return {"recipes", "", "list the built-in recipes", {}, 0, [](const Arguments &) {
            for (const auto &[name, description] : listRecipes())
              std::cout << name << "  " << description << "\n";
            return int(kOk);
          }};
}

} // namespace tally

//===- QuantizeVerbs.cpp - import, calibrate, quantize, recipes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Quantize.h"

#include <iostream>

namespace tally {

namespace {

struct ImportVerb : Verb {
  ImportVerb()
      : Verb("import", "NET.onnx|NET.tosa.mlir -o NET.mlir",
             "read a network: ONNX, or TOSA operations where the name ends in .mlir") {
    options.addFile(input);
    addModule(options, output);
    addImport(options, import);
    addNormalisation(options, images);
    mlirOptions.addTo(options);
  }

  Status prepare() override { return chooseModule(output); }
  Files files() const override { return {{input}, {output}, ""}; }

  int run() override {
    import.outputs = files().outputs;
    Session session;
    Result<Network> module = llvm::StringRef(input).ends_with(".mlir")
                                 ? session.importTosa(input)
                                 : session.importOnnx(input, import);
    if (!module)
      return fail(module.error());
    if (Result<bool> recorded = recordImages(**module, images); !recorded)
      return fail(recorded.error());
    return finish(session.save(**module, output));
  }

  std::string input, output;
  OnnxImportOptions import;
  ImageOptions images;
};

struct CalibrateVerb : Verb {
  CalibrateVerb()
      : Verb("calibrate", "NET.mlir --data DATA [--limit N] -o NET.cal.mlir",
             "record the ranges of a float network's values on images (500 by default)") {
    options.addFile(input);
    addModule(options, output);
    addImages(options, job.images, /*required=*/true);
    addUntil(options, job.until);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status prepare() override { return chooseModule(output); }
  Files files() const override { return {inputFiles(input, job.images), {output}, ""}; }

  int run() override {
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    if (Status calibrated = calibrate(**module, job); !calibrated)
      return fail(calibrated.error());
    return finish(session.save(**module, output));
  }

  std::string input, output;
  CalibrateJob job;
};

struct QuantizeVerb : Verb {
  QuantizeVerb()
      : Verb("quantize", "NET.cal.mlir --recipe RECIPE [--data DATA] -o NET.q.mlir",
             "turn a calibrated network into an integer one") {
    options.addFile(input);
    addModule(options, output);
    options.addRequired(recipeRow(), job.recipe);
    addMulFree(options, job.mulFree);
    options.add({"--digits", "N",
                 "most signed digits of a multiplier (default " + std::to_string(kMulFreeDigits) +
                     " with --mul-free=compute or strict, else any)"},
                digits);
    addImages(options, job.images, /*required=*/false);
    addUntil(options, job.until);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status prepare() override { return chooseModule(output); }
  Files files() const override {
    Files files = {inputFiles(input, job.images), {output}, ""};
    files.inputs.push_back(job.recipe);
    return files;
  }

  int run() override {
    if (digits)
      job.digits = digits;
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<QuantizeSummary> summary = quantize(**module, job);
    if (!summary)
      return fail(summary.error());
    if (Status saved = session.save(**module, output); !saved)
      return fail(saved.error());
    if (!quiet)
      std::cerr << toText(*summary);
    return kOk;
  }

  std::string input, output;
  int64_t digits = 0;
  QuantizeJob job;
};

struct RecipesVerb : Verb {
  RecipesVerb()
      : Verb("recipes", "[NAME | --keys]",
             "list the built-in recipes, print one, or say what a recipe can say") {
    options.addOptional(name);
    options.add({"--keys", "", "the keys of recipes: values, default, what they are for"}, keys);
  }

  int run() override {
    if (keys && !name.empty())
      return fail({"takes a name or --keys, but not both", ErrorKind::Usage});
    if (keys)
      return printKeys();
    if (!name.empty())
      return print(name);
    for (const auto &[name, description] : listRecipes())
      std::cout << name << "  " << description << "\n";
    return kOk;
  }

  /// As a file that one can change and pass to --recipe.
  int print(const std::string &recipe) const {
    Result<std::string> text = getBuiltinRecipe(recipe);
    if (!text)
      return fail(text.error());
    std::cout << *text;
    return kOk;
  }

  static int printKeys() {
    std::vector<RecipeKey> rows = listRecipeKeys();
    for (bool ofNetwork : {true, false}) {
      std::cout << (ofNetwork ? "keys of \"network\":\n" : "keys of a rule:\n");
      for (const RecipeKey &key : rows)
        if (key.ofNetwork == ofNetwork)
          std::cout << "  " << key.name << ": " << key.values << " (default " << key.standard
                    << ")  " << key.about << "\n";
    }
    std::cout << "keys of \"train\":\n";
    for (const TrainKeyRow &key : listTrainKeys())
      std::cout << "  " << key.name << ": " << key.values << " (default " << key.standard << ")  "
                << key.about << "\n";
    return kOk;
  }

  std::string name;
  bool keys = false;
};

} // namespace

std::unique_ptr<Verb> makeImportVerb() { return std::make_unique<ImportVerb>(); }
std::unique_ptr<Verb> makeCalibrateVerb() { return std::make_unique<CalibrateVerb>(); }
std::unique_ptr<Verb> makeQuantizeVerb() { return std::make_unique<QuantizeVerb>(); }
std::unique_ptr<Verb> makeRecipesVerb() { return std::make_unique<RecipesVerb>(); }

} // namespace tally

//===- QuantizeVerbs.cpp - import, calibrate, quantize, recipes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Quantize.h"
#include "tally/Support/Output.h"

#include <algorithm>

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
    addNumbers(
        options,
        {"--bits", "LIST",
         "a network for each of these widths of a trained one's weights, the widest as it was "
         "trained, as OUT.Nbit.q.mlir; wider layers stay"},
        bits, 2, 8);
    addImages(options, job.images, /*required=*/false);
    addUntil(options, job.until);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status prepare() override {
    if (!bits.empty() && (output.empty() || output == "-"))
      return Error{"--bits writes a file for each width: requires -o FILE", ErrorKind::Usage};
    if (!bits.empty() && input == "-")
      return Error{"--bits reads the network once for each width: requires a file",
                   ErrorKind::Usage};
    if (!bits.empty() && !job.until.empty())
      return Error{"takes --bits or --until, but not both", ErrorKind::Usage};
    return chooseModule(output);
  }

  /// `net.q.mlir` is `net.4bit.q.mlir`.
  std::string outputOf(int width) const {
    size_t name = output.rfind('/') == std::string::npos ? 0 : output.rfind('/') + 1;
    size_t dot = std::min(output.find('.', name), output.size());
    return output.substr(0, dot) + "." + std::to_string(width) + "bit" + output.substr(dot);
  }

  Files files() const override {
    Files files = {inputFiles(input, job.images), {}, ""};
    for (int width : bits)
      files.outputs.push_back(outputOf(width));
    if (bits.empty())
      files.outputs.push_back(output);
    files.inputs.push_back(job.recipe);
    return files;
  }

  /// All of them or none.
  int runWidths() {
    std::vector<std::string> texts;
    texts.reserve(bits.size()); // files refer to them
    std::vector<OutputFile> written;
    job.widestBits = *std::max_element(bits.begin(), bits.end());
    std::string said;
    for (int width : bits) {
      Session session;
      Result<Network> module = session.load(input);
      if (!module)
        return fail(module.error());
      job.weightBits = width;
      Result<QuantizeSummary> summary = quantize(**module, job);
      if (!summary)
        return fail(summary.error());
      said += outputOf(width) + ": " + toText(*summary);
      texts.push_back(Session::print(**module));
      written.push_back({outputOf(width), texts.back()});
    }
    if (Status done = writeFilesAtomically(written); !done)
      return fail(done.error());
    if (!quiet)
      std::cerr << said;
    return kOk;
  }

  int run() override {
    if (digits)
      job.digits = digits;
    if (!bits.empty())
      return runWidths();
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
  std::vector<int> bits;
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

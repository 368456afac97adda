//===- SearchVerb.cpp - tally search --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Quantize.h"
#include "tally/Driver/Search.h"
#include "tally/Support/Spelling.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace tally {

namespace {

struct SearchVerb : Verb {
  SearchVerb()
      : Verb("search", "NET.mlir --data DATA --budget KIND=VALUE -o RECIPE",
             "choose bits and arithmetic of each layer within a budget, by what each layer alone "
             "does to the results; the choice is a recipe") {
    options.addFile(job.network);
    options.addRequired({"-o", "RECIPE", "where the recipe goes; - for stdout"}, output);
    options.addRequired(
        {"--budget", "KIND=VALUE",
         "bytes=N of constants at the width of their codes; bops=N of bit operations of an "
         "image; energy=X of an image, such as 9uJ; time=X of an image on one thread, such as "
         "0.3ms; or "
         "accuracy-drop=POINTS, for the fewest bytes that keep within it"},
        budget);
    options.add({"--recipe", "RECIPE",
                 "what all layers get that are not searched for, and what else is not (default: 8 "
                 "bits everywhere)"},
                job.recipe);
    addNumbers(options,
               {"--bits", "LIST", "widths of weights to choose from (default 2,3,4,5,6,8)"},
               job.bits, 2, 8);
    addFormats();
    addNumbers(options,
               {"--activation-bits", "LIST",
                "widths of convolutions' inputs to choose from (default: the recipe's)"},
               job.activationBits, 2, 8);
    options.add({"--only", "REGEX", "whole names of layers that may change; others stay"},
                job.only);
    options.add({"--fit", "", "fit adder layers while they are measured, too: slower"}, job.fit);
    options.add({"--judge", "DATA",
                 "images that accuracy is measured on (default: those of --data, which recipes fit "
                 "on)"},
                job.judgeData);
    options.add({"--keep", "DIR",
                 "keep what is measured there; what is there already is not done again, unless "
                 "network, images or options are others"},
                job.directory);
    options.add({"--points", "N", "so many budgets in the table, 0 for none (default 8)"},
                job.points, /*least=*/0);
    addJson(options, json, "what was found as JSON; - for stdout, the table then goes to stderr");
    addPlot(options, plot, "draw accuracy and loss by budget");
    options.add(
        {"--energy", "FILE", "picojoules by kind and width, in place of the built-in 45 nm table"},
        job.energyTable);
    addThreads(options, job.threads, "worker threads (default: all processors)");
    addImages(options, job.images, /*required=*/true);
    addQuiet(options, quiet);
  }

  void addFormats() {
    options.add({"--formats", "LIST", "levels of convolutions' weights to choose from",
                 "uniform, pot and apot, separated by commas"},
                [this](const std::string &text) -> Status {
                  const std::vector<std::string> known = {"uniform", "pot", "apot"};
                  job.formats.clear();
                  for (const std::string &word : splitByCommas(text)) {
                    if (std::find(known.begin(), known.end(), word) == known.end())
                      return Error{"--formats requires some of " + listQuoted(known) +
                                   ", but got '" + word + "'" + didYouMean(word, known)};
                    if (std::find(job.formats.begin(), job.formats.end(), word) !=
                        job.formats.end())
                      return Error{"--formats has " + word + " twice"};
                    job.formats.push_back(word);
                  }
                  return Done();
                });
  }

  Status prepare() override {
    Result<SearchBudget> parsed = SearchBudget::parse(budget);
    if (!parsed)
      return parsed.error();
    job.budget = *parsed;
    if (job.points == 1)
      return Error{"--points requires 0, or at least 2, but got 1"};
    return Done();
  }

  Files files() const override {
    Files files = {inputFiles(job.network, job.images), {output, json, plot}, ""};
    for (const std::string &file : listDataFiles(job.judgeData))
      files.inputs.push_back(file);
    if (!job.recipe.empty() && !isBuiltinRecipe(job.recipe))
      files.inputs.push_back(job.recipe);
    files.inputs.push_back(job.energyTable);
    if (table() == stdout)
      files.outputs.push_back("-");
    return files;
  }

  /// Where people read; files may take stdout.
  std::FILE *table() const { return output == "-" || json == "-" || plot == "-" ? stderr : stdout; }

  int run() override {
    if (job.judgeData.empty())
      std::fprintf(stderr, "tally: note: accuracy is measured on the images of --data, which "
                           "layers are chosen by too; --judge DATA gives others\n");
    Result<Search> found = search(job);
    if (!found)
      return fail(found.error());
    std::string object = toJson(job, *found), figure = toSvg(job, *found);
    std::vector<OutputFile> written = {{output, found->recipe}};
    if (!json.empty())
      written.push_back({json, object});
    if (!plot.empty())
      written.push_back({plot, figure});
    if (Status done = writeFilesAtomically(written); !done)
      return fail(done.error());
    std::fputs(toText(job, *found).c_str(), table());
    return kOk;
  }

  std::string budget, output, json, plot;
  SearchJob job;
};

} // namespace

std::unique_ptr<Verb> makeSearchVerb() { return std::make_unique<SearchVerb>(); }

} // namespace tally

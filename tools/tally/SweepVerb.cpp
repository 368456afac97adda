//===- SweepVerb.cpp - tally sweep ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Quantize.h"
#include "tally/Driver/Sweep.h"
#include "tally/Support/Text.h"

#include <cstdio>

namespace tally {

namespace {

struct SweepVerb : Verb {
  SweepVerb()
      : Verb("sweep", "NET.cal.mlir --recipes PATTERNS --data DATA [-o DIR] [--json F] [--csv F]",
             "quantize by many recipes: accuracy (without labels, SQNR), bytes, energy and time of "
             "each "
             "in one table") {
    options.addFile(job.network);
    options.addRequired({"--recipes", "PATTERNS",
                         "names and files, separated by commas; {8,4} for each of several, * for "
                         "all built-in recipes that match: 'adder-w{8,4}a*,pot-w4a8'"},
                        patterns);
    options.add({"--fit", "DATA",
                 "images that recipes measure outputs on (default: the first 500 of --data)"},
                job.fit);
    options.add({"-o", "DIR",
                 "keep each recipe's figures and network there; what is there already is not done "
                 "again, unless network, images, recipe or options are others"},
                job.directory);
    addJson(options, json, "the table as JSON; - for stdout, the table then goes to stderr");
    options.add({"--csv", "FILE", "the table as comma-separated values"}, csv);
    addMulFree(options, job.mulFree);
    options.add(
        {"--energy", "FILE", "picojoules by kind and width, in place of the built-in 45 nm table"},
        job.energyTable);
    addThreads(options, job.threads, "worker threads to evaluate (default: all processors)");
    addImages(options, job.images, /*required=*/true);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  /// What patterns stand for is known once all options are read.
  Status prepare() override {
    Result<std::vector<std::string>> recipes = expandRecipes(patterns);
    if (!recipes)
      return recipes.error();
    job.recipes = *recipes;
    Result<std::vector<std::string>> files = listSweepFiles(job);
    if (!files)
      return files.error();
    if (!job.directory.empty())
      kept = *files;
    return Done();
  }

  Files files() const override {
    Files files = {inputFiles(job.network, job.images), kept, job.directory};
    for (const std::string &file : listDataFiles(job.fit))
      files.inputs.push_back(file);
    for (const std::string &recipe : job.recipes)
      if (!isBuiltinRecipe(recipe))
        files.inputs.push_back(recipe);
    files.inputs.push_back(job.energyTable);
    files.outputs.insert(files.outputs.end(), {json, csv});
    if (table() == stdout)
      files.outputs.push_back("-");
    return files;
  }

  /// Where people read; files may take stdout.
  std::FILE *table() const { return json == "-" || csv == "-" ? stderr : stdout; }

  int run() override {
    if (job.fit.empty())
      std::fprintf(stderr, "tally: note: recipes that measure outputs do so on images of --data, "
                           "which they are judged by too; --fit DATA gives others\n");
    SweepRow floatNetwork;
    Result<Sweep> swept = sweep(job, [&](const SweepRow &row) {
      if (row.recipe.empty()) {
        floatNetwork = row;
        std::fputs(formatSweepHeader(job, row).c_str(), table());
      }
      std::fputs(formatSweepRow(job, row, floatNetwork).c_str(), table());
      std::fflush(table());
    });
    if (!swept)
      return fail(swept.error());
    std::string object = toJson(job, *swept), values = toCsv(*swept);
    std::vector<OutputFile> written;
    if (!json.empty())
      written.push_back({json, object});
    if (!csv.empty())
      written.push_back({csv, values});
    if (Status done = writeFilesAtomically(written); !done)
      return fail(done.error());
    if (size_t failed = swept->countFailed())
      return fail(
          {std::to_string(failed) + " of " + counted(job.recipes.size(), "recipe") + " failed"});
    return kOk;
  }

  std::string patterns, json, csv;
  std::vector<std::string> kept;
  SweepJob job;
};

} // namespace

std::unique_ptr<Verb> makeSweepVerb() { return std::make_unique<SweepVerb>(); }

} // namespace tally

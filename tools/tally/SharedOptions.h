//===- SharedOptions.h - options that several verbs have --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each is spelt, explained and read here and nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TOOLS_TALLY_SHAREDOPTIONS_H
#define TALLY_TOOLS_TALLY_SHAREDOPTIONS_H

#include "Options.h"
#include "tally/Driver/EmitC.h"
#include "tally/Driver/Images.h"
#include "tally/Driver/Session.h"

namespace tally {

/// --adder-layers, --batch, --logits
void addImport(Options &options, OnnxImportOptions &import);

/// --mean, --std, --renormalise
void addNormalisation(Options &options, ImageOptions &images);

/// --data, --limit and those of `addNormalisation`
void addImages(Options &options, ImageOptions &images, bool required);

/// A network and the images that go with it, as files.
std::vector<std::string> inputFiles(const std::string &network, const ImageOptions &images);

/// -o for a module; stdout by default, see `chooseModule`.
void addModule(Options &options, std::string &path);

/// Where nothing is given, makes `path` stdout. A terminal is an error: nobody reads a module
/// there.
Status chooseModule(std::string &path);

/// --recipe
OptionRow recipeRow();

/// --mul-free
void addMulFree(Options &options, std::optional<MulFree> &level);

/// --core
void addCore(Options &options, std::optional<Core> &core);
/// `--target` of what emits C.
void addCTarget(Options &options, std::string &target);

/// --mcpu
void addProcessor(Options &options, std::string &processor);

/// --target, for what it does
void addTarget(Options &options, std::string &target, const std::string &help);

/// --name
void addName(Options &options, std::string &name);

/// --threads, for what they do
void addThreads(Options &options, int64_t &threads, const char *purpose);

/// --json, for what goes there
void addJson(Options &options, std::string &path, const char *contents);

std::vector<std::string> splitByCommas(const std::string &text);

/// Whole numbers in `low..high`, separated by commas, none of them twice.
void addNumbers(Options &options, const OptionRow &row, std::vector<int> &numbers, int low,
                int high);

/// --plot, an SVG
void addPlot(Options &options, std::string &path, const char *contents);

/// --explain
void addExplain(Options &options, bool &explain);

/// --quiet, for verbs that take long
void addQuiet(Options &options, bool &quiet);

/// --until
void addUntil(Options &options, std::string &pass);

} // namespace tally

#endif // TALLY_TOOLS_TALLY_SHAREDOPTIONS_H

//===- SharedOptions.cpp - options that several verbs have ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"

#include "tally/Driver/Compile.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace tally {

void addImport(Options &options, OnnxImportOptions &import) {
  options.add(
      {"--adder-layers", "REGEX", "whole names of nodes, or weights, that are adder layers"},
      import.adderLayers);
  options.add({"--batch", "N", "size of a leading dimension without a number (default 1)"},
              import.batch);
  options.add({"--logits", "", "leave out a Softmax that ends the network"}, import.logits);
}

void addNormalisation(Options &options, ImageOptions &images) {
  options.add({"--mean", "M[,M,M]", "subtracted from images scaled to 0..1, per channel"},
              images.mean);
  options.add({"--std", "S[,S,S]", "divides the images afterwards; the network remembers both"},
              images.std, /*positive=*/true);
  options.add(
      {"--renormalise", "",
       "what images are normalised by or scaled to may differ from what the network remembers"},
      images.renormalise);
}

/// Pixels of a side.
static void addSize(Options &options, const OptionRow &row, ImageSize &size) {
  options.add(row, [&size, name = row.name](const std::string &text) -> Status {
    auto value = ImageSize::parse(text);
    if (!value)
      return Error{name + " requires N or HxW, from 1 to " + std::to_string(ImageSize::kMax) +
                   " pixels, but got '" + text + "'"};
    size = *value;
    return Done();
  });
}

void addImages(Options &options, ImageOptions &images, bool required) {
  OptionRow data = {
      "--data", "DATA",
      "mnist:DIR:SPLIT, cifar10:DIR:SPLIT, npy:X.npy[,Y.npy], npz:FILE with an array for each "
      "input, or images:DIR, which has a folder for each class; #FIRST-LAST behind it"};
  if (required)
    options.addRequired(data, images.data);
  else
    options.add(data, images.data);
  options.add({"--limit", "N", "at most N images, of a folder from all classes"}, images.limit);
  addSize(options,
          {"--resize", "N|HxW",
           "scale images of a folder, the shorter side to N pixels or both to H and W"},
          images.scaling.resize);
  addSize(options, {"--crop", "N|HxW", "cut N x N or H x W pixels out of their middle afterwards"},
          images.scaling.crop);
  options.add({"--strict-data", "", "a damaged image of a folder is an error; else it is left out"},
              images.strict);
  addNormalisation(options, images);
}

std::vector<std::string> inputFiles(const std::string &network, const ImageOptions &images) {
  std::vector<std::string> files = listDataFiles(images.data);
  files.push_back(network);
  return files;
}

void addModule(Options &options, std::string &path) {
  options.add(
      {"-o", "FILE", "where the module goes; - for stdout (default, unless that is a terminal)"},
      path);
}

Status chooseModule(std::string &path) {
  if (path.empty() && ::isatty(STDOUT_FILENO))
    return Error{"requires -o FILE for the module; -o - writes it to the terminal"};
  if (path.empty())
    path = "-";
  return Done();
}

OptionRow recipeRow() {
  return {"--recipe", "RECIPE", "a built-in name (see tally recipes) or a file"};
}

void addMulFree(Options &options, std::optional<MulFree> &level) {
  OptionRow row = {"--mul-free", "LEVEL",
                   "no multiplications in sums (macs), on data (compute) or at all (strict)",
                   "macs, compute, strict or no"};
  options.add(row, [&level, row](const std::string &text) -> Status {
    level = symbolizeMulFree(text);
    if (level)
      return Done();
    return Error{row.name + " requires " + row.choices + ", but got '" + text + "'"};
  });
}

void addCore(Options &options, std::optional<Core> &core) {
  OptionRow row = {"--core", "CORE",
                   "what C is for: multiplier (default without --target), barrel-shifter or "
                   "serial-shifter; chooses how layers of powers of two compute",
                   "multiplier, barrel-shifter or serial-shifter"};
  options.add(row, [&core, row](const std::string &text) -> Status {
    core = symbolizeCore(text);
    if (core)
      return Done();
    return Error{row.name + " requires " + row.choices + ", but got '" + text + "'"};
  });
}

void addCTarget(Options &options, std::string &target) {
  options.add(
      {"--target", "PROCESSOR",
       "what C is to be fast on: of ARM by LLVM's name, such as cortex-m4, or an instruction "
       "set of RISC-V, such as rv32i; it runs everywhere (default: any)"},
      target);
}

void addProcessor(Options &options, std::string &processor) {
  options.add({"--mcpu", "X",
               "processor by LLVM's name, or native (default " + CpuTarget::portable().str() + ")"},
              processor);
}

void addTarget(Options &options, std::string &target, const std::string &help) {
  options.add({"--target", "TRIPLE", help}, target);
}

void addName(Options &options, std::string &name) {
  options.add(
      {"--name", "NAME",
       "prefix of the C names, such as NAME_run; programs of several networks need one for each "
       "(default " +
           name + ")"},
      name);
}

void addThreads(Options &options, int64_t &threads, const char *purpose) {
  options.add({"--threads", "N", purpose}, threads);
}

void addJson(Options &options, std::string &path, const char *contents) {
  options.add({"--json", "FILE", contents}, path);
}

std::vector<std::string> splitByCommas(const std::string &text) {
  std::vector<std::string> words(1);
  for (char c : text)
    if (c == ',')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

void addNumbers(Options &options, const OptionRow &row, std::vector<int> &numbers, int low,
                int high) {
  options.add(row, [&numbers, name = row.name, low, high](const std::string &text) -> Status {
    numbers.clear();
    for (const std::string &word : splitByCommas(text)) {
      bool isNumber = !word.empty() && word.size() < 4 &&
                      word.find_first_not_of("0123456789") == std::string::npos;
      int number = isNumber ? std::stoi(word) : -1;
      if (number < low || number > high)
        return Error{name + " requires numbers in " + std::to_string(low) + ".." +
                     std::to_string(high) + ", separated by commas, but got '" + text + "'"};
      if (std::find(numbers.begin(), numbers.end(), number) != numbers.end())
        return Error{name + " has " + word + " twice"};
      numbers.push_back(number);
    }
    return Done();
  });
}

void addPlot(Options &options, std::string &path, const char *contents) {
  options.add({"--plot", "FILE.svg", contents}, [&path](const std::string &text) -> Status {
    if (text != "-" && !llvm::StringRef(text).ends_with(".svg"))
      return Error{"--plot writes SVG: requires a name that ends in .svg, but got '" + text + "'"};
    path = text;
    return Done();
  });
}

void addExplain(Options &options, bool &explain) {
  options.add({"--explain", "",
               "also which kernel and tile each layer got, and why no kernel asked before"},
              explain);
}

void addQuiet(Options &options, bool &quiet) {
  options.add({"--quiet", "", "no progress and no summary on stderr"}, quiet);
}

void addUntil(Options &options, std::string &pass) {
  options.add({"--until", "PASS", "stop after this pass and write the module as it is then"}, pass);
}

} // namespace tally

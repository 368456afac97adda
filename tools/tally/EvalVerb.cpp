//===- EvalVerb.cpp - accuracy on a data set ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Data/Npy.h"
#include "tally/Measure/CompareLayers.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Support/File.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace mlir;

namespace tally {

/// Where the integer network departs from the float one, as a table and as JSON.
static Result<nlohmann::json> reportLayers(Session &session, ModuleOp module, std::FILE *table,
                                           const std::string &floatPath, const Dataset &dataset,
                                           int64_t images) {
  auto reference = session.load(floatPath);
  if (!reference)
    return Error{"requires the float network to compare layers: --per-layer NET.mlir"};
  FailureOr<std::vector<LayerComparison>> layers =
      compareLayers(*reference, module, dataset, images);
  if (failed(layers))
    return Error{"layers cannot be compared"};
  nlohmann::json rows = nlohmann::json::array();
  std::fprintf(table, "%-32s %10s %10s %12s  %s\n", "layer", "SQNR dB", "cosine", "max |diff|",
               "at");
  for (const LayerComparison &layer : *layers) {
    const Comparison &c = layer.comparison;
    if (!layer.leftOut.empty()) {
      std::fprintf(table, "%-32s not compared: %s\n", layer.name.c_str(), layer.leftOut.c_str());
      rows.push_back({{"name", layer.name}, {"left_out", layer.leftOut}});
      continue;
    }
    std::fprintf(table, "%-32s %10.2f %10.6f %12.6f  %s\n", layer.name.c_str(), c.sqnr(),
                 c.cosine(), c.maxAbsDifference(), layer.value.c_str());
    rows.push_back({{"name", layer.name},
                    {"value", layer.value},
                    {"sqnr_db", c.sqnr()},
                    {"cosine", c.cosine()},
                    {"max_abs_difference", c.maxAbsDifference()}});
  }
  return rows;
}

static int runEval(const Arguments &arguments) {
  static const std::map<std::string, Backend> kBackends = {
      {"ref", Backend::Reference}, {"cpu", Backend::Cpu}, {"c", Backend::C}};
  if (!arguments.has("--data"))
    return fail("eval: requires --data DATA", kUsage);
  auto backend = kBackends.find(arguments.get("--on", "cpu"));
  if (backend == kBackends.end())
    return fail("eval: --on requires ref, cpu or c, but got '" + arguments.get("--on") + "'",
                kUsage);
  Result<int64_t> limit = arguments.getInteger("--limit", 0, 1);
  Result<int64_t> threads = arguments.getInteger("--threads", 0, 1);
  Result<std::vector<float>> mean = arguments.getNumbers("--mean"),
                             std = arguments.getNumbers("--std");
  for (const std::string &message :
       {limit.error().message, threads.error().message, mean.error().message, std.error().message})
    if (!message.empty())
      return fail("eval: " + message, kUsage);

  Result<MulFree> level = readMulFree(arguments);
  if (!level)
    return fail("eval: " + level.error().message, kUsage);
  Result<Core> core = readCore(arguments);
  if (!core)
    return fail("eval: " + core.error().message, kUsage);
  if (arguments.has("--core") && backend->second != Backend::C)
    return fail("eval: --core requires --on c", kUsage);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  *level = chooseMulFree(arguments, *module);
  if (int status = checkMulFree(*module, *level); status != kOk)
    return status;
  takeNormalisation(*module, *mean, *std);
  Result<Dataset> dataset = openDataset(arguments.get("--data"), {*mean, *std});
  if (!dataset)
    return fail(dataset.error().message);
  FailureOr<Evaluation> result =
      evaluate(*module, *dataset, {backend->second, *limit, int(*threads), *level, *core});
  if (failed(result))
    return kUserError;

  if (result->interrupted && result->images == 0)
    return fail("interrupted before the first image");
  std::FILE *table = arguments.get("--json") == "-" ? stderr : stdout;
  double milliseconds = 1000 * result->seconds / double(std::max<int64_t>(1, result->images));
  std::fprintf(table, "top-1 %.2f %%  top-5 %.2f %%  %lld images  %.1f s  %.3f ms/image\n",
               100 * result->top1, 100 * result->top5, (long long)result->images, result->seconds,
               milliseconds);
  int64_t wanted = *limit ? std::min(*limit, dataset->size()) : dataset->size();
  if (result->images < wanted && !result->interrupted)
    std::cerr << "tally: note: " << wanted - result->images
              << " images are left out, because the network takes several at a time\n";
  if (result->interrupted)
    return fail("interrupted: these are the images so far");
  nlohmann::json layers;
  if (arguments.has("--per-layer")) {
    constexpr int64_t kLayerImages = 100;
    Result<nlohmann::json> rows =
        reportLayers(session, *module, table, arguments.get("--per-layer"), *dataset,
                     std::min(kLayerImages, result->images));
    if (!rows)
      return fail(rows.error().message);
    layers = *rows;
  }
  if (arguments.has("--json")) {
    nlohmann::json report = {{"top1", result->top1},
                             {"top5", result->top5},
                             {"images", result->images},
                             {"seconds", result->seconds},
                             {"ms_per_image", milliseconds},
                             {"network", arguments.input()},
                             {"data", arguments.get("--data")},
                             {"backend", backend->first}};
    if (!layers.is_null())
      report["layers"] = layers;
    // Names may hold any bytes.
    std::string text = report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    if (Result<Done> written = writeFileAtomically(arguments.get("--json"), text + "\n"); !written)
      return fail(written.error().message);
  }
  if (arguments.has("--outputs"))
    if (Result<Done> written = writeNpy(arguments.get("--outputs"), result->outputs); !written)
      return fail(written.error().message);
  return kOk;
}

Verb makeEvalVerb() {
  return {
      "eval",
      "NET.mlir --data DATA [--limit N] [--on ref|cpu|c]",
      "accuracy of a float or integer network on a data set",
      withImageOptions(
          {{"--on", "BACKEND", "ref: scalar reference; cpu: compiled (default); c: emitted C"},
           mulFreeOption(),
           coreOption(),
           {"--threads", "N", "worker threads (default: all processors)"},
           {"--per-layer", "NET.mlir", "compare each layer with this float network, on 100 images"},
           {"--json", "FILE", "top1, top5, images, seconds, ..."},
           {"--outputs", "FILE.npy", "the results of every image, as floats"}}),
      1,
      runEval};
}

} // namespace tally

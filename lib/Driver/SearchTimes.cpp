//===- SearchTimes.cpp - how long layers take in their formats ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/SearchTimes.h"

#include "Driver/FirstError.h"
#include "tally/Driver/Benchmark.h"
#include "tally/Support/Progress.h"

using namespace mlir;

namespace tally {

/// Of the network that a recipe makes, in a context of its own.
static Result<Benchmark> run(const SearchProbes &probes, const std::string &recipe, bool fits,
                             bool perLayer) {
  Session session;
  FirstError errors(session.context(), nullptr);
  Result<Network> module = probes.quantize(session, recipe, fits);
  if (!module)
    return Error{errors.explain(module.error())};
  BenchmarkJob job;
  job.perLayer = perLayer;
  Result<Benchmarked> benchmarked = benchmark(**module, job);
  if (!benchmarked)
    return Error{errors.explain(benchmarked.error())};
  return std::move(benchmarked->times);
}

/// Seconds by layer; what several layers take together is shared out evenly.
static std::map<std::string, double> getSeconds(const Benchmark &times) {
  std::map<std::string, double> seconds;
  for (const LayerTime &time : times.profile->layers)
    for (const std::string &layer : time.layers)
      seconds[layer] += time.seconds / double(time.layers.size());
  return seconds;
}

Status measureTimes(const SearchRecipe &recipe, const SearchProbes &probes,
                    std::vector<SearchedLayer> &layers) {
  std::vector<LayerFormat> formats;
  for (const SearchedLayer &layer : layers)
    for (const SearchedLayer::Option &option : layer.options)
      if (option.error.empty() && !llvm::is_contained(formats, option.format))
        formats.push_back(option.format);
  Progress progress("timing formats", int64_t(formats.size()) + 1, "networks");
  ProgressSilence silence;
  // Which weights are chosen is nothing to time, so nothing is fitted.
  Result<Benchmark> base = run(probes, recipe.forMeasuring({}, /*fit=*/false), false, true);
  if (!base)
    return base.error();
  std::map<std::string, double> before = getSeconds(*base);
  progress.advance(1);
  for (const LayerFormat &format : formats) {
    SearchRecipe::Formats all;
    for (const SearchedLayer &layer : layers)
      for (const SearchedLayer::Option &option : layer.options)
        if (option.error.empty() && option.format == format)
          all.emplace_back(&layer, format);
    Result<Benchmark> times =
        run(probes, recipe.forMeasuring(all, /*fit=*/false), format.needsImages(), true);
    if (!times)
      return times.error();
    std::map<std::string, double> seconds = getSeconds(*times);
    for (SearchedLayer &layer : layers)
      for (SearchedLayer::Option &option : layer.options)
        if (option.format == format) {
          if (!before.count(layer.name) || !seconds.count(layer.name))
            return Error{"the time of layer '" + layer.name + "' cannot be told from others'"};
          option.cost = seconds[layer.name] - before[layer.name];
        }
    progress.advance(1);
  }
  return Done();
}

Result<double> measureTime(const SearchProbes &probes, const std::string &recipe, bool fits) {
  Result<Benchmark> times = run(probes, recipe, fits, /*perLayer=*/false);
  return times ? Result<double>(times->median) : times.error();
}

} // namespace tally

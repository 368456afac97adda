//===- BenchVerb.cpp - how fast a network runs here -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerTable.h"
#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Benchmark.h"
#include "tally/Support/Text.h"

#include <cstdio>

namespace tally {

static void print(std::FILE *to, const Benchmark &result, const std::string &processor) {
  bool small = result.median < 1e-4;
  double scale = small ? 1e6 : 1e3;
  const char *unit = small ? "us" : "ms";
  std::fprintf(to, "%-12s %12s %12s %12s %12s\n", "", "median", "min", "max", "calls");
  std::fprintf(to, "%-12s %9.4f %s %9.4f %s %9.4f %s %12lld\n", "latency", scale * result.median,
               unit, scale * result.min, unit, scale * result.max, unit, (long long)result.runs);
  if (const auto &shared = result.shared)
    std::fprintf(to, "%-12s %9.4f %s %9.4f %s %9.4f %s %12lld\n",
                 ("on " + std::to_string(result.threads)).c_str(), scale * shared->median, unit,
                 scale * shared->min, unit, scale * shared->max, unit, (long long)shared->runs);
  if (result.threads)
    std::fprintf(to, "%-12s %9.1f images/s on %d threads, %lld images in %.2f s\n", "throughput",
                 double(result.images) / result.seconds, result.threads, (long long)result.images,
                 result.seconds);
  std::fprintf(to,
               "per image, batch %lld, workspace %lld bytes, compiled in %.2f "
               "s for %s\n",
               (long long)result.batch, (long long)result.workspaceBytes, result.compileSeconds,
               processor.c_str());
  double total = 0;
  for (const Benchmark::Step &step : result.steps)
    total += step.seconds;
  int number = 0;
  for (const Benchmark::Step &step : result.steps)
    std::fprintf(to, "%4d  %-32s %9.4f %s %5.1f %%\n", ++number, printable(step.name).c_str(),
                 scale * step.seconds, unit, 100 * step.seconds / total);
  if (result.profile)
    print(to, *result.profile);
  if (result.explanation)
    std::fprintf(to, "\n%s", toText(*result.explanation).c_str());
}

static nlohmann::json toJson(const Benchmark &result) {
  double milli = 1e3;
  nlohmann::json report = {{"batch", result.batch},
                           {"workspace_bytes", result.workspaceBytes},
                           {"compile_seconds", result.compileSeconds},
                           {"latency",
                            {{"median_ms", milli * result.median},
                             {"min_ms", milli * result.min},
                             {"max_ms", milli * result.max},
                             {"runs", result.runs}}}};
  if (const auto &shared = result.shared)
    report["latency_shared"] = {{"threads", result.threads},
                                {"median_ms", milli * shared->median},
                                {"min_ms", milli * shared->min},
                                {"max_ms", milli * shared->max},
                                {"runs", shared->runs}};
  if (result.threads)
    report["throughput"] = {{"threads", result.threads},
                            {"images_per_second", double(result.images) / result.seconds},
                            {"images", result.images},
                            {"seconds", result.seconds}};
  for (const Benchmark::Step &step : result.steps)
    report["steps"].push_back(
        {{"name", step.name}, {"layers", step.layers}, {"median_ms", milli * step.seconds}});
  if (result.profile)
    addTo(report, *result.profile);
  if (result.explanation)
    addTo(report, *result.explanation);
  return report;
}

namespace {

struct BenchVerb : Verb {
  BenchVerb()
      : Verb("bench",
             "NET.mlir [--threads N] [--runs N] [--steps] [--per-layer] [--roofline FILE.svg] "
             "[--explain] [--json FILE]",
             "time per image of the compiled network on random inputs") {
    options.addFile(input);
    addThreads(options, job.threads,
               "also the time of an image that N threads share, and images per second where each "
               "has its own");
    options.add({"--runs", "N", "measured calls, a thread (default: as many as take a second)"},
                job.runs);
    options.add({"--mcpu", "X", "processor by LLVM's name whose code runs here (default native)"},
                job.processor);
    addMulFree(options, job.mulFree);
    options.add({"--steps", "", "also the time of each step, from a build that keeps them apart"},
                job.steps);
    options.add({"--per-layer", "",
                 "also time, operations and bytes of each layer, and its share of what this "
                 "machine reaches at most"},
                job.perLayer);
    options.add({"--roofline", "FILE.svg", "the same as a picture"}, roofline);
    addExplain(options, job.explain);
    addJson(options, json, "the same as JSON; - for stdout, the table then goes to stderr");
    mlirOptions.addPassesTo(options);
  }

  Files files() const override {
    return {{input}, {json, roofline, json == "-" || roofline == "-" ? "" : "-"}, ""};
  }

  int run() override {
    job.perLayer |= !roofline.empty();
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<Benchmarked> result = benchmark(**module, job);
    if (!result)
      return fail(result.error());
    bool isTable = json != "-" && roofline != "-";
    print(isTable ? stdout : stderr, result->times, result->processor);
    std::string picture = roofline.empty() ? "" : draw(*result), text;
    if (!json.empty())
      text = describe(*result);
    std::vector<OutputFile> outputs;
    if (!roofline.empty())
      outputs.push_back({roofline, picture});
    if (!json.empty())
      outputs.push_back({json, text});
    return finish(writeFilesAtomically(outputs));
  }

  std::string describe(const Benchmarked &result) const {
    nlohmann::json report = toJson(result.times);
    report["network"] = input;
    report["processor"] = result.processor;
    report["mul_free"] = stringifyMulFree(result.level).str();
    // Names may hold any bytes.
    return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }

  std::string draw(const Benchmarked &result) const {
    return drawRoofline(*result.times.profile,
                        input.substr(input.rfind('/') + 1) + ", one thread of " + result.processor);
  }

  std::string input, json, roofline;
  BenchmarkJob job;
};

} // namespace

std::unique_ptr<Verb> makeBenchVerb() { return std::make_unique<BenchVerb>(); }

} // namespace tally

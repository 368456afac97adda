//===- BenchVerb.cpp - how fast a network runs here -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Measure/Benchmark.h"
#include "tally/Support/File.h"

#include <cstdio>
#include <nlohmann/json.hpp>

using namespace mlir;

namespace tally {

static void print(std::FILE *to, const Benchmark &result, const CpuTarget &target) {
  bool small = result.median < 1e-4;
  double scale = small ? 1e6 : 1e3;
  const char *unit = small ? "us" : "ms";
  std::fprintf(to, "%-12s %12s %12s %12s %12s\n", "", "median", "min", "max", "calls");
  std::fprintf(to, "%-12s %9.4f %s %9.4f %s %9.4f %s %12lld\n", "latency", scale * result.median,
               unit, scale * result.min, unit, scale * result.max, unit, (long long)result.runs);
  if (result.threads)
    std::fprintf(to, "%-12s %9.1f images/s on %d threads, %lld images in %.2f s\n", "throughput",
                 double(result.images) / result.seconds, result.threads, (long long)result.images,
                 result.seconds);
  std::fprintf(to,
               "per image, batch %lld, workspace %lld bytes, compiled in %.2f "
               "s for %s\n",
               (long long)result.batch, (long long)result.workspaceBytes, result.compileSeconds,
               target.cpu.c_str());
  double total = 0;
  for (const Benchmark::Step &step : result.steps)
    total += step.seconds;
  int number = 0;
  for (const Benchmark::Step &step : result.steps)
    std::fprintf(to, "%4d  %-32s %9.4f %s %5.1f %%\n", ++number, step.name.c_str(),
                 scale * step.seconds, unit, 100 * step.seconds / total);
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
  if (result.threads)
    report["throughput"] = {{"threads", result.threads},
                            {"images_per_second", double(result.images) / result.seconds},
                            {"images", result.images},
                            {"seconds", result.seconds}};
  for (const Benchmark::Step &step : result.steps)
    report["steps"].push_back(
        {{"name", step.name}, {"layers", step.layers}, {"median_ms", milli * step.seconds}});
  return report;
}

static int runBench(const Arguments &arguments) {
  Result<int64_t> threads = arguments.getInteger("--threads", 0, 1);
  Result<int64_t> runs = arguments.getInteger("--runs", 0, 1);
  for (const std::string &message : {threads.error().message, runs.error().message})
    if (!message.empty())
      return fail("bench: " + message, kUsage);
  if (*threads > 1024)
    return fail("bench: --threads requires at most 1024", kUsage);
  Result<MulFree> level = readMulFree(arguments);
  if (!level)
    return fail("bench: " + level.error().message, kUsage);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  *level = chooseMulFree(arguments, *module);
  if (int status = checkMulFree(*module, *level); status != kOk)
    return status;
  BenchmarkOptions options;
  options.mulFree = *level;
  options.threads = int(*threads);
  options.runs = *runs;
  options.steps = arguments.has("--steps");
  CpuTarget target = CpuTarget::host();
  FailureOr<Benchmark> result = benchmark(*module, options, target);
  if (failed(result))
    return kUserError;
  bool jsonToStdout = arguments.get("--json") == "-";
  print(jsonToStdout ? stderr : stdout, *result, target);
  if (arguments.has("--json")) {
    nlohmann::json report = toJson(*result);
    report["network"] = arguments.input();
    report["processor"] = target.cpu;
    report["mul_free"] = stringifyMulFree(*level).str();
    // Names may hold any bytes.
    std::string text = report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    if (Result<Done> written = writeFileAtomically(arguments.get("--json"), text + "\n"); !written)
      return fail(written.error().message);
  }
  return kOk;
}

Verb makeBenchVerb() {
  return {"bench",
          "NET.mlir [--threads N] [--runs N] [--steps] [--json FILE]",
          "time per image of the compiled network on random inputs",
          {{"--threads", "N", "also images per second on N threads at once"},
           {"--runs", "N", "measured calls, a thread (default: as many as take a second)"},
           mulFreeOption(),
           {"--steps", "", "also the time of each step, from a build that keeps them apart"},
           {"--json", "FILE", "the same as JSON; - for stdout, the table then goes to stderr"}},
          1,
          runBench};
}

} // namespace tally

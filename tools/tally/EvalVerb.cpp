//===- EvalVerb.cpp - accuracy on a data set ------------------------------===//

#include "Verbs.h"
#include "tally/Pipeline/Evaluate.h"
#include "tally/Run/File.h"
#include "tally/Run/Npy.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace mlir;

namespace tally {

static int runEval(const Arguments &arguments) {
  static const std::map<std::string, Backend> kBackends = {
      {"ref", Backend::Reference}, {"cpu", Backend::Cpu}, {"c", Backend::C}};
  if (!arguments.has("--data"))
    return fail("eval: requires --data DATA", kUsage);
  auto backend = kBackends.find(arguments.get("--on", "cpu"));
  if (backend == kBackends.end())
    return fail("eval: --on requires ref, cpu or c, but got '" + arguments.get("--on") + "'", kUsage);
  Result<int64_t> limit = arguments.getInteger("--limit", 0, 1);
  Result<int64_t> threads = arguments.getInteger("--threads", 0, 1);
  Result<std::vector<float>> mean = arguments.getNumbers("--mean"),
                             std = arguments.getNumbers("--std");
  for (const std::string &message :
       {limit.error().message, threads.error().message, mean.error().message, std.error().message})
    if (!message.empty())
      return fail("eval: " + message, kUsage);

  Result<Dataset> dataset = openDataset(arguments.get("--data"), {*mean, *std});
  if (!dataset)
    return fail(dataset.error().message);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  FailureOr<Evaluation> result =
      evaluate(*module, *dataset, {backend->second, *limit, int(*threads)});
  if (failed(result))
    return kUserError;

  std::printf("top-1 %.2f %%  top-5 %.2f %%  %lld images  %.1f s  %.3f ms/image\n",
              100 * result->top1, 100 * result->top5, (long long)result->images, result->seconds,
              1000 * result->seconds / double(std::max<int64_t>(1, result->images)));
  if (result->interrupted)
    return fail("interrupted: these are the images so far");
  if (arguments.has("--json")) {
    nlohmann::json report = {{"top1", result->top1},
                             {"top5", result->top5},
                             {"images", result->images},
                             {"seconds", result->seconds},
                             {"network", arguments.input()},
                             {"data", arguments.get("--data")},
                             {"backend", backend->first}};
    if (Result<Done> written = writeFileAtomically(arguments.get("--json"), report.dump(2) + "\n"); !written)
      return fail(written.error().message);
  }
  if (arguments.has("--outputs"))
    if (Result<Done> written = writeNpy(arguments.get("--outputs"), result->outputs); !written)
      return fail(written.error().message);
  return kOk;
}

Verb makeEvalVerb() {
  return {"eval",
          "NET.mlir --data DATA [--limit N] [--on ref|cpu|c]",
          "accuracy of a float or integer network on a data set",
          withImageOptions({{"--on", "BACKEND", "ref: scalar reference; cpu: compiled (default); c: emitted C"},
                            {"--threads", "N", "worker threads (default: all processors)"},
                            {"--json", "FILE", "top1, top5, images, seconds, ..."},
                            {"--outputs", "FILE.npy", "the results of every image, as floats"}}),
          1, runEval};
}

} // namespace tally

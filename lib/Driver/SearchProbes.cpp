//===- SearchProbes.cpp - many networks, measured and kept ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/SearchProbes.h"

#include "Driver/ContentHash.h"
#include "Driver/FirstError.h"
#include "tally/Cost/CostReport.h"
#include "tally/Cost/NetworkBudget.h"
#include "tally/Data/Divergence.h"
#include "tally/Driver/Quantize.h"
#include "tally/Support/Json.h"
#include "tally/Support/Output.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Support/Version.h"
#include "tally/Target/Cpu/CpuTarget.h"

#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

using namespace mlir;
using nlohmann::json;

namespace tally {

//===----------------------------------------------------------------------===//
// The float network
//===----------------------------------------------------------------------===//

/// What is cut short by a signal must not be kept.
static FailureOr<Evaluation> evaluateAll(ModuleOp module, const NetworkImages &images,
                                         const EvaluateOptions &options) {
  FailureOr<Evaluation> evaluated = evaluate(module, images, options);
  if (succeeded(evaluated) && evaluated->interrupted)
    return module.emitError() << "is evaluated on some of the images only, because of a signal";
  return evaluated;
}

Result<SearchProbes> SearchProbes::create(const SearchJob &job, const std::string &path,
                                          ModuleOp module) {
  SearchProbes probes;
  probes.job = &job;
  probes.path = path;
  Result<EnergyTable> table =
      job.energyTable.empty() ? EnergyTable::builtin() : EnergyTable::load(job.energyTable);
  if (!table)
    return table.error();
  probes.table = *table;
  Result<NetworkImages> images = openImages(module, job.images, job.images.limit);
  if (!images)
    return images.error();
  probes.images = std::move(*images);
  EvaluateOptions options;
  options.threads = int(job.threads);
  options.limit = job.images.limit;
  options.outputs = true;
  FailureOr<Evaluation> evaluated = evaluateAll(module, *probes.images, options);
  if (failed(evaluated))
    return Error{};
  probes.floatNetwork = probes.judgedFloat = std::move(*evaluated);
  probes.divergence = probes.floatNetwork.top1.has_value();
  if (!job.judgeData.empty()) {
    ImageOptions judging = job.images;
    judging.data = job.judgeData;
    judging.limit = 0;
    Result<NetworkImages> opened = openImages(module, judging, 0);
    if (!opened)
      return opened.error();
    probes.judging = std::move(*opened);
    options.limit = 0;
    options.outputs = false;
    FailureOr<Evaluation> judged = evaluateAll(module, *probes.judging, options);
    if (failed(judged))
      return Error{};
    probes.judgedFloat = std::move(*judged);
  }
  if (job.directory.empty())
    return probes;
  if (Status hashed = probes.hashCommon(module); !hashed)
    return hashed.error();
  return probes;
}

//===----------------------------------------------------------------------===//
// A network
//===----------------------------------------------------------------------===//

Result<Network> SearchProbes::quantize(Session &session, const std::string &recipe, bool fits,
                                       int64_t limit) const {
  // Anew each time: a context keeps every constant that was ever made in it.
  Result<Network> module = session.load(path);
  if (!module)
    return module;
  QuantizeJob quantizing;
  quantizing.recipe = recipe;
  if (fits)
    quantizing.images = job->images;
  if (limit)
    quantizing.images.limit = std::min(limit, job->images.limit);
  Result<QuantizeSummary> summary = tally::quantize(**module, quantizing);
  return summary ? std::move(module) : summary.error();
}

/// Of the results beside those of the float network.
double SearchProbes::getLoss(const Evaluation &evaluation) const {
  if (divergence)
    return getDivergence(floatNetwork.outputs.front().second, evaluation.outputs.front().second);
  double sum = 0;
  for (auto [expected, actual] : llvm::zip(floatNetwork.outputs, evaluation.outputs)) {
    Comparison comparison;
    comparison.add(expected.second, actual.second);
    sum += std::pow(10, -comparison.sqnr() / 10);
  }
  return sum;
}

/// Enough to tell formats of one layer apart; what is judged is fitted on all images.
static constexpr int64_t kFitImages = 128;

Result<SearchFigures> SearchProbes::run(const SearchProbe &probe, int threads) const {
  Session session;
  session.context().disableMultithreading();
  FirstError errors(session.context(), nullptr);
  auto fail = [&](const Error &error) { return Error{errors.explain(error), error.kind}; };
  Result<Network> module =
      quantize(session, probe.recipe, probe.fits, probe.judged ? 0 : kFitImages);
  if (!module)
    return fail(module.error());
  FailureOr<NetworkCost> network = countNetwork(**module);
  if (failed(network))
    return fail({});
  Result<CostReport> cost = makeCostReport(*network, table);
  if (!cost)
    return fail(cost.error());
  SearchFigures figures;
  figures.bytes = network->total.packed.weights;
  figures.picojoules = cost->total.here.total();
  figures.bitOperations = *measureCost(CostKind::BitOperations, *network, table);
  EvaluateOptions options;
  options.threads = threads;
  options.limit = job->images.limit;
  options.outputs = true;
  FailureOr<Evaluation> evaluated = evaluateAll(**module, *images, options);
  if (failed(evaluated))
    return fail({});
  figures.loss = getLoss(*evaluated);
  if (!std::isfinite(figures.loss))
    return Error{"its results are no numbers"};
  if (!probe.judged)
    return figures;
  if (judging) {
    options.limit = 0;
    options.outputs = false;
    evaluated = evaluateAll(**module, *judging, options);
    if (failed(evaluated))
      return fail({});
  }
  figures.top1 = evaluated->top1;
  figures.images = evaluated->images;
  return figures;
}

Status SearchProbes::measure(std::vector<SearchProbe> &probes, const std::string &title) const {
  std::vector<SearchProbe *> missing;
  for (SearchProbe &probe : probes)
    if (!find(probe))
      missing.push_back(&probe);
  if (missing.empty())
    return Done();
  Progress progress(title, int64_t(missing.size()), "networks");
  ProgressSilence silence;
  // A network on each thread; a few networks share them.
  int threads = resolveThreads(int(job->threads));
  int each = int(missing.size()) < threads ? threads / int(missing.size()) : 1;
  std::mutex mutex;
  Status status = Done();
  parallelFor(int64_t(missing.size()), threads, [&](int64_t index) {
    SearchProbe &probe = *missing[index];
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!status)
        return;
    }
    Result<SearchFigures> figures = run(probe, each);
    if (figures)
      probe.figures = *figures;
    else
      probe.error = figures.error().message;
    if (Status written = probe.error.empty() ? keep(probe) : Status(Done()); !written) {
      std::lock_guard<std::mutex> lock(mutex);
      status = written;
    }
    progress.advance(1);
  });
  return status;
}

//===----------------------------------------------------------------------===//
// What is kept
//===----------------------------------------------------------------------===//

Status SearchProbes::hashCommon(ModuleOp module) {
  ContentHash hash;
  json options = {{"data", job->images.spec()},        {"limit", job->images.limit},
                  {"mean", job->images.mean},          {"std", job->images.std},
                  {"judge", job->judgeData},           {"version", getVersion()},
                  {"processor", CpuTarget::host().cpu}};
  hash.add(options.dump(-1, ' ', false, json::error_handler_t::replace));
  hash.add(Session::print(module));
  hash.add(table.text());
  for (const std::string &data : {job->images.data, job->judgeData})
    for (const std::string &file : listDataFiles(data))
      if (Status added = hash.addFile(file); !added)
        return added;
  common = hash.result();
  return Done();
}

std::string SearchProbes::hash(const SearchProbe &probe) const {
  ContentHash hash;
  hash.add(common);
  hash.add(probe.recipe);
  hash.add(probe.fits ? "fits" : "");
  hash.add(probe.judged ? "judged" : "");
  return hash.result();
}

/// The name tells networks apart; what it is of stands in the file as a whole.
static std::string pathOf(const std::string &directory, const std::string &hash) {
  return directory + "/" + hash.substr(0, 16) + ".json";
}

bool SearchProbes::find(SearchProbe &probe) const {
  if (job->directory.empty())
    return false;
  std::string expected = hash(probe), file = pathOf(job->directory, expected);
  Result<InputFile> opened = InputFile::open(file);
  Result<std::string> text = opened ? opened->readRest() : Result<std::string>(Error{});
  Result<json> object = text ? parseObject(*text, file) : Result<json>(Error{});
  // Whatever else lies there is written anew.
  if (!object || object->value("hash", json()) != expected)
    return false;
  try {
    SearchFigures figures;
    figures.loss = object->at("loss").get<double>();
    figures.bytes = object->at("code_bytes").get<int64_t>();
    figures.picojoules = object->at("energy_pj").get<double>();
    figures.bitOperations = object->at("bit_operations").get<double>();
    figures.images = object->at("images").get<int64_t>();
    if (object->contains("top1"))
      figures.top1 = object->at("top1").get<double>();
    probe.figures = figures;
  } catch (const json::exception &) {
    return false;
  }
  return probe.kept = true;
}

Status SearchProbes::keep(const SearchProbe &probe) const {
  if (job->directory.empty())
    return Done();
  json object = {{"hash", hash(probe)},
                 {"loss", probe.figures.loss},
                 {"code_bytes", probe.figures.bytes},
                 {"energy_pj", probe.figures.picojoules},
                 {"bit_operations", probe.figures.bitOperations},
                 {"images", probe.figures.images},
                 {"recipe", probe.recipe}};
  if (probe.figures.top1)
    object["top1"] = *probe.figures.top1;
  std::string text = object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return writeFilesAtomically({{pathOf(job->directory, object["hash"]), text}}, job->directory);
}

} // namespace tally

//===- Sweep.cpp - many recipes, one table --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Sweep.h"

#include "Driver/FirstError.h"
#include "Driver/ModuleState.h"
#include "Driver/SweepStore.h"
#include "Driver/Threads.h"
#include "tally/Driver/Benchmark.h"
#include "tally/Driver/Evaluate.h"
#include "tally/Driver/Quantize.h"
#include "tally/Driver/Report.h"
#include "tally/Driver/Session.h"
#include "tally/Quantize/Recipe/Recipe.h"

#include <cmath>
#include <set>

using namespace mlir;

namespace tally {

namespace {

class Sweeper {
public:
  Sweeper(const SweepJob &job, const SweepStore &store) : job(job), store(store) {}

  /// Results are compared with the float network's where `compares`. Fails where the folder cannot
  /// be written; other reasons are in the row.
  Result<SweepRow> run(const std::string &recipe, bool compares) {
    SweepRow row;
    row.recipe = recipe;
    Result<std::optional<SweepRow>> kept = store.find(recipe);
    if (!kept) {
      row.error = kept.error().message;
      return row;
    }
    if (*kept)
      return **kept;
    Session session;
    FirstError messages(session.context(), &said);
    Result<std::string> network = measure(session, row, compares);
    if (!network) {
      row.error = messages.explain(network.error());
      return row;
    }
    Status written = store.keep(row, *network);
    return written ? Result<SweepRow>(row) : written.error();
  }

private:
  /// Fills the figures of a row. The text of the network where it is a new one.
  Result<std::string> measure(Session &session, SweepRow &row, bool compares) const {
    // Anew each time, so that the result is what the verbs make one by one.
    Result<Network> module = session.load(job.network);
    if (!module)
      return module.error();
    if (isQuantized(**module))
      return Error{"'" + job.network + "' is quantized already"};
    if (Status calibrated = expectCalibrated(**module); !calibrated)
      return calibrated.error();
    std::string text;
    if (!row.recipe.empty()) {
      Result<QuantizeSummary> summary = quantize(**module, quantization(row.recipe));
      if (!summary)
        return summary.error();
      text = Session::print(**module);
    }
    Result<Network> floatNetwork = Error();
    if (compares) {
      floatNetwork = session.load(job.network);
      if (!floatNetwork)
        return floatNetwork.error();
    }
    Status measured = measure(**module, floatNetwork ? **floatNetwork : ModuleOp(), row);
    return measured ? Result<std::string>(text) : measured.error();
  }

  /// `against` where results are to be compared.
  Status measure(ModuleOp module, ModuleOp against, SweepRow &row) const {
    EvaluateJob evaluation;
    evaluation.images = job.images;
    evaluation.threads = job.threads;
    evaluation.against = against;
    Result<Evaluated> evaluated = evaluate(module, evaluation);
    if (!evaluated)
      return evaluated.error();
    Result<CostReport> cost = report(module, {job.energyTable, "", std::nullopt});
    if (!cost)
      return cost.error();
    Result<Benchmarked> benchmarked = benchmark(module, BenchmarkJob());
    if (!benchmarked)
      return benchmarked.error();
    row.top1 = evaluated->evaluation.top1;
    for (const ResultError &error : evaluated->evaluation.against)
      row.sqnr = std::min(row.sqnr.value_or(INFINITY), error.comparison.sqnr());
    row.top5 = evaluated->evaluation.top5;
    row.images = evaluated->evaluation.images;
    row.codeBytes = cost->network.total.packed.weights;
    row.storedBytes = cost->network.total.stored.weights;
    row.picojoules = cost->total.here.total();
    row.milliseconds = 1000 * benchmarked->times.median;
    return Done();
  }

  QuantizeJob quantization(const std::string &recipe) const {
    QuantizeJob quantizing;
    quantizing.recipe = recipe;
    quantizing.mulFree = job.mulFree;
    quantizing.images = job.images;
    // Unless they are less, as many as `quantize` takes by itself.
    constexpr int64_t kImages = 500;
    quantizing.images.limit = job.images.limit ? std::min(job.images.limit, kImages) : 0;
    if (!job.fit.empty()) {
      quantizing.images.data = job.fit;
      quantizing.images.limit = 0;
    }
    return quantizing;
  }

  const SweepJob &job;
  const SweepStore &store;
  std::set<std::string> said;
};

} // namespace

/// Whether each recipe can be read: names that are misspelt are said before hours of work.
static Status findRecipes(const std::vector<std::string> &recipes) {
  std::string wrong;
  for (const std::string &recipe : recipes)
    if (Result<std::string> text = readRecipe(recipe); !text)
      wrong += (wrong.empty() ? "" : "; ") + text.error().message;
  return wrong.empty() ? Status(Done()) : Error{wrong};
}

size_t Sweep::countFailed() const {
  return llvm::count_if(recipes, [](const SweepRow &row) { return !row.error.empty(); });
}

Result<Sweep> sweep(const SweepJob &job, const std::function<void(const SweepRow &)> &onRow) {
  if (job.images.data.empty())
    return Error{"requires images to evaluate on", ErrorKind::Usage};
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  if (job.network == "-")
    return Error{"requires a file, which is read for every recipe, but got standard input",
                 ErrorKind::Usage};
  if (Result<std::vector<std::string>> files = listSweepFiles(job); !files)
    return files.error();
  if (Status found = findRecipes(job.recipes); !found)
    return found.error();
  Result<SweepStore> store = SweepStore::create(job);
  if (!store)
    return store.error();
  Sweeper sweeper(job, *store);
  Sweep sweep;
  Result<SweepRow> baseline = sweeper.run("", /*compares=*/false);
  if (!baseline)
    return baseline.error();
  if (!baseline->error.empty())
    return Error{baseline->error};
  sweep.floatNetwork = *baseline;
  onRow(*baseline);
  for (const std::string &recipe : job.recipes) {
    Result<SweepRow> row = sweeper.run(recipe, /*compares=*/!baseline->top1);
    if (!row)
      return row.error();
    sweep.recipes.push_back(*row);
    onRow(*row);
  }
  return sweep;
}

} // namespace tally

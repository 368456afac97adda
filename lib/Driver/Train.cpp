//===- Train.cpp - a network learns ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Train.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "tally/Driver/Session.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Output.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Train/Checkpoint.h"
#include "tally/Train/Curves.h"

#include <chrono>

using namespace mlir;

namespace tally {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// What calibration saw is of other weights.
void forgetObserved(ModuleOp module) {
  SmallVector<ObserveOp> observers;
  module.walk([&](ObserveOp observe) { observers.push_back(observe); });
  for (ObserveOp observe : observers) {
    observe.replaceAllUsesWith(observe.getInput());
    observe.erase();
  }
  module.walk([](func::FuncOp function) { forgetSeenRange(function); });
  module->setAttr(TallyDialect::kStageAttr, StageAttr::get(module.getContext(), Stage::Imported));
}

/// One run of training.
class Training {
public:
  Training(ModuleOp module, const TrainJob &job, TrainPlan plan, TrainRun run,
           NetworkImages images, std::optional<NetworkImages> evaluation)
      : module(module), job(job), plan(std::move(plan)), id(std::move(run)),
        images(std::move(images)), evaluation(std::move(evaluation)) {}

  Status run() {
    FailureOr<Trainer> created = Trainer::create(module, images, plan, id.seed, job.epochs,
                                                 resolveThreads(int(job.threads)));
    if (failed(created))
      return Error{};
    trainer.emplace(std::move(*created));
    if (Status possible = plan.schedule.check(trainer->stepsPerEpoch() * job.epochs); !possible)
      return possible;
    if (job.resume)
      if (Status restored = restore(*trainer, module, job.resume, id); !restored)
        return restored;
    if (!job.log.empty()) {
      if (job.resume && job.log != "-")
        if (Result<std::vector<EpochRecord>> before = readEpochLog(job.log))
          for (EpochRecord &record : *before)
            if (record.epoch <= trainer->progress().epoch)
              records.push_back(std::move(record));
      Result<EpochLog> opened = EpochLog::open(job.log, trainer->progress().epoch);
      if (!opened)
        return opened.error();
      log.emplace(std::move(*opened));
    }
    // A second signal ends it at once.
    constexpr int kGrace = 60000;
    InterruptGrace grace(kGrace);
    while (trainer->progress().epoch < job.epochs)
      if (Status done = runEpoch(); !done)
        return done;
    trainer->store();
    return Done();
  }

private:
  Status runEpoch() {
    int64_t epoch = trainer->progress().epoch, first = trainer->progress().step;
    int64_t steps = trainer->stepsPerEpoch();
    auto begin = Clock::now();
    double rate = 0;
    {
      Progress progress("training epoch " + std::to_string(epoch + 1) + "/" +
                            std::to_string(job.epochs),
                        (steps - first) * plan.batch);
      while (trainer->progress().epoch == epoch) {
        if (interrupted())
          return stop();
        rate = trainer->rate();
        if (failed(trainer->step()))
          return Error{};
        progress.advance(plan.batch);
      }
    }
    EpochRecord record;
    record.seconds = secondsSince(begin);
    record.imagesPerSecond =
        double((steps - first) * plan.batch) / std::max(record.seconds, 1e-9);
    record.epoch = epoch + 1;
    record.steps = (epoch + 1) * steps;
    record.loss = trainer->finished().loss / double(steps);
    record.rate = rate;
    if (plan.loss == Loss::CrossEntropy)
      record.trainAccuracy = double(trainer->finished().right) / double(steps * plan.batch);
    for (const auto &[name, value] : trainer->scales())
      record.stepSizes.emplace_back(name, value);
    trainer->store();
    if (Status measured = measure(record); !measured)
      return measured;
    if (log)
      if (Status written = log->append(record); !written)
        return written;
    records.push_back(record);
    if (!job.plot.empty())
      if (Status drawn = writeCurves(job.plot, records, job.recipe); !drawn)
        return drawn;
    if (Status saved = save(); !saved)
      return saved;
    if (job.onEpoch)
      job.onEpoch(record, job.epochs);
    return Done();
  }

  Status measure(EpochRecord &record) {
    if (!evaluation)
      return Done();
    EvaluateOptions options;
    options.threads = int(job.threads);
    FailureOr<Evaluation> result = evaluate(module, *evaluation, options);
    if (failed(result))
      return Error{};
    record.accuracy = result->top1;
    return Done();
  }

  Status save() {
    if (job.checkpoint.empty())
      return Done();
    OwningOpRef<ModuleOp> checkpoint = makeCheckpoint(module, *trainer, id);
    return writeFileAtomically(job.checkpoint, Session::print(*checkpoint));
  }

  Status stop() {
    if (Status saved = save(); !saved)
      return saved;
    if (job.checkpoint.empty())
      return Error{"interrupted; without a checkpoint, what was learned is lost"};
    return Error{"interrupted in epoch " + std::to_string(trainer->progress().epoch + 1) +
                 "; --resume '" + job.checkpoint + "' goes on"};
  }

  ModuleOp module;
  const TrainJob &job;
  TrainPlan plan;
  TrainRun id;
  NetworkImages images;
  std::optional<NetworkImages> evaluation;
  std::optional<Trainer> trainer;
  std::optional<EpochLog> log;
  std::vector<EpochRecord> records; ///< of this run and, from its log, of what it goes on with
};

} // namespace

Status train(ModuleOp module, const TrainJob &job) {
  if (job.recipe.empty())
    return Error{"requires a recipe", ErrorKind::Usage};
  if (job.images.data.empty())
    return Error{"requires images to train on", ErrorKind::Usage};
  if (isQuantized(module))
    return Error{"requires the float network, but " + nameOf(module) + " is quantized"};
  if (Status whole = expectWhole(module); !whole)
    return whole;
  Result<std::string> text = readRecipe(job.recipe);
  if (!text)
    return text.error();
  Result<Recipe> recipe = loadRecipe(job.recipe, module.getContext());
  if (!recipe)
    return recipe.error();
  Result<TrainPlan> plan = parseTrainPlan(recipe->train, job.recipe);
  if (!plan)
    return plan.error();
  if (Result<bool> recorded = recordImages(module, job.images); !recorded)
    return recorded.error();
  if (Status adopted = adopt(module); !adopted)
    return adopted;
  Result<NetworkImages> images = openImages(module, job.images, job.images.limit);
  if (!images)
    return images.error();
  std::optional<NetworkImages> evaluation;
  if (!job.evaluation.empty()) {
    ImageOptions options;
    options.data = job.evaluation;
    Result<NetworkImages> opened = openImages(module, options, 0);
    if (!opened)
      return opened.error();
    evaluation = std::move(*opened);
  }
  forgetObserved(module);
  TrainRun run{*text, job.images.spec(), uint64_t(job.seed), job.epochs};
  return Training(module, job, *plan, run, std::move(*images), std::move(evaluation)).run();
}

} // namespace tally

//===- Train.cpp - a network learns ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Train.h"

#include "Driver/CheckTrained.h"
#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/Processor.h"
#include "Driver/Threads.h"
#include "Driver/TrainStages.h"
#include "Driver/TrainWarnings.h"
#include "tally/Driver/Quantize.h"
#include "tally/Driver/Session.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/LevelWidths.h"
#include "tally/Quantize/Passes.h"
#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Output.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Train/AttentionShares.h"
#include "tally/Train/Checkpoint.h"
#include "tally/Train/Curves.h"
#include "tally/Train/GridDistances.h"
#include "tally/Train/Inherit.h"
#include "tally/Train/Initialize.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"
#include <chrono>

using namespace mlir;

namespace tally {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// One run of training.
class Training {
public:
  Training(ModuleOp module, ModuleOp teacher, bool quantizes, const TrainJob &job, TrainPlan plan,
           TrainRun run, NetworkImages images, std::optional<NetworkImages> evaluation)
      : module(module), teacher(teacher), quantizes(quantizes), job(job), plan(std::move(plan)),
        id(std::move(run)), images(std::move(images)), evaluation(std::move(evaluation)) {}

  Status run(CpuTarget target, Ranks ranks) {
    leads = ranks.leads();
    {
      Progress progress = Progress::onTerminalOnly("compiling", 1, "training step");
      progress.advance(0);
      FailureOr<Trainer> created =
          Trainer::create(module, teacher, images,
                          {plan, id.seed, job.epochs, resolveThreads(int(job.threads)),
                           std::move(target), std::move(ranks)});
      if (failed(created))
        return Error{};
      trainer.emplace(std::move(*created));
      progress.advance();
    }
    if (Status possible = plan.schedule.check(trainer->stepsPerEpoch() * job.epochs); !possible)
      return possible;
    if (job.resume)
      if (Status restored = restore(*trainer, module, job.resume, id); !restored)
        return restored;
    if (trainer->progress().epoch >= job.epochs && leads)
      emitRemark(UnknownLoc::get(module.getContext()))
          << "all epochs of the checkpoint are done: nothing is left to train";
    if (!job.log.empty() && leads) {
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
    // With few steps their end may not have come.
    return succeeded(trainer->takeMembers()) && succeeded(trainer->takeBits()) ? Status(Done())
                                                                               : Error{};
  }

  /// The integer network as it is now.
  FailureOr<ModuleCopy> makeIntegers() {
    ModuleCopy integers(module);
    PassManager manager(integers.get().getContext());
    buildFreezePipeline(manager);
    if (failed(runPasses(manager, integers.get())))
      return failure();
    return integers;
  }

  /// Of what is evaluated on, else of what is learned from.
  const NetworkImages &getValidation() const { return evaluation ? *evaluation : images; }

private:
  Status runEpoch() {
    int64_t epoch = trainer->progress().epoch, first = trainer->progress().step;
    int64_t steps = trainer->stepsPerEpoch();
    auto begin = Clock::now();
    double rate = 0, compiling = trainer->secondsCompiling();
    {
      Progress progress("training epoch " + std::to_string(epoch + 1) + "/" +
                            std::to_string(job.epochs),
                        (steps - first) * plan.batch);
      while (trainer->progress().epoch == epoch) {
        if (trainer->isEnding())
          return stop();
        rate = trainer->rate();
        if (failed(trainer->step()))
          return Error{};
        progress.advance(plan.batch);
      }
    }
    EpochRecord record;
    record.seconds = secondsSince(begin);
    double stepping = record.seconds - (trainer->secondsCompiling() - compiling);
    record.imagesPerSecond = double((steps - first) * plan.batch) / std::max(stepping, 1e-9);
    record.epoch = epoch + 1;
    record.steps = (epoch + 1) * steps;
    record.loss = trainer->finished().loss / double(steps);
    record.rate = rate;
    if (plan.loss == Loss::CrossEntropy)
      record.trainAccuracy = double(trainer->finished().right) / double(steps * plan.batch);
    for (const auto &[name, value] : trainer->scales())
      record.stepSizes.emplace_back(name, value);
    trainer->store();
    if (!leads)
      return Done();
    record.gridDistances = measureGridDistances(module);
    record.attention = measureAttention(module);
    record.expectedBits = measureExpectedBits(module);
    record.extra.emplace_back("bytes_per_thread", double(trainer->memoryOfThread()));
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
    std::optional<ModuleCopy> integers;
    if (quantizes) {
      FailureOr<ModuleCopy> made = makeIntegers();
      if (failed(made))
        return Error{};
      integers.emplace(std::move(*made));
    }
    EvaluateOptions options;
    options.threads = int(job.threads);
    FailureOr<Evaluation> result =
        evaluate(quantizes ? integers->get() : module, *evaluation, options);
    if (failed(result))
      return Error{};
    // Of some of the images it would be another number.
    if (!result->interrupted)
      record.accuracy = result->top1;
    return Done();
  }

  Status save() {
    if (job.checkpoint.empty() || !leads)
      return Done();
    ModuleCopy checkpoint = makeCheckpoint(module, *trainer, id);
    return writeFileAtomically(job.checkpoint, Session::print(checkpoint.get()));
  }

  Status stop() {
    if (Status saved = save(); !saved)
      return saved;
    if (job.checkpoint.empty())
      return Error{"interrupted; without a checkpoint, what was learned is lost"};
    return Error{"interrupted in epoch " + std::to_string(trainer->progress().epoch + 1) +
                 "; --resume '" + job.checkpoint + "' goes on"};
  }

  ModuleOp module, teacher;
  bool quantizes, leads = true;
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

bool leadsTraining() {
  Result<Ranks> ranks = Ranks::start();
  return !ranks || ranks->leads();
}

Result<bool> train(ModuleOp module, const TrainJob &job) {
  Result<Ranks> ranks = Ranks::start();
  if (!ranks)
    return ranks.error();
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  Result<CpuTarget> target = chooseProcessor(job.processor);
  if (!target)
    return target.error();
  constexpr int64_t kMostEpochs = 1000000;
  if (job.epochs > kMostEpochs)
    return Error{"--epochs is " + std::to_string(kMostEpochs) + " at most", ErrorKind::Usage};
  if (job.recipe.empty())
    return Error{"requires a recipe", ErrorKind::Usage};
  if (job.images.data.empty())
    return Error{"requires images to train on", ErrorKind::Usage};
  if (isQuantized(module))
    return Error{"requires the float network, but " + nameOf(module) + " is quantized"};
  if (Status whole = expectWhole(module); !whole)
    return whole.error();
  if (Status frozen = expectFrozen(module); !frozen)
    return frozen.error();
  if (Status whole = job.inherit ? expectInheritable(job.inherit) : Done(); !whole)
    return whole.error();
  module->removeAttr(TallyDialect::kTrainingAttr);
  std::string network = (job.fromScratch ? "scratch-" : "") +
                        llvm::utohexstr(llvm::xxh3_64bits(Session::print(module)));
  if (job.inherit)
    network += "-inherits-" + llvm::utohexstr(llvm::xxh3_64bits(Session::print(job.inherit)));
  Result<std::string> text = readRecipe(job.recipe);
  if (!text)
    return text.error();
  Result<Recipe> recipe = loadRecipe(job.recipe, module.getContext());
  if (!recipe)
    return recipe.error();
  if (auto keeps = recipe->network.getAs<BoolAttr>("keep_quantizers"); keeps && keeps.getValue())
    return Error{
        "'" + job.recipe +
            "' keeps the quantizers that a network brings, and learns none: "
            "train with a recipe such as train-w4a4, and quantize what comes out by 'imported'",
        ErrorKind::Usage};
  Result<TrainPlan> plan = parseTrainPlan(recipe->train, job.recipe);
  if (!plan)
    return plan.error();
  if (job.fromScratch && plan->distill.weight > 0)
    return Error{"'" + job.recipe +
                     "' learns from the float network ('distill'), which is random with "
                     "--from-scratch: train in floats first, then with this recipe",
                 ErrorKind::Usage};
  bool quantizes = !recipe->rules.empty() || !recipe->network.empty();
  if (job.inherit && (job.fromScratch || !quantizes))
    return Error{job.fromScratch ? "--inherit begins with what was trained, --from-scratch with "
                                   "nothing: give one of them"
                                 : "'" + job.recipe +
                                       "' trains in floats, and --inherit is for quantizers: give "
                                       "a recipe such as train-w3a3",
                 ErrorKind::Usage};
  if (Result<bool> recorded = recordImages(module, job.images); !recorded)
    return recorded.error();
  if (Status adopted = adopt(module); !adopted)
    return adopted.error();
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
    if (plan->loss == Loss::CrossEntropy && !opened->dataset().hasLabels())
      return Error{"--eval '" + job.evaluation + "' has no labels to measure accuracy by"};
    FailureOr<func::FuncOp> entry = getEntry(module);
    if (failed(entry) ||
        (plan->loss == Loss::CrossEntropy && failed(checkClasses(*entry, opened->dataset()))))
      return Error{};
    evaluation = std::move(*opened);
  }
  auto join = [](const std::vector<float> &numbers) {
    std::string joined;
    for (float number : numbers)
      joined += (joined.empty() ? "" : ",") + llvm::formatv("{0:e8}", number).str();
    return joined.empty() ? "none" : joined;
  };
  std::vector<float> mean, deviation;
  if (auto normalisation = getNormalisation(module)) {
    mean = normalisation->mean;
    deviation = normalisation->std;
  }
  if (job.inherit)
    if (auto theirs = getNormalisation(job.inherit)) {
      // Images as they are need no word of it.
      bool isPlain = llvm::all_of(theirs->mean, [](float mean) { return mean == 0; }) &&
                     llvm::all_of(theirs->std, [](float std) { return std == 1; });
      bool isSame = theirs->mean == mean && theirs->std == deviation;
      if (!isSame && !(isPlain && mean.empty()))
        return Error{"the network to inherit was trained with --mean " + join(theirs->mean) +
                     " --std " + join(theirs->std) + ", not --mean " + join(mean) + " --std " +
                     join(deviation)};
    }
  TrainRun run{*text,
               job.images.spec(),
               "limit " + std::to_string(job.images.limit) + ", mean " + join(mean) + ", std " +
                   join(deviation),
               network,
               uint64_t(job.seed),
               job.epochs};
  if (job.resume)
    if (Status same = checkResumable(job.resume, run); !same)
      return same.error();
  if (job.fromScratch)
    forgetObserved(module);
  if (Status raised = raise(module); !raised)
    return raised.error();
  if (job.fromScratch && failed(initialize(module, run.seed)))
    return Error{};
  OwningOpRef<ModuleOp> teacher;
  if (quantizes) {
    if (Status calibrated = calibrateFirst(module, job); !calibrated)
      return calibrated.error();
    teacher = module.clone();
    if (Status learning = learnQuantizers(module, job); !learning)
      return learning.error();
    if (job.inherit && failed(inheritParameters(module, job.inherit)))
      return Error{};
  } else {
    forgetObserved(module);
    teacher = module.clone();
  }
  if (ranks->leads())
    warnOfTraining(module, job.recipe, recipe->train);
  Training training(module, *teacher, quantizes, job, *plan, run, std::move(*images),
                    std::move(evaluation));
  if (Status joined = ranks->join(); !joined)
    return joined.error();
  if (Status trained = training.run(std::move(*target), *ranks); !trained)
    return trained.error();
  ranks->leave();
  if (!ranks->leads() || !quantizes)
    return ranks->leads();
  FailureOr<ModuleCopy> seen = training.makeIntegers();
  if (failed(seen))
    return Error{};
  if (Status frozen = freeze(module, job); !frozen)
    return frozen.error();
  if (Status same = checkTrained(module, seen->get(), training.getValidation(), int(job.threads));
      !same)
    return same.error();
  if (Status kept = checkBudget(seen->get(), plan->budget); !kept)
    return kept.error();
  return true;
}

} // namespace tally

//===- Trainer.cpp - a network learns from images -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Trainer.h"

#include "ModuleTensors.h"
#include "tally/Data/Accuracy.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Pipeline/Passes.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Parallel.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// Setting up
//===----------------------------------------------------------------------===//

static int64_t countClasses(const Shape &result) { return numElements(result) / result[0]; }

/// The type of the result that is learned: a row for each image.
static FailureOr<RankedTensorType> getRows(func::FuncOp entry) {
  auto type = dyn_cast<RankedTensorType>(entry.getResultTypes().front());
  if (!type || type.getRank() == 0)
    return entry->emitError() << "requires a first result with a row for each image";
  return type;
}

LogicalResult checkClasses(func::FuncOp entry, const Dataset &dataset) {
  FailureOr<RankedTensorType> type = getRows(entry);
  return success(succeeded(type) &&
                 succeeded(checkLabels(entry, dataset, dataset.size(),
                                       type->getNumElements() / type->getDimSize(0))));
}

/// That labels are classes of the network, and that there are as many images as a batch needs.
static LogicalResult checkImages(func::FuncOp entry, const NetworkImages &images,
                                 const TrainPlan &plan) {
  const Dataset &dataset = images.dataset();
  if (images.size() < plan.batch)
    return entry->emitError() << "a batch of " << plan.batch << " images is more than the "
                              << images.size() << " of '" << dataset.spec() << "'";
  if (plan.loss != Loss::CrossEntropy)
    return success(succeeded(getRows(entry)));
  if (!dataset.hasLabels())
    return entry->emitError() << "'" << dataset.spec()
                              << "' has no labels to train by: cross_entropy requires classes";
  return checkClasses(entry, dataset);
}

/// The float network that answers beside the labels, at the step's batch.
static FailureOr<JitNetwork> compileTeacher(ModuleOp module, int64_t images,
                                            const CpuTarget &target) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager manager(module.getContext());
  manager.addPass(createSetBatch({images}));
  if (failed(runPasses(manager, *copy)))
    return failure();
  return compileInProcess(*copy, target);
}

FailureOr<CompiledStep> Trainer::compile() {
  StepOptions options;
  options.loss = plan.loss == Loss::CrossEntropy ? "cross_entropy" : "mean_squared_error";
  options.images = plan.shard;
  options.teacherWeight = plan.distill.weight;
  options.teacherTemperature = plan.distill.temperature;
  options.batchStatistics = !isFrozen;
  options.takeValues = isFrozen;
  options.intervals = plan.certified.radius > 0;
  auto begin = std::chrono::steady_clock::now();
  FailureOr<CompiledStep> step = CompiledStep::create(module, options, target);
  compiling += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return step;
}

FailureOr<Trainer> Trainer::create(ModuleOp module, ModuleOp teacher, const NetworkImages &images,
                                   const TrainerOptions &options) {
  const TrainPlan &plan = options.plan;
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || failed(checkImages(*entry, images, plan)))
    return failure();
  Trainer trainer;
  trainer.module = module;
  trainer.images = &images;
  trainer.plan = plan;
  trainer.seed = options.seed;
  trainer.epochs = options.epochs;
  trainer.threads = options.threads;
  trainer.target = options.target;
  trainer.ranks = options.ranks;
  int64_t shards = plan.batch / plan.shard, ranks = options.ranks.count();
  if (shards % ranks != 0)
    return (*entry)->emitError() << "a batch of " << plan.batch << " images has " << shards
                                 << " shards of " << plan.shard << ", which " << ranks
                                 << " ranks cannot share equally; hint: \"batch\": "
                                 << (shards + ranks - 1) / ranks * ranks * plan.shard;

  const Dataset &dataset = images.dataset();
  bool isImage = entry->getNumArguments() == 1 && dataset.imageShape().size() == 3;
  if (plan.augmentation.shift > 0 || plan.augmentation.flip) {
    if (!isImage)
      return (*entry)->emitError() << "shifts and flips images [H, W, C], not other inputs";
    if (Status fits = checkAugmentation(plan.augmentation, dataset.imageShape()); !fits)
      return (*entry)->emitError() << fits.error().message;
    DatasetOptions black;
    if (auto normalisation = getNormalisation(module)) {
      black.mean = normalisation->mean;
      black.std = normalisation->std;
    }
    trainer.border = getBlackPixel(black, dataset.imageShape()[2]);
  }

  if (plan.certified.radius > 0 && !isImage)
    return (*entry)->emitError() << "holds classes of images [H, W, C] ('certified'), not of other "
                                    "inputs";
  if (failed(trainer.measureCosts()))
    return failure();
  FailureOr<CompiledStep> code = trainer.compile();
  if (failed(code))
    return failure();
  trainer.code.emplace(std::move(*code));
  if (plan.distill.weight > 0) {
    FailureOr<JitNetwork> compiled = compileTeacher(teacher, plan.shard, options.target);
    if (failed(compiled))
      return failure();
    trainer.teacher.emplace(std::move(*compiled));
  }
  trainer.shards.resize(shards);
  trainer.restore({}, {});
  if (failed(trainer.prepareUpdate()))
    return failure();
  trainer.moments = trainer.update->makeMoments();
  return trainer;
}

void Trainer::restore(const TrainProgress &progress, std::vector<Tensor> kept) {
  now = progress;
  moments = std::move(kept);
  order.clear();
  parameters_.clear();
  statistics_.clear();
  for (const CompiledStep::Slot &slot : code->parameters())
    parameters_.push_back(*readParameter(module, slot.name));
  for (const CompiledStep::Slot &slot : code->statistics())
    statistics_.push_back(*readParameter(module, slot.name));
}

void Trainer::store() const {
  for (auto [slot, value] : llvm::zip_equal(code->parameters(), parameters_))
    writeParameter(module, slot.name, value);
  for (auto [slot, value] : llvm::zip_equal(code->statistics(), statistics_))
    writeParameter(module, slot.name, value);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

double Trainer::rate() const {
  int64_t done = now.epoch * stepsPerEpoch() + now.step;
  return plan.schedule.at(done, epochs * stepsPerEpoch());
}

/// In the order of shards, element by element.
void Trainer::addGradients() {
  float share = 1.0f / float(shards.size());
  parallelFor(gradients.size(), threads, [&](int64_t i) {
    float *sum = gradients[i].data<float>();
    int64_t size = gradients[i].size();
    std::copy_n(std::as_const(shards.front().gradients[i]).data<float>(), size, sum);
    for (size_t shard = 1; shard < shards.size(); ++shard) {
      const float *part = std::as_const(shards[shard].gradients[i]).data<float>();
      for (int64_t k = 0; k < size; ++k)
        sum[k] += part[k];
    }
    for (int64_t k = 0; k < size; ++k)
      sum[k] *= share;
  });
}

/// Running statistics move by a tenth towards the mean of the shards'.
void Trainer::addStatistics() {
  constexpr float kMomentum = 0.1f;
  float share = 1.0f / float(shards.size());
  for (size_t i = 0; i < statistics_.size(); ++i) {
    float *running = statistics_[i].data<float>();
    for (int64_t k = 0; k < statistics_[i].size(); ++k) {
      float sum = 0;
      for (const Shard &shard : shards)
        sum += shard.statistics[i].data<float>()[k];
      running[k] += kMomentum * (sum * share - running[k]);
    }
  }
}

static bool isFinite(const Tensor &tensor) {
  const float *data = tensor.data<float>();
  return std::all_of(data, data + tensor.size(), [](float v) { return std::isfinite(v); });
}

/// Gradients of the last layers came first.
LogicalResult Trainer::checkFinite(double loss) const {
  if (std::isfinite(loss))
    return success();
  for (size_t i = code->parameters().size(); i-- > 0;) {
    if (!isFinite(gradients[i]))
      return ModuleOp(module).emitError()
             << "the loss is " << loss << " in step " << now.step + 1 << " of epoch "
             << now.epoch + 1 << "; going backwards, the gradient of '"
             << code->parameters()[i].name
             << "' is the first that is not finite: a lower rate may help";
  }
  return ModuleOp(module).emitError()
         << "the loss is " << loss << " in step " << now.step + 1 << " of epoch " << now.epoch + 1
         << ", though all gradients are finite";
}

/// A loss may be finite while what the step leaves is not.
LogicalResult Trainer::checkUpdate() const {
  auto check = [&](const std::vector<CompiledStep::Slot> &slots,
                   const std::vector<Tensor> &tensors) -> LogicalResult {
    for (auto [slot, tensor] : llvm::zip(slots, tensors))
      if (!isFinite(tensor))
        return ModuleOp(module).emitError()
               << "'" << slot.name << "' is not finite behind step " << now.step + 1 << " of epoch "
               << now.epoch + 1 << ": a lower rate may help";
    return success();
  };
  return success(succeeded(check(code->parameters(), parameters_)) &&
                 succeeded(check(code->statistics(), statistics_)));
}

void Trainer::makeWorkspaces() {
  size_t most = std::min<size_t>(resolveThreads(threads), shards.size() / ranks.count());
  workspaces.assign(most, code->makeWorkspace());
}

/// Images, in the last phase what the integer network makes of them, and the step.
LogicalResult Trainer::runShard(int64_t index, CompiledStep::Workspace &workspace) {
  Shard &shard = shards[index];
  if (failed(load(shard, now.step * plan.batch + index * plan.shard, order)))
    return failure();
  if (integers) {
    FailureOr<std::vector<Tensor>> values = runIntegerForward(integers->get(), shard.inputs);
    if (failed(values))
      return failure();
    shard.values = std::move(*values);
  }
  code->run(parameters_, shard, workspace);
  // Not what the teacher is unsure of: a network that answers as it does has lost nothing by it.
  shard.loss -= float(shard.leastLoss);
  shard.values.clear(); // as large as all else of a shard together
  return success();
}

/// Those of this rank, each on one thread.
LogicalResult Trainer::runShards() {
  std::atomic<bool> ok = true;
  int64_t own = int64_t(shards.size()) / ranks.count(), first = own * ranks.rank();
  parallelForRanges(own, int(workspaces.size()), [&](int64_t begin, int64_t end, int worker) {
    for (int64_t index = first + begin; index < first + end; ++index)
      if (failed(runShard(index, workspaces[worker])))
        ok = false;
  });
  return success(ok);
}

/// Calls `move` with the bytes of all that comes out of a shard.
template <typename Function> static void forEachOutput(Shard &shard, Function move) {
  move(reinterpret_cast<char *>(&shard.loss), sizeof(shard.loss));
  for (auto *tensors : {&shard.results, &shard.statistics, &shard.gradients})
    for (Tensor &tensor : *tensors)
      move(tensor.rawData(), size_t(tensor.sizeInBytes()));
}

/// From here on all ranks have all shards' outputs, and the same numbers after the step.
void Trainer::shareShards() {
  ending = interrupted();
  if (ranks.count() == 1)
    return;
  size_t own = shards.size() / size_t(ranks.count()), first = own * size_t(ranks.rank());
  std::vector<char> mine = {char(ending)};
  for (size_t i = first; i < first + own; ++i)
    forEachOutput(shards[i],
                  [&](char *data, size_t size) { mine.insert(mine.end(), data, data + size); });
  std::vector<char> parts = ranks.gather(mine);
  const char *from = parts.data();
  for (size_t i = 0; i < shards.size(); ++i) {
    if (i % own == 0)
      ending |= *from++ != 0;
    forEachOutput(shards[i], [&](char *data, size_t size) {
      std::copy_n(from, size, data);
      from += size;
    });
  }
}

static bool isOfQuantizer(ParameterClass kind) {
  return kind == ParameterClass::Scale || kind == ParameterClass::Sigma ||
         kind == ParameterClass::Span || kind == ParameterClass::Fraction;
}

LogicalResult Trainer::step() {
  if (order.empty())
    order = epochOrder(seed, now.epoch, images->size());
  int64_t done = now.epoch * stepsPerEpoch() + now.step, steps = epochs * stepsPerEpoch();
  if (failed(enterPhase(double(done) / double(steps))) || failed(runShards()))
    return failure();
  shareShards();
  double loss = 0;
  for (const Shard &shard : shards)
    loss += double(shard.loss) / double(shards.size());
  addGradients();
  if (failed(checkFinite(loss)))
    return failure();
  addStatistics();
  std::vector<Tensor> before = parameters_;
  update->run(parameters_, moments, gradients, rate(), done, steps);
  if (isFrozen)
    for (size_t i = 0; i < parameters_.size(); ++i)
      if (isOfQuantizer(code->parameters()[i].kind))
        parameters_[i] = before[i];
  if (failed(checkUpdate()))
    return failure();
  warnOfDivergence(loss, before);
  warnOfShrunkScales();
  now.loss += loss;
  if (plan.loss == Loss::CrossEntropy)
    for (size_t index = 0; index < shards.size(); ++index) {
      const Tensor &scores = shards[index].results.front();
      int64_t classes = countClasses(scores.shape());
      for (int64_t row = 0; row < plan.shard; ++row) {
        int64_t image = order[now.step * plan.batch + int64_t(index) * plan.shard + row];
        now.right +=
            argmax(scores.data<float>() + row * classes, classes) == images->dataset().label(image);
      }
    }
  if (++now.step == stepsPerEpoch()) {
    last = now;
    now = {now.epoch + 1};
    order.clear();
  }
  return success();
}

std::vector<std::pair<std::string, double>> Trainer::scales() const {
  std::vector<std::pair<std::string, double>> result;
  for (auto [slot, value] : llvm::zip_equal(code->parameters(), parameters_))
    if (slot.kind == ParameterClass::Scale || slot.kind == ParameterClass::Span) {
      const float *data = value.data<float>();
      result.emplace_back(slot.name, *std::min_element(data, data + value.size()));
    }
  return result;
}

} // namespace tally

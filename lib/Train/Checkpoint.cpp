//===- Checkpoint.cpp - training that goes on later -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Checkpoint.h"

#include "ModuleTensors.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tally {

static std::string momentName(const std::string &parameter, size_t index) {
  return parameter + ".moment" + std::to_string(index);
}

/// Moments of one parameter.
static size_t countMoments(const Trainer &trainer) {
  return trainer.getMoments().size() / std::max<size_t>(1, trainer.parameters().size());
}

ModuleCopy makeCheckpoint(ModuleOp network, const Trainer &trainer, const TrainRun &run) {
  trainer.store();
  ModuleCopy copy(network);
  ModuleOp module = copy.get();
  Builder b(module.getContext());
  size_t each = countMoments(trainer);
  for (auto [index, slot] : llvm::enumerate(trainer.parameters()))
    for (size_t i = 0; i < each; ++i) {
      const Tensor &moment = trainer.getMoments()[index * each + i];
      auto type = RankedTensorType::get(slot.shape, b.getF32Type());
      std::string name = momentName(slot.name, i);
      addParameter(module, name, type,
                   makeElements<float>(type, ArrayRef(moment.data<float>(), moment.size()), name));
    }
  const TrainProgress &progress = trainer.progress();
  auto entry = [&](StringRef name, Attribute value) { return b.getNamedAttr(name, value); };
  module->setAttr(TallyDialect::kTrainingAttr,
                  b.getDictionaryAttr({entry("recipe", b.getStringAttr(run.recipe)),
                                       entry("data", b.getStringAttr(run.data)),
                                       entry("images", b.getStringAttr(run.images)),
                                       entry("network", b.getStringAttr(run.network)),
                                       entry("seed", b.getI64IntegerAttr(int64_t(run.seed))),
                                       entry("epochs", b.getI64IntegerAttr(run.epochs)),
                                       entry("epoch", b.getI64IntegerAttr(progress.epoch)),
                                       entry("step", b.getI64IntegerAttr(progress.step)),
                                       entry("loss", b.getF64FloatAttr(progress.loss)),
                                       entry("right", b.getI64IntegerAttr(progress.right)),
                                       entry("chosen", b.getDenseI64ArrayAttr(trainer.getChosen())),
                                       entry("kept", b.getDenseI64ArrayAttr(trainer.getKept()))}));
  return copy;
}

namespace {

/// What `tally.training` holds.
struct Facts {
  DictionaryAttr attributes;

  std::optional<int64_t> number(StringRef name) const {
    auto value = attributes.getAs<IntegerAttr>(name);
    return value && value.getType().isInteger(64) ? std::optional(value.getInt()) : std::nullopt;
  }
  std::optional<std::string> text(StringRef name) const {
    auto value = attributes.getAs<StringAttr>(name);
    return value ? std::optional(value.str()) : std::nullopt;
  }
};

/// Parameter `name` of the checkpoint, of this shape.
Result<Tensor> read(ModuleOp checkpoint, const std::string &name, const Shape &shape) {
  std::optional<Tensor> value = readParameter(checkpoint, name);
  if (!value)
    return Error{"the checkpoint is of another network: it has no '" + name + "'"};
  if (value->shape() != shape)
    return Error{"the checkpoint is of another network: its '" + name + "' has shape " +
                 toText(value->shape()) + ", not " + toText(shape)};
  return std::move(*value);
}

} // namespace

Status checkResumable(ModuleOp checkpoint, const TrainRun &run) {
  auto attributes = checkpoint->getAttrOfType<DictionaryAttr>(TallyDialect::kTrainingAttr);
  if (!attributes)
    return Error{"requires a checkpoint to resume from: 'tally.training' is missing"};
  Facts facts{attributes};
  const std::string what = "the checkpoint";
  auto differs = [&](const std::string &key, const std::string &got, const std::string &wanted) {
    return Error{what + " was made with " + key + " " + got + ", not " + wanted +
                 ": training goes on only as it began"};
  };
  if (facts.text("recipe") != run.recipe)
    return Error{what + " was made with another recipe: training goes on only as it began"};
  if (facts.text("data") != run.data)
    return differs("--data", facts.text("data").value_or("?"), run.data);
  if (facts.text("images") != run.images)
    return Error{what + " was made with images " + facts.text("images").value_or("?") + ", not " +
                 run.images + ": training goes on only as it began"};
  if (facts.text("network") != run.network)
    return Error{what + " was made of another network, or from scratch: training goes on only as "
                        "it began"};
  if (facts.number("seed") != int64_t(run.seed))
    return differs("--seed", std::to_string(uint64_t(facts.number("seed").value_or(0))),
                   std::to_string(run.seed));
  if (facts.number("epochs") != run.epochs)
    return differs("--epochs", std::to_string(facts.number("epochs").value_or(0)),
                   std::to_string(run.epochs));
  return Done();
}

Status restore(Trainer &trainer, ModuleOp network, ModuleOp checkpoint, const TrainRun &run) {
  if (Status same = checkResumable(checkpoint, run); !same)
    return same;
  auto attributes = checkpoint->getAttrOfType<DictionaryAttr>(TallyDialect::kTrainingAttr);
  Facts facts{attributes};
  auto epoch = facts.number("epoch"), step = facts.number("step"), right = facts.number("right");
  auto loss = attributes.getAs<FloatAttr>("loss");
  if (!epoch || !step || !right || !loss || *epoch < 0 || *epoch > run.epochs || *step < 0 ||
      *step >= trainer.stepsPerEpoch())
    return Error{"the checkpoint's 'tally.training' does not say how far training has come"};
  auto chosen = attributes.getAs<DenseI64ArrayAttr>("chosen");
  if (chosen && !chosen.empty() && failed(trainer.collapseTo(chosen.asArrayRef().vec())))
    return Error{"the checkpoint is of another network: it mixed " + std::to_string(chosen.size()) +
                 " values"};
  auto kept = attributes.getAs<DenseI64ArrayAttr>("kept");
  if (kept && !kept.empty() && failed(trainer.narrowTo(kept.asArrayRef().vec())))
    return Error{"the checkpoint is of another network: it had masks on " +
                 std::to_string(kept.size()) + " values"};
  // All are read before any is written.
  std::vector<Tensor> parameters, statistics, moments;
  size_t each = countMoments(trainer);
  for (const CompiledStep::Slot &slot : trainer.parameters()) {
    Result<Tensor> value = read(checkpoint, slot.name, slot.shape);
    if (!value)
      return value.error();
    parameters.push_back(std::move(*value));
    for (size_t i = 0; i < each; ++i) {
      Result<Tensor> moment = read(checkpoint, momentName(slot.name, i), slot.shape);
      if (!moment)
        return moment.error();
      moments.push_back(std::move(*moment));
    }
  }
  for (const CompiledStep::Slot &slot : trainer.statistics()) {
    Result<Tensor> value = read(checkpoint, slot.name, slot.shape);
    if (!value)
      return value.error();
    statistics.push_back(std::move(*value));
  }
  for (auto [slot, value] : llvm::zip_equal(trainer.parameters(), parameters))
    writeParameter(network, slot.name, value);
  for (auto [slot, value] : llvm::zip_equal(trainer.statistics(), statistics))
    writeParameter(network, slot.name, value);
  trainer.restore({*epoch, *step, loss.getValueAsDouble(), *right}, std::move(moments));
  return Done();
}

} // namespace tally

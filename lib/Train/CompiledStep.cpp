//===- CompiledStep.cpp - loss and gradients by compiled code -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/CompiledStep.h"

#include "QuantizerLevels.h"
#include "StepSignature.h"
#include "tally/Cost/CountOperation.h"
#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include <cmath>

using namespace mlir;

namespace tally {

static Shape shapeOf(Type type) { return cast<RankedTensorType>(type).getShape().vec(); }

/// By what reads it, through what only quantizes, rounds, scales or moves it.
static ParameterClass classify(Value parameter) {
  SmallVector<Value> pending = {parameter};
  while (!pending.empty())
    for (OpOperand &use : pending.pop_back_val().getUses()) {
      Operation *user = use.getOwner();
      auto quantizer = dyn_cast<LearnedQuantizerOp>(user);
      if (quantizer && use.getOperandNumber() > 0)
        return quantizer.getSpansInput()     ? ParameterClass::Span
               : use.getOperandNumber() == 2 ? ParameterClass::Sigma
                                             : ParameterClass::Scale;
      if (isa<LevelMasksOp>(user))
        return ParameterClass::Masks;
      if (isa<RoundOp>(user) && use.get() == parameter)
        return ParameterClass::Fraction;
      auto mixture = dyn_cast<MixtureOp>(user);
      if (mixture && &use == &mixture.getLogitsMutable())
        return ParameterClass::Attention;
      auto reduction = dyn_cast<ReductionOpInterface>(user);
      if (reduction && reduction.getWeightOperand() == &use)
        return reduction.getReduction() == Reduction::Differences ? ParameterClass::AdderWeight
                                                                  : ParameterClass::Weight;
      if (quantizer || mixture ||
          isa<FilterQuantizerOp, DataMovementOpInterface, RoundOp, tosa::MulOp>(user))
        pending.push_back(user->getResult(0));
    }
  return ParameterClass::Other;
}

/// LSQ's, of a scale that `parameter` is, or a sigma.
static double getScaleFactor(Value parameter) {
  for (OpOperand &use : parameter.getUses()) {
    auto quantizer = dyn_cast<LearnedQuantizerOp>(use.getOwner());
    if (!quantizer || use.getOperandNumber() == 0 || repeatsCodes(quantizer))
      continue;
    auto input = cast<RankedTensorType>(quantizer.getInput().getType());
    bool isFilter = isa<BlockArgument>(quantizer.getInput());
    int64_t parts =
        quantizer.getScale().getType().getNumElements() * (isFilter ? 1 : input.getDimSize(0));
    double share = double(input.getNumElements()) / double(parts);
    auto [low, high] = getOuterLevels(quantizer.getLevels());
    return 1 / std::sqrt(share * std::max(-low, high));
  }
  return 1;
}

/// Bits of what a layer reads, in training.
static int getInputBits(Value input) {
  if (LearnedQuantizerOp learned = findLearned(input))
    return getCodeBits(learned.getLevels());
  auto cast = input.getDefiningOp<quant::DequantizeCastOp>();
  return getCodeBits(getElementTypeOrSelf(cast ? cast.getInput().getType() : input.getType()));
}

/// What numbers of fractional bits of a filter are learned by.
static void describeFraction(func::FuncOp step, Value parameter, CompiledStep::Slot &slot) {
  SmallVector<Value> pending = {parameter};
  LearnedQuantizerOp quantizer;
  while (!quantizer && !pending.empty())
    for (Operation *user : pending.pop_back_val().getUsers()) {
      quantizer = dyn_cast<LearnedQuantizerOp>(user);
      if (quantizer)
        break;
      pending.push_back(user->getResult(0));
    }
  assert(quantizer && "only these have fractional bits");
  Value filter = quantizer.getInput();
  while (Operation *op = filter.getDefiningOp())
    filter = op->getOperand(0);
  unsigned number = cast<BlockArgument>(filter).getArgNumber();
  slot.of = getArgumentName(step, number).drop_front(kParameterPrefix.size());
  slot.outermost = getOuterLevels(quantizer.getLevels()).high;
  slot.axis = quantizer.getAxis();
  for (Operation *user : quantizer->getUsers())
    if (auto layer = dyn_cast<ReductionOpInterface>(user);
        layer && layer.getWeightOperand() && layer.getWeightOperand()->get() == quantizer)
      slot.bitProducts += double(countOperation(user).products) * getInputBits(user->getOperand(0));
}

/// What a scale that spans a filter, or the logits of a mixture or of masks, are learned by.
static void describe(func::FuncOp step, Value parameter, CompiledStep::Slot &slot) {
  if (slot.kind == ParameterClass::Fraction)
    return describeFraction(step, parameter, slot);
  for (OpOperand &use : parameter.getUses()) {
    auto quantizer = dyn_cast<LearnedQuantizerOp>(use.getOwner());
    if (quantizer && slot.kind == ParameterClass::Span) {
      auto filter = dyn_cast<BlockArgument>(quantizer.getInput());
      assert(filter && "scales that span something are of filters");
      slot.of = getArgumentName(step, filter.getArgNumber()).drop_front(kParameterPrefix.size());
      slot.outermost = getOuterLevels(quantizer.getLevels()).high;
      slot.axis = slot.shape[0] == 1 ? -1 : quantizer.getAxis();
    }
    if (auto masks = dyn_cast<LevelMasksOp>(use.getOwner()))
      for (Operation *user : masks->getUsers())
        if (auto masked = dyn_cast<LearnedQuantizerOp>(user))
          slot.weights += cast<RankedTensorType>(masked.getType()).getNumElements();
    if (auto mixture = dyn_cast<MixtureOp>(use.getOwner())) {
      for (Value member : mixture.getMembers()) {
        Type levels = getQuantizerLevels(member.getDefiningOp());
        slot.costs.push_back(levels ? getCodeBits(levels) : 1);
      }
      double fewest = *std::min_element(slot.costs.begin(), slot.costs.end());
      for (double &cost : slot.costs)
        cost = (cost / fewest) * (cost / fewest);
    }
  }
}

std::vector<CompiledStep::Slot> listParameters(ModuleOp step) {
  std::vector<CompiledStep::Slot> slots;
  FailureOr<func::FuncOp> entry = getEntry(step);
  if (failed(entry))
    return slots;
  for (BlockArgument argument : entry->getArguments()) {
    StringRef name = getArgumentName(*entry, argument.getArgNumber());
    if (name.consume_front(kParameterPrefix)) {
      slots.push_back(
          {name.str(), shapeOf(argument.getType()), classify(argument), getScaleFactor(argument)});
      describe(*entry, argument, slots.back());
    }
  }
  return slots;
}

FailureOr<CompiledStep> CompiledStep::create(ModuleOp network, const StepOptions &options,
                                             const CpuTarget &target) {
  OwningOpRef<ModuleOp> module = network.clone();
  PassManager manager(network.getContext());
  buildStepPipeline(manager, options);
  if (failed(runPasses(manager, *module)))
    return failure();
  FailureOr<func::FuncOp> entry = getEntry(*module);
  if (failed(entry))
    return failure();
  CompiledStep step;
  step.learned = listParameters(*module);
  for (BlockArgument argument : entry->getArguments()) {
    StringRef name = getArgumentName(*entry, argument.getArgNumber());
    if (name == kTargetsName)
      step.targets = shapeOf(argument.getType());
    else if (name == kTeacherName)
      step.teacher = shapeOf(argument.getType());
    else if (name == kNoiseName)
      step.noise = shapeOf(argument.getType());
    else if (isOfIntervals(name))
      step.around.push_back(shapeOf(argument.getType()));
    else if (name.starts_with(kValuePrefix))
      step.values.push_back(shapeOf(argument.getType()));
    else if (!name.starts_with(kParameterPrefix))
      step.inputs.push_back(shapeOf(argument.getType()));
  }
  for (auto [index, type] : llvm::enumerate(entry->getResultTypes())) {
    StringRef name = getResultName(*entry, index);
    if (name.consume_front(kStatisticPrefix))
      step.taken.push_back({name.str(), shapeOf(type)});
    else if (index > 0 && !name.starts_with(kGradientPrefix))
      step.results.push_back(shapeOf(type));
  }
  FailureOr<JitNetwork> code = compileInProcess(*module, target);
  if (failed(code))
    return failure();
  step.code.emplace(std::move(*code));
  return step;
}

void CompiledStep::keepClasses(const std::vector<Slot> &others) {
  assert(others.size() == learned.size() && "steps of one network");
  learned = others;
}

Shard CompiledStep::makeShard() const {
  Shard shard;
  auto fill = [](std::vector<Tensor> &tensors, const auto &shapes, auto shapeOfOne) {
    for (const auto &one : shapes)
      tensors.emplace_back(ElementType::F32, shapeOfOne(one));
  };
  auto same = [](const Shape &shape) { return shape; };
  auto ofSlot = [](const Slot &slot) { return slot.shape; };
  fill(shard.inputs, inputs, same);
  fill(shard.results, results, same);
  fill(shard.statistics, taken, ofSlot);
  fill(shard.gradients, learned, ofSlot);
  shard.targets = Tensor(ElementType::F32, targets);
  if (hasTeacher())
    shard.teacher = Tensor(ElementType::F32, teacher);
  if (hasMasks())
    shard.noise = Tensor(ElementType::F32, noise);
  fill(shard.around, around, same);
  return shard;
}

int64_t CompiledStep::memory() const {
  Shard shard = makeShard();
  int64_t bytes = code->workspaceSize() + shard.targets.sizeInBytes();
  for (const Shape &value : values)
    bytes += numElements(value) * sizeOf(ElementType::F32);
  for (const auto *tensors :
       {&shard.inputs, &shard.around, &shard.results, &shard.statistics, &shard.gradients})
    for (const Tensor &tensor : *tensors)
      bytes += tensor.sizeInBytes();
  return bytes;
}

static constexpr uintptr_t kAlignment = 64;

CompiledStep::Workspace CompiledStep::makeWorkspace() const {
  return Workspace(code->workspaceSize() + kAlignment);
}

void CompiledStep::run(const std::vector<Tensor> &parameters, Shard &shard,
                       Workspace &workspace) const {
  assert(shard.values.size() == values.size() && "what quantizers rounded to");
  SmallVector<void *> arguments;
  auto read = [&](const Tensor &tensor) {
    arguments.push_back(const_cast<char *>(tensor.rawData()));
  };
  auto write = [&](std::vector<Tensor> &tensors) {
    for (Tensor &tensor : tensors)
      arguments.push_back(tensor.rawData());
  };
  for (const Tensor &input : shard.inputs)
    read(input);
  read(shard.targets);
  if (hasTeacher())
    read(shard.teacher);
  if (hasMasks())
    read(shard.noise);
  for (const Tensor &tensor : shard.around)
    read(tensor);
  for (const Tensor &parameter : parameters)
    read(parameter);
  for (const Tensor &value : shard.values)
    read(value);
  arguments.push_back(&shard.loss);
  write(shard.results);
  write(shard.statistics);
  write(shard.gradients);
  auto begin = reinterpret_cast<uintptr_t>(workspace.data());
  arguments.push_back(reinterpret_cast<void *>((begin + kAlignment - 1) / kAlignment * kAlignment));
  code->call(arguments);
}

} // namespace tally

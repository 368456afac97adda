//===- Initialize.cpp - a network that has learned nothing yet ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Initialize.h"

#include "ModuleTensors.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Train/Sampler.h"

#include "llvm/ADT/MapVector.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

namespace {

/// Normal numbers of a deviation, or one number everywhere.
struct Start {
  double deviation = 0, number = 0;
};

std::optional<Start> chooseStart(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto reduction = dyn_cast<ReductionOpInterface>(user);
      reduction && reduction.getWeightOperand() == &use) {
    if (reduction.getReduction() == Reduction::Differences)
      return Start{1};
    return Start{std::sqrt(2 / double(std::max<int64_t>(1, reduction.getNumTerms())))};
  }
  if (auto norm = dyn_cast<BatchNormOp>(user)) {
    bool isOne = &use == &norm.getScaleMutable() || &use == &norm.getVarianceMutable();
    return Start{0, isOne ? 1.0 : 0.0};
  }
  if (auto affine = dyn_cast<ChannelAffineOp>(user))
    return Start{0, &use == &affine.getScaleMutable() ? 1.0 : 0.0};
  if (auto convolution = dyn_cast<tosa::Conv2DOp>(user);
      convolution && &use == &convolution.getBiasMutable())
    return Start{};
  if (auto convolution = dyn_cast<tosa::DepthwiseConv2DOp>(user);
      convolution && &use == &convolution.getBiasMutable())
    return Start{};
  if (isa<DataMovementOpInterface>(user))
    for (OpOperand &moved : user->getResult(0).getUses())
      if (std::optional<Start> start = chooseStart(moved))
        return start;
  return std::nullopt;
}

double drawNormal(uint64_t seed, uint64_t parameter, uint64_t place) {
  constexpr uint64_t kTerms = 12;
  double sum = -0.5 * double(kTerms);
  for (uint64_t term = 0; term < kTerms; ++term)
    sum += uniform01(hash(seed, parameter, place * kTerms + term, Purpose::Initial));
  return sum;
}

} // namespace

LogicalResult initialize(ModuleOp module, uint64_t seed) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  llvm::MapVector<StringRef, Start> starts;
  WalkResult walked = entry->walk([&](ml_program::GlobalLoadConstOp load) {
    auto type = dyn_cast<RankedTensorType>(load.getType());
    if (!type || !type.getElementType().isF32())
      return WalkResult::advance();
    for (OpOperand &use : load->getUses()) {
      std::optional<Start> start = chooseStart(use);
      if (!start) {
        use.getOwner()->emitError()
            << "'" << getLayerName(use.getOwner()) << "' reads the parameter '"
            << load.getGlobal().getLeafReference().getValue()
            << "' in a way for which there is no first value: train from the network's own";
        return WalkResult::interrupt();
      }
      starts[load.getGlobal().getLeafReference().getValue()] = *start;
    }
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  for (auto [index, entry] : llvm::enumerate(starts)) {
    std::optional<Tensor> value = readParameter(module, entry.first);
    if (!value)
      continue;
    Tensor tensor(ElementType::F32, value->shape());
    float *data = tensor.data<float>();
    for (int64_t i = 0; i < tensor.size(); ++i)
      data[i] = float(
          entry.second.number +
          (entry.second.deviation > 0 ? entry.second.deviation * drawNormal(seed, index, i) : 0));
    writeParameter(module, entry.first, tensor);
  }
  return success();
}

} // namespace tally

//===- TrainerWarnings.cpp - training that goes wrong is told -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Trainer.h"

#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

/// How far `after` is from `before`, in lengths of `before`.
static double getChange(const Tensor &before, const Tensor &after) {
  double apart = 0, length = 0;
  for (int64_t i = 0; i < before.size(); ++i) {
    double from = double(before.data<float>()[i]), to = double(after.data<float>()[i]);
    apart += (to - from) * (to - from);
    length += from * from;
  }
  return std::sqrt(apart / std::max(length, 1e-30));
}

/// A loss far beyond that of guessing, and of the first step, seldom comes back: nobody should wait
/// for the end of the epoch to see it.
void Trainer::warnOfDivergence(double loss, const std::vector<Tensor> &before) {
  constexpr double kFar = 10;
  if (!firstLoss) {
    firstLoss = loss;
    return;
  }
  double usual = *firstLoss;
  if (plan.loss == Loss::CrossEntropy) {
    const Shape &scores = shards.front().results.front().shape();
    usual = std::max(usual, std::log(double(numElements(scores) / scores[0])));
  }
  if (hasDiverged || !(loss > kFar * usual))
    return;
  hasDiverged = true;
  size_t most = 0;
  std::vector<double> changes;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    ParameterClass kind = code->parameters()[i].kind;
    bool isWeight = kind == ParameterClass::Weight || kind == ParameterClass::AdderWeight;
    changes.push_back(isWeight ? getChange(before[i], parameters_[i]) : 0);
    if (changes[i] > changes[most])
      most = i;
  }
  if (ranks.leads())
    ModuleOp(module).emitWarning()
        << "training diverges: the loss is " << llvm::formatv("{0:F1}", loss).str() << " in step "
        << now.step + 1 << " of epoch " << now.epoch + 1 << ", and was "
        << llvm::formatv("{0:F2}", *firstLoss).str() << " in the first; of all weights '"
        << code->parameters()[most].name << "' changes most, by "
        << llvm::formatv("{0:F2}", changes[most]).str()
        << " of its size in this step: a lower rate may help";
}

/// A clip that has shrunk to nearly nothing lets nothing through, and hardly grows again.
void Trainer::warnOfShrunkScales() {
  constexpr float kLeast = 1.0f / 64;
  for (auto [slot, value] : llvm::zip_equal(code->parameters(), parameters_)) {
    if (slot.kind != ParameterClass::Scale || value.size() != 1)
      continue;
    float start = first.at(slot.name).data<float>()[0], own = value.data<float>()[0];
    if (own >= kLeast * start || !shrunk.insert(slot.name).second || !ranks.leads())
      continue;
    ModuleOp(module).emitWarning()
        << "'" << slot.name << "' is " << llvm::formatv("{0:e2}", own).str() << " behind step "
        << now.step + 1 << " of epoch " << now.epoch + 1 << ", a " << int(1 / kLeast)
        << "th of what it began with: what it quantizes is clipped to nearly nothing; a lower "
           "'scale_rate' may help";
  }
}

} // namespace tally

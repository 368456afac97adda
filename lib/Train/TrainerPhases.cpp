//===- TrainerPhases.cpp - attention, learned quantizers, integers --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/Passes.h"
#include "tally/Train/Trainer.h"

#include <algorithm>
#include <map>

using namespace mlir;

namespace tally {

static bool hasMixtures(ModuleOp network) {
  return network.walk([](MixtureOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

/// From here on each value has one quantizer; the parameters of the others are gone.
LogicalResult Trainer::collapse() {
  store();
  PassManager manager(module.getContext());
  manager.addPass(createCollapseMixtures());
  if (failed(runPasses(manager, module)))
    return failure();
  std::map<std::string, std::vector<Tensor>> momentsOf;
  size_t each = moments.size() / parameters_.size();
  for (auto [i, slot] : llvm::enumerate(code->parameters()))
    momentsOf[slot.name].assign(moments.begin() + i * each, moments.begin() + (i + 1) * each);
  FailureOr<CompiledStep> compiled = compile();
  if (failed(compiled))
    return failure();
  code.emplace(std::move(*compiled));
  std::vector<Tensor> kept;
  for (const CompiledStep::Slot &slot : code->parameters())
    llvm::append_range(kept, momentsOf[slot.name]);
  std::vector<int64_t> same = std::move(order);
  restore(now, std::move(kept));
  order = std::move(same);
  return prepareUpdate();
}

/// From here on quantizers and statistics stay, and layers see what the integer network computes.
LogicalResult Trainer::freeze() {
  store();
  isFrozen = true;
  FailureOr<CompiledStep> frozen = compile();
  if (failed(frozen))
    return failure();
  // Scales whose quantizers are left out are scales still.
  frozen->keepClasses(code->parameters());
  code.emplace(std::move(*frozen));
  statistics_.clear();
  for (Shard &shard : shards)
    shard = code->makeShard();
  makeWorkspaces();
  return success();
}

/// The integer network of this moment.
LogicalResult Trainer::takeIntegers() {
  store();
  FailureOr<ModuleCopy> made = makeIntegerForward(module);
  if (failed(made))
    return failure();
  integers.emplace(std::move(*made));
  return success();
}

/// What changes from this step on, with that share of all steps done.
LogicalResult Trainer::enterPhase(double done) {
  if (done >= std::min(plan.attention.until, plan.freeze) && hasMixtures(module) &&
      failed(collapse()))
    return failure();
  if (!isFrozen && done >= plan.freeze && hasLearnedQuantizers(module) && failed(freeze()))
    return failure();
  return isFrozen ? takeIntegers() : success();
}

} // namespace tally

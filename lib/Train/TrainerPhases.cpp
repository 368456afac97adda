//===- TrainerPhases.cpp - attention, learned quantizers, integers --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModuleTensors.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/LevelWidths.h"
#include "tally/Quantize/Passes.h"
#include "tally/Train/MemberCosts.h"
#include "tally/Train/Trainer.h"

#include <algorithm>
#include <map>

using namespace mlir;

namespace tally {

template <typename OpT> static bool has(ModuleOp network) {
  return network.walk([](OpT) { return WalkResult::interrupt(); }).wasInterrupted();
}

LogicalResult Trainer::collapseTo(const std::vector<int64_t> &members) {
  SmallVector<MixtureOp> mixtures;
  module.walk([&](MixtureOp op) { mixtures.push_back(op); });
  if (mixtures.size() != members.size())
    return failure();
  // What attention was is not known any more, only what it led to.
  for (auto [op, member] : llvm::zip_equal(mixtures, members)) {
    ml_program::GlobalOp logits = getParameter(op.getLogits());
    int64_t count = op.getMembers().size();
    if (!logits || member < 0 || member >= count)
      return failure();
    constexpr float kCertain = 100;
    std::vector<float> values(count, 0.0f);
    values[member] = kCertain;
    writeParameter(module, logits.getSymName().str(), Tensor::of<float>({count}, values));
  }
  restore(now, std::move(moments));
  return success(succeeded(takeMembers()) && succeeded(rebuild()));
}

LogicalResult Trainer::narrowTo(const std::vector<int64_t> &masks) {
  kept = masks;
  return success(succeeded(narrowLevels(module, kept)) && succeeded(rebuild()));
}

/// Those that layers learned; one of the ranks says so.
void Trainer::tellBits() {
  std::string said;
  for (const auto &[name, bits] : listLearnedBits(module, kept))
    said += (said.empty() ? "" : ", ") + name + " " + std::to_string(bits);
  if (!said.empty() && ranks.leads())
    emitRemark(UnknownLoc::get(module.getContext())) << "bits that were learned: " << said;
}

/// How many are kept, by what weights are now.
FailureOr<std::vector<int64_t>> Trainer::chooseMasks() const {
  if (!costs)
    return chooseKeptMasks(module, plan.bits.average);
  FailureOr<MaskCosts> now = MaskCosts::measure(module, plan.budget);
  if (failed(now))
    return failure();
  return now->choose(module);
}

LogicalResult Trainer::takeBits() {
  if (!has<LevelMasksOp>(module))
    return success();
  store();
  FailureOr<std::vector<int64_t>> masks = chooseMasks();
  if (failed(masks))
    return failure();
  kept = *masks;
  tellBits();
  return narrowLevels(module, kept);
}

LogicalResult Trainer::takeMembers() {
  if (!has<MixtureOp>(module))
    return success();
  store();
  module.walk([&](MixtureOp op) {
    std::optional<std::vector<double>> attention = getAttention(op);
    chosen.push_back(attention ? int64_t(getDeployedMember(op, *attention)) : 0);
  });
  // One of the ranks warns.
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &said) {
    return success(said.getSeverity() == DiagnosticSeverity::Warning && !ranks.leads());
  });
  PassManager manager(module.getContext());
  manager.addPass(createCollapseMixtures());
  return runPasses(manager, module);
}

/// What steers bits and attention where it is not how many bits there are. A budget that cannot be
/// met is said before anything is trained.
LogicalResult Trainer::measureCosts() {
  if (plan.budget.most > 0) {
    FailureOr<MaskCosts> measured = MaskCosts::measure(module, plan.budget);
    if (failed(measured))
      return failure();
    costs.emplace(std::move(*measured));
  }
  if (plan.attention.penalty > 0 && plan.attention.penaltyOn == Attention::Penalty::Energy) {
    auto measured = measureMemberCosts(module, EnergyTable::builtin());
    if (failed(measured))
      return failure();
    memberCosts = std::move(*measured);
  }
  return success();
}

/// What depends on which parameters there are.
LogicalResult Trainer::prepareUpdate() {
  gradients.clear();
  for (const CompiledStep::Slot &slot : code->parameters())
    gradients.emplace_back(ElementType::F32, slot.shape);
  for (Shard &shard : shards)
    shard = code->makeShard();
  makeWorkspaces();
  std::vector<Tensor> starts;
  for (auto [slot, value] : llvm::zip_equal(code->parameters(), parameters_))
    starts.push_back(first.try_emplace(slot.name, value).first->second);
  TrainPlan steered = plan;
  std::vector<CompiledStep::Slot> slots = code->parameters();
  if (costs)
    costs->steer(steered, slots);
  for (CompiledStep::Slot &slot : slots)
    if (auto known = memberCosts.find(slot.name); known != memberCosts.end())
      slot.costs = known->second;
  FailureOr<Update> made = Update::create(module.getContext(), steered, slots, starts, target);
  if (failed(made))
    return failure();
  update.emplace(std::move(*made));
  return success();
}

/// For a network that has lost parameters: those that stay go on.
LogicalResult Trainer::rebuild() {
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
  if (done >= plan.attention.until && has<MixtureOp>(module) &&
      (failed(takeMembers()) || failed(rebuild())))
    return failure();
  if (done >= plan.bits.until && has<LevelMasksOp>(module) &&
      (failed(takeBits()) || failed(rebuild())))
    return failure();
  if (!isFrozen && done >= plan.freeze && hasLearnedQuantizers(module) && failed(freeze()))
    return failure();
  return isFrozen ? takeIntegers() : success();
}

} // namespace tally

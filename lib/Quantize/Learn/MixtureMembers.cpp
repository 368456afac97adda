//===- MixtureMembers.cpp - quantizers that a layer mixes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MixtureMembers.h"

#include "Quantize/Network.h"

#include <optional>

using namespace mlir;

namespace tally {

std::vector<QuantizerMember> listFilterMembers(const LayerPlan &plan) {
  std::vector<QuantizerMember> members = getMembers(plan.members, plan.bits);
  llvm::erase_if(members, [](const QuantizerMember &member) { return !member.isOfWeights(); });
  return members;
}

bool mixesWith(const QuantizerMember &member, const LayerPlan &plan, int bits) {
  bool isOther =
      member.bits != bits || member.clip.value_or(plan.activationSteps) != plan.activationSteps;
  return member.isOfInputs() && isOther;
}

namespace {
/// Of weights and of inputs, what tells two quantizers apart.
using Identity = std::tuple<LevelRule, int, StepRule, ClipRule>;
} // namespace

/// That no two members that `apply` are one quantizer by two names, and none is `own`.
static LogicalResult checkDifferent(Operation *layer, const LayerPlan &plan, StringRef of,
                                    llvm::function_ref<bool(const QuantizerMember &)> apply,
                                    llvm::function_ref<Identity(const QuantizerMember &)> identify,
                                    std::optional<Identity> own) {
  if (plan.members.empty())
    return success(); // they have other bits
  SmallVector<StringRef> names;
  StringRef(plan.members).split(names, ',');
  std::vector<std::pair<Identity, StringRef>> seen;
  for (auto [text, member] : llvm::zip_equal(names, getMembers(plan.members, plan.bits))) {
    if (!apply(member))
      continue;
    StringRef name = text.trim();
    Identity identity = identify(member);
    if (own && identity == *own)
      return emitLayerError(layer)
             << "'members' has '" << name << "', which is the layer's own quantizer of " << of
             << ": each has to be another one";
    for (auto [other, otherName] : seen)
      if (identity == other)
        return emitLayerError(layer)
               << "'members' has '" << otherName << "' and '" << name
               << "', which are the same quantizer of " << of << ": each has to be another one";
    seen.emplace_back(identity, name);
  }
  return success();
}

LogicalResult checkMembers(Operation *layer) {
  LayerPlan plan = getPlan(layer);
  if (isa<AdderConv2DOp>(layer) || !plan.mixes())
    return success();
  auto refuse =
      [&](int bits, StringRef of) {
        return emitLayerError(layer)
               << "requires 'members' beside its own " << bits << " bits for 'dqa' of " << of
               << ", each different; by default they have twice and four times the bits, 8 at most";
      };
  if (plan.quantizer == QuantizerRule::Dqa) {
    if (listFilterMembers(plan).empty())
      return refuse(plan.bits, "weights");
    auto identify = [&](const QuantizerMember &member) {
      return Identity(member.levels, member.bits, member.steps.value_or(plan.steps), {});
    };
    Identity own(plan.levels, plan.bits, plan.steps, {});
    if (failed(checkDifferent(
            layer, plan, "weights", [](const auto &member) { return member.isOfWeights(); },
            identify, own)))
      return failure();
  }
  if (plan.activationQuantizer == QuantizerRule::Dqa) {
    auto identify = [&](const QuantizerMember &member) {
      return Identity({}, member.bits, {}, member.clip.value_or(plan.activationSteps));
    };
    // The inputs' own may be among them, as a member of weights.
    if (failed(checkDifferent(
            layer, plan, "inputs", [](const auto &member) { return member.isOfInputs(); }, identify,
            std::nullopt)))
      return failure();
    if (llvm::none_of(getMembers(plan.members, plan.activationBits),
                      [&](const QuantizerMember &member) {
                        return mixesWith(member, plan, plan.activationBits);
                      }))
      return refuse(plan.activationBits, "inputs");
  }
  return success();
}

} // namespace tally

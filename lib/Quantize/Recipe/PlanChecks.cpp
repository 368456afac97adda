//===- PlanChecks.cpp - keys of a plan beside each other ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"

#include "llvm/ADT/Twine.h"

using namespace mlir;

namespace tally {

std::string getWrongBits(const LayerPlan &plan) {
  auto refuse = [&](StringRef levels, int bits) {
    return ("'levels' '" + levels + "' requires 'bits' " + Twine(bits) + ", but got " +
            Twine(plan.bits))
        .str();
  };
  if (plan.levels == LevelRule::Binary && plan.bits != 1)
    return refuse("bwn", 1);
  if (plan.levels == LevelRule::Ternary && plan.bits != 2)
    return refuse("twn", 2);
  if (plan.levels != LevelRule::Binary && plan.bits < 2)
    return "'bits' 1 requires 'levels' 'bwn': other weights, and inputs, have 2 bits or more";
  if (plan.activationBits < 2)
    return "inputs of one bit are not supported: 'activation_bits' requires 2 or more, and is as "
           "'bits' where it is not said";
  return "";
}

std::string getMissing(StringRef name, StringRef kind, const LayerPlan &plan) {
  if (saysItsScale(plan.levels) &&
      (name == "rounding" || name == "power_of_two_scales" || name == "shared_scale" ||
       (name == "steps" && plan.quantizer != QuantizerRule::Dqa)))
    return "other 'levels': scales of 'bwn' and 'twn' follow from the weights";
  bool ofLevels = name == "rounding" || name == "power_of_two_scales" || name == "shared_scale" ||
                  (name == "correction" && kind == "conv");
  bool mixesLevels =
      plan.quantizer == QuantizerRule::Dqa && name != "correction" &&
      llvm::any_of(getMembers(plan.members, plan.bits), [](const QuantizerMember &member) {
        return isFitted(member.levels) && !saysItsScale(member.levels);
      });
  if (ofLevels && !isFitted(plan.levels) && !mixesLevels)
    return name == "correction" ? "'levels' 'pot', 'apot', 'bwn' or 'twn'"
                                : "'levels' 'pot' or 'apot'";
  if (name == "range" && plan.range != RangeRule::Seen && plan.levels != LevelRule::Uniform &&
      (plan.activationLevels != LevelRule::Uniform || plan.activationBits > 8))
    return "equal steps of 8 bits or fewer";
  bool isCpq =
      plan.quantizer == QuantizerRule::Cpq || plan.activationQuantizer == QuantizerRule::Cpq;
  if (name == "granularity" && plan.quantizer != QuantizerRule::Hgq)
    return "a 'quantizer' 'hgq'";
  if (name == "steps" && plan.steps != StepRule::Learned && plan.quantizer == QuantizerRule::Hgq)
    return "another 'quantizer': with 'hgq' the step follows from the fractional bits";
  if (name == "gradient" && !isCpq)
    return "a 'quantizer' 'cpq'";
  if ((name == "members" || name == "deploy") && !plan.mixes())
    return "a 'quantizer' 'dqa'";
  if (name == "drop_bits" && plan.dropBits != DropRule::None &&
      plan.quantizer != QuantizerRule::Cpq)
    return "a 'quantizer' 'cpq'";
  if (name == "keep" && plan.dropBits == DropRule::None)
    return "'drop_bits' 'bits' or 'endpoints'";
  if (name == "learned_bits" && plan.learnedBits && plan.dropBits != DropRule::Bits)
    return "'drop_bits' 'bits'";
  if (name == "steps" && plan.steps == StepRule::Sawb && plan.quantizer != QuantizerRule::Dqa &&
      plan.levels != LevelRule::Uniform)
    return "'levels' 'uniform'";
  if (name == "activation_steps" && plan.activationSteps == ClipRule::Clip) {
    if (plan.activationLevels != LevelRule::Uniform)
      return "'activation_levels' 'uniform'";
    if (plan.activationQuantizer == QuantizerRule::Cpq)
      return "an 'activation_quantizer' 'lsq' or 'dqa'";
  }
  if (name == "activation_quantizer" && plan.activationQuantizer != QuantizerRule::Lsq) {
    if (plan.activationLevels != LevelRule::Uniform)
      return "'activation_levels' 'uniform'";
    if (plan.activationQuantizer == QuantizerRule::Cpq &&
        plan.activationBits > kMostCategoricalBits)
      return "'activation_bits' of " + std::to_string(kMostCategoricalBits) + " at most";
  }
  bool ofUnsigned = name == "search_scale" || name == "optimize_rounding";
  if (ofUnsigned && plan.codes != CodeRule::Unsigned)
    return "'codes' 'unsigned'";
  return "";
}

} // namespace tally

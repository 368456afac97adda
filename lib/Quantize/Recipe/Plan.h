//===- Plan.h - what a recipe says of a layer -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_RECIPE_PLAN_H
#define TALLY_LIB_QUANTIZE_RECIPE_PLAN_H

#include "Quantize/Network.h"

#include <optional>

namespace tally {

/// How an adder layer's interval follows from what was observed.
enum class ScaleRule {
  Activations,   ///< the input's quantiles: [0, A], or both tails of a signed input
  GroupMinimum,  ///< [-s, s] with s = min(A, largest weight of the group), as published
  SharedMaximum, ///< [-s, s] with s the largest of all inputs and weights (QSSF)
  Imported,      ///< the ends of the quantizer that the network has on the input
};

/// The codes of an adder layer's operands.
enum class CodeRule {
  Unsigned,   ///< one unsigned range for both
  Signed,     ///< one signed range for both
  DoubleStep, ///< unsigned activations, signed weights of twice the step, as published
};

/// The levels of a convolution's weights.
enum class LevelRule {
  Uniform,
  PowerOfTwo,
  AdditivePowerOfTwo,
  Imported, ///< those that the weights lie on already
  Binary,   ///< -1 and 1, the scale from the weights (BWN)
  Ternary,  ///< -1, 0 and 1, scale and threshold from the weights (TWN)
};

/// How weights are put onto levels that are not uniform.
enum class RoundingRule {
  Nearest,     ///< each to the nearest level
  Log,         ///< each to the nearest exponent
  Compensated, ///< the weights still to be rounded absorb the error of those already rounded
  Admm,        ///< all at once, by turns with the scale (alternating directions)
};

/// What the step of a convolution's equal levels follows.
enum class RangeRule {
  Seen,     ///< the largest weight, and what calibration saw but for outliers
  Gaussian, ///< the deviation of weights, and of what calibration saw
};

/// What training learns of a quantizer, and by which gradient.
enum class QuantizerRule {
  Lsq, ///< its scale, by the straight-through estimator
  Cpq, ///< scale and sigma, by probabilities of the levels
  Dqa, ///< scales of several, mixed by attention until one is left
  Hgq, ///< how many fractional bits weights have, at what these cost
};

/// What has a number of fractional bits of its own.
enum class Granularity { Channel, Weight };

/// What a scale of weights is in training.
enum class StepRule {
  Learned,
  MinMax, ///< such that the outermost level is the largest weight
  Sawb,   ///< such that the outermost level is the clip that the weights' moments say
};

/// What training learns of the scale of a convolution's inputs.
enum class ClipRule {
  Step, ///< the step, by the error of rounding and of clipping (LSQ)
  Clip, ///< the clip, by what is clipped (PACT)
};

/// Which of mixed quantizers is deployed.
enum class DeployRule {
  Own,    ///< the layer's
  Winner, ///< that with most attention
};

/// A quantizer that is mixed with a layer's own.
struct QuantizerMember {
  LevelRule levels = LevelRule::Uniform;
  int bits = 0;
  std::optional<StepRule> steps = {}; ///< of weights; none where the layer's plan says it
  std::optional<ClipRule> clip = {};  ///< likewise, of inputs

  /// "sawb" is of weights, "pact" of inputs, equal steps without a rule of both.
  bool isOfWeights() const { return !clip; }
  bool isOfInputs() const { return levels == LevelRule::Uniform && !steps; }
};

/// CPQ computes probabilities level by level.
constexpr int kMostCategoricalBits = 4;

/// What masks drop of a quantizer (DropBits).
enum class DropRule {
  None,
  Bits,      ///< a mask for each bit
  Endpoints, ///< a mask for each pair of outermost levels
};

/// -1, 0 and 1 are never dropped.
constexpr int kLeastDroppedBits = 3;

/// What CPQ's probabilities pass back.
enum class CategoricalGradient { Expectation, Literal };

enum class Correction { None, Mean, Affine };

/// Whether scales follow from the weights alone, and nothing of them is searched or learned.
inline bool saysItsScale(LevelRule rule) {
  return rule == LevelRule::Binary || rule == LevelRule::Ternary;
}

/// Whether weights have to be put onto levels that they do not lie on.
inline bool isFitted(LevelRule rule) {
  return rule == LevelRule::PowerOfTwo || rule == LevelRule::AdditivePowerOfTwo ||
         saysItsScale(rule);
}

/// The levels of such a rule, for weights.
inline PowerOfTwoFormat getFormat(LevelRule rule, int bits) {
  return {bits, /*isSigned=*/true, /*additive=*/rule == LevelRule::AdditivePowerOfTwo,
          /*hasZero=*/rule != LevelRule::Binary};
}

/// The plan of one layer, from its `tally.plan`.
struct LayerPlan {
  int bits = 8;
  ScaleRule scale = ScaleRule::Activations;
  CodeRule codes = CodeRule::Unsigned;
  int clusters = 1;
  bool clampWeights = true;
  bool residualPlane = false;
  bool searchScale = true;
  bool optimizeRounding = true;
  Correction correction = Correction::Affine;

  // Convolutions.
  int activationBits = 8;
  LevelRule activationLevels = LevelRule::Uniform; ///< not Imported
  LevelRule levels = LevelRule::Uniform;
  RoundingRule rounding = RoundingRule::Compensated;
  RangeRule range = RangeRule::Seen;
  bool powerOfTwoScales = false;
  bool sharedScale = false;

  // Convolutions in training.
  QuantizerRule quantizer = QuantizerRule::Lsq, activationQuantizer = QuantizerRule::Lsq;
  Granularity granularity = Granularity::Channel;
  CategoricalGradient gradient = CategoricalGradient::Expectation;
  StepRule steps = StepRule::Learned;
  ClipRule activationSteps = ClipRule::Step;
  std::string members; ///< see `getMembers`
  DeployRule deploy = DeployRule::Own;
  DropRule dropBits = DropRule::None;
  double keep = 0.9;        ///< how likely a mask is there, at first where it is learned
  bool learnedBits = false; ///< how many bits are kept

  bool mixes() const {
    return quantizer == QuantizerRule::Dqa || activationQuantizer == QuantizerRule::Dqa;
  }
};

/// The members that `text` names beside a quantizer of `bits`: "4, 8, pot4, sawb4, twn"; empty text
/// for twice and four times the bits, as published, 8 at most. Empty where it is no such list.
std::vector<QuantizerMember> getMembers(llvm::StringRef text, int bits);

/// The plan of the network, from the module's `tally.plan`.
struct NetworkPlan {
  double quantile = 0.9995;
  double activationQuantile = 0.9999;
  int trunkBits = 8;
  bool reestimateBatchNorm = false;
  bool keepQuantizers = false;
};

/// What is to be done with a layer: its plan, and where passes decided otherwise, that.
LayerPlan getPlan(mlir::Operation *layer);
NetworkPlan getPlan(mlir::ModuleOp module);

// Decisions, in `tally.decisions`; the plan stays what the recipe said.

void setCodeRule(mlir::Operation *layer, CodeRule rule);
void setScaleRule(mlir::Operation *layer, ScaleRule rule);
/// Nothing of the layer is to be searched, fitted or corrected.
void setExact(mlir::Operation *layer);
/// Levels of a layer's weights are the finest sums of powers of two; inputs keep their bits.
void setPowersRule(mlir::Operation *layer);
/// Takes what was decided of `from` over to `to`, with its plan.
void copyPlan(mlir::Operation *from, mlir::Operation *to);

/// One key of a plan: what a recipe may say, and the field that it sets.
struct PlanKey {
  enum Kind { Whole, Real, Flag, Word, Members };

  llvm::StringLiteral name;
  Kind kind;
  /// Of a `Word`, those that it may be.
  llvm::ArrayRef<llvm::StringLiteral> words;
  /// Of a number, the ends.
  double low, high;
  llvm::StringLiteral about; ///< for people who write recipes
  /// Sets the field of a `LayerPlan` or a `NetworkPlan` to a value that `check` takes.
  void (*read)(const PlanKey &key, mlir::Attribute value, void *plan);
  /// What the field is where no recipe sets it.
  std::string (*standard)(const PlanKey &key);
  /// "adder" or "conv", the layers that it is for; empty for both.
  llvm::StringLiteral layers = "";

  bool isFor(llvm::StringRef layerKind) const { return layers.empty() || layers == layerKind; }
  bool isStandard(mlir::Attribute value) const;
  /// The values that it may have: "2..8", "true, false", "none, mean, affine".
  std::string range() const;
  /// Empty for a value that the key may have, else what it requires.
  std::string check(mlir::Attribute value) const;
};
llvm::ArrayRef<PlanKey> getLayerKeys();
llvm::ArrayRef<PlanKey> getNetworkKeys();

/// What the layer key `name` requires of a plan of a layer of `kind` to have an effect, where that
/// is not so: "'levels' 'pot' or 'apot'".
std::string getMissing(llvm::StringRef name, llvm::StringRef kind, const LayerPlan &plan);

/// What is wrong with the bits of weights on such levels: "'levels' 'bwn' requires 'bits' 1, but
/// got 8"; empty where nothing is.
std::string getWrongBits(const LayerPlan &plan);

/// Checks the keys and values of every plan in `module`, and emits an error for each that is wrong.
mlir::LogicalResult verifyPlans(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_RECIPE_PLAN_H

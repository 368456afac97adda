//===- Plan.h - what a recipe says of a layer -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_RECIPE_PLAN_H
#define TALLY_LIB_QUANTIZE_RECIPE_PLAN_H

#include "Quantize/Network.h"

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
};

/// How weights are put onto levels that are not uniform.
enum class RoundingRule {
  Nearest,     ///< each to the nearest level
  Log,         ///< each to the nearest exponent
  Compensated, ///< the weights still to be rounded absorb the error of those already rounded
};

enum class Correction { None, Mean, Affine };

/// Whether weights have to be put onto levels that they do not lie on.
inline bool isFitted(LevelRule rule) {
  return rule == LevelRule::PowerOfTwo || rule == LevelRule::AdditivePowerOfTwo;
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
  bool powerOfTwoScales = false;
  bool sharedScale = false;
};

/// The plan of the network, from the module's `tally.plan`.
struct NetworkPlan {
  double quantile = 0.9995;
  int trunkBits = 8;
  bool reestimateBatchNorm = false;
  bool keepQuantizers = false;
};

/// Changes the levels of a layer's weights to the finest sums of powers of two; inputs keep
/// their bits.
void setPowersRule(mlir::Operation *layer);

LayerPlan getPlan(mlir::Operation *layer);
void setCodeRule(mlir::Operation *layer, CodeRule rule);
void setScaleRule(mlir::Operation *layer, ScaleRule rule);
/// Nothing of the layer is to be searched, fitted or corrected.
void setExact(mlir::Operation *layer);
NetworkPlan getPlan(mlir::ModuleOp module);

/// The keys and the values they may have, for reading a recipe. Fails with a message.
struct PlanKey {
  llvm::StringLiteral name;
  /// Allowed words, or empty where the value is a number or a truth value.
  llvm::ArrayRef<llvm::StringLiteral> words;
  double low, high;
  bool isBool;
};
llvm::ArrayRef<PlanKey> getLayerKeys();
llvm::ArrayRef<PlanKey> getNetworkKeys();

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_RECIPE_PLAN_H

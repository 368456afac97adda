//===- LearnedOps.cpp - quantizers whose scales are learned ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels are those of LearnedOps.td.
//
//===----------------------------------------------------------------------===//

#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

int64_t LearnedQuantizerOp::getAxis() { return getScaleAxis(getLevels()); }
int64_t CategoricalSlopeOp::getAxis() { return getScaleAxis(getLevels()); }

/// Of a quantizer with probabilities, which may have levels as `levelLabel` says.
static LogicalResult verifyCategorical(Operation *op, StringRef levelLabel, StringRef sigmaLabel,
                                       Type levels, Type scale, Type sigma) {
  constexpr int64_t kMostLevels = 32;
  if (!isa<UniformQuantizedType, UniformQuantizedPerAxisType>(levels) ||
      getStepRange(levels).max - getStepRange(levels).min >= kMostLevels)
    return op->emitOpError() << "requires uniform levels for 'sigma', " << kMostLevels
                             << " at most (" << levelLabel << "), but got " << levels;
  if (sigma != scale)
    return op->emitOpError() << "requires 'sigma' of the type of 'scale' (" << sigmaLabel
                             << "), but got " << sigma << " and " << scale;
  return success();
}

/// Of one with masks, or where there are none, without `endpoints`.
static LogicalResult verifyMasks(Operation *op, StringRef label, Type levels, Value masks,
                                 bool endpoints) {
  if (!masks)
    return endpoints ? op->emitOpError() << "requires 'masks' for 'endpoints' (" << label << ")"
                     : LogicalResult(success());
  CodeRange range = getStepRange(levels);
  if (range.min != -range.max || range.max < 3 || !llvm::isPowerOf2_64(range.max + 1))
    return op->emitOpError() << "requires levels from -m to m for 'masks', with m + 1 a power of "
                                "two and at least 4 ("
                             << label << "), but got " << levels;
  int64_t wanted = endpoints ? range.max - 1 : int64_t(llvm::Log2_64(range.max + 1)) - 1;
  int64_t given = cast<RankedTensorType>(masks.getType()).getDimSize(0);
  if (given != wanted)
    return op->emitOpError() << "requires " << wanted << " masks (" << label << "), but got "
                             << given;
  return success();
}

Type LearnedQuantizerOp::getTrainedType(ArrayRef<float> learned) {
  SmallVector<double> scales;
  for (size_t i = 0, e = getLevelScales(getLevels()).size(); i < e; ++i)
    scales.push_back(boundScale(learned[learned.size() == 1 ? 0 : i]));
  return withScales(getLevels(), scales);
}

LogicalResult LearnedQuantizerOp::verify() {
  SmallVector<double> scales = getLevelScales(getLevels());
  if (scales.empty())
    return emitOpError() << "requires levels of a uniform type or of powers of two "
                            "(learned_quantizer_c1), but got "
                         << getLevels();
  for (double scale : scales)
    if (scale != 1)
      return emitOpError() << "requires levels with scale 1 (learned_quantizer_c1), but got "
                           << scale;
  if (hasZeroPointsAlongAxis(getLevels()))
    return emitOpError() << "requires zero points of 0 where levels are per axis "
                            "(learned_quantizer_c1), but got "
                         << getLevels();
  auto input = cast<RankedTensorType>(getInput().getType());
  int64_t axis = getAxis(), given = getScale().getType().getDimSize(0);
  if (axis >= input.getRank() ||
      (axis >= 0 && !input.isDynamicDim(axis) && input.getDimSize(axis) != int64_t(scales.size())))
    return emitOpError() << "requires levels with a scale for each index of a dimension of 'input' "
                            "(learned_quantizer_c1), but got "
                         << scales.size() << " along dimension " << axis;
  if (given != 1 && given != int64_t(scales.size()))
    return emitOpError() << "requires 'scale' to have one element or " << scales.size()
                         << " (learned_quantizer_c2), but got " << given;
  auto powers = dyn_cast<PowerOfTwoType>(getLevels());
  if (getNearestExponent() && (!powers || powers.getAdditive()))
    return emitOpError() << "requires single powers of two for 'nearest_exponent' "
                            "(learned_quantizer_c3), but got "
                         << getLevels();
  if (!getSigma()) {
    if (getLiteral())
      return emitOpError() << "requires 'sigma' for 'literal' (learned_quantizer_c4)";
    if (getMasks() || getEndpoints())
      return emitOpError() << "requires 'sigma' for 'masks' (learned_quantizer_c5)";
    return success();
  }
  if (getPassesOutside() || getSpansInput())
    return emitOpError() << "requires no 'passes_outside' and no 'spans_input' with 'sigma' "
                            "(learned_quantizer_c4)";
  if (failed(verifyCategorical(*this, "learned_quantizer_c4", "learned_quantizer_c4", getLevels(),
                               getScale().getType(), getSigma().getType())))
    return failure();
  return verifyMasks(*this, "learned_quantizer_c5", getLevels(), getMasks(), getEndpoints());
}

LogicalResult LevelMasksOp::verify() {
  if (getNoise() && getNoise().getType() != getLogits().getType())
    return emitOpError() << "requires 'noise' of the type of 'logits' (level_masks_c1), but got "
                         << getNoise().getType() << " and " << getLogits().getType();
  return success();
}

LogicalResult CategoricalSlopeOp::verify() {
  SmallVector<double> scales = getLevelScales(getLevels());
  auto input = cast<RankedTensorType>(getInput().getType());
  int64_t axis = getScaleAxis(getLevels()), given = getScale().getType().getDimSize(0);
  if (scales.empty() || llvm::any_of(scales, [](double scale) { return scale != 1; }) ||
      axis >= input.getRank() || hasZeroPointsAlongAxis(getLevels()) ||
      (axis >= 0 && !input.isDynamicDim(axis) && input.getDimSize(axis) != int64_t(scales.size())))
    return emitOpError()
           << "requires levels with scale 1, one or one for each index of a dimension "
              "of 'input', there without zero points (categorical_slope_c1), but got "
           << getLevels();
  if (given != 1 && given != int64_t(scales.size()))
    return emitOpError() << "requires 'scale' to have one element or " << scales.size()
                         << " (categorical_slope_c2), but got " << given;
  if (failed(verifyCategorical(*this, "categorical_slope_c1", "categorical_slope_c2", getLevels(),
                               getScale().getType(), getSigma().getType())) ||
      failed(verifyMasks(*this, "categorical_slope_c3", getLevels(), getMasks(), getEndpoints())))
    return failure();
  bool ofMasks = getOf() == CategoricalOperand::Masks;
  int64_t most = ofMasks && getMasks() ? getMasks().getType().getDimSize(0) : ofMasks ? 0 : 1;
  if (getMask() < 0 || getMask() >= most)
    return emitOpError() << "requires 'mask' to be one of " << most
                         << " masks (categorical_slope_c3), but got " << getMask();
  return success();
}

LogicalResult MixtureOp::verify() {
  int64_t given = getLogits().getType().getDimSize(0);
  if (getMembers().size() < 2 || given != int64_t(getMembers().size()))
    return emitOpError()
           << "requires a logit for each of two or more members (mixture_c1), but got " << given
           << " for " << getMembers().size();
  for (Type type : getMembers().getTypes())
    if (type != getOutput().getType())
      return emitOpError() << "requires members of the type of 'output' (mixture_c1), but got "
                           << type << " for " << getOutput().getType();
  return success();
}

LogicalResult AdderExcessOp::verify() {
  double low = getLow().convertToFloat(), high = getHigh().convertToFloat();
  if (!(low <= high))
    return emitOpError() << "requires 'low' not above 'high' (adder_excess_c1), but got " << low
                         << " and " << high;
  int64_t filters = cast<RankedTensorType>(getFilter().getType()).getDimSize(0);
  if (int64_t got = getOutput().getType().getDimSize(0); got != filters)
    return emitOpError() << "requires 'output' to have an element for each of " << filters
                         << " filters (adder_excess_c1), but got " << got;
  return success();
}

//===- FilterQuantizerOps.cpp - quantizers whose scale follows weights ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels are those of FilterQuantizerOps.td.
//
//===----------------------------------------------------------------------===//

#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

static constexpr PowerOfTwoFormat kBinary = {1, true, false, false};
static constexpr PowerOfTwoFormat kTernary = {2, true, false, true};

FilterRule FilterQuantizerOp::getRule() {
  auto powers = dyn_cast<PowerOfTwoType>(getLevels());
  if (!powers)
    return FilterRule::Sawb;
  return powers.getFormat() == kBinary ? FilterRule::Bwn : FilterRule::Twn;
}

int64_t FilterQuantizerOp::getMost() {
  return getRule() == FilterRule::Sawb ? getStepRange(getLevels()).max : 1;
}

int64_t FilterQuantizerOp::getAxis() { return getScaleAxis(getLevels()); }

Type FilterQuantizerOp::getTrainedType(ArrayRef<float> scales) {
  SmallVector<double> bounded;
  for (float scale : scales)
    bounded.push_back(boundScale(scale));
  return withScales(getLevels(), bounded);
}

std::string FilterQuantizerOp::getRuleName() {
  switch (getRule()) {
  case FilterRule::Bwn:
    return "bwn";
  case FilterRule::Twn:
    return "twn";
  case FilterRule::Sawb:
    return "sawb" + std::to_string(llvm::Log2_64(getMost() + 1) + 1);
  }
  llvm_unreachable("no such rule");
}

static bool areLevels(Type levels) {
  if (auto powers = dyn_cast<PowerOfTwoType>(levels))
    return powers.getFormat() == kBinary || powers.getFormat() == kTernary;
  auto uniform = dyn_cast<UniformQuantizedType>(levels);
  if ((!uniform && !isa<UniformQuantizedPerAxisType>(levels)) ||
      (uniform && uniform.getZeroPoint() != 0) || hasZeroPointsAlongAxis(levels))
    return false;
  CodeRange range = getStepRange(levels);
  return range.min == -range.max && range.max >= 1 && range.max <= 127 &&
         llvm::isPowerOf2_64(uint64_t(range.max) + 1);
}

LogicalResult FilterQuantizerOp::verify() {
  SmallVector<double> scales = getLevelScales(getLevels());
  if (!areLevels(getLevels()))
    return emitOpError() << "requires binary, ternary or symmetric uniform levels "
                            "(filter_quantizer_c1), but got "
                         << getLevels();
  for (double scale : scales)
    if (scale != 1)
      return emitOpError() << "requires levels with scale 1 (filter_quantizer_c1), but got "
                           << scale;
  auto input = cast<RankedTensorType>(getInput().getType());
  int64_t axis = getAxis();
  if (!input.hasStaticShape() || axis >= input.getRank() ||
      (axis >= 0 && input.getDimSize(axis) != int64_t(scales.size())))
    return emitOpError() << "requires a static shape with an index for each of " << scales.size()
                         << " scales along dimension " << axis << " (filter_quantizer_c2), but got "
                         << input;
  return success();
}

#define GET_OP_CLASSES
#include "tally/IR/FilterQuantizerOps.cpp.inc"

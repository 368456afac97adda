//===- PowerOfTwoOps.cpp - verifiers of decode and snap -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels such as decode_c1 are those of TallyOps.td.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

//===----------------------------------------------------------------------===//
// DecodeOp
//===----------------------------------------------------------------------===//

LogicalResult DecodeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  auto type = cast<PowerOfTwoType>(input.getElementType());
  if (input.getShape() != output.getShape() || !input.hasStaticShape())
    return emitOpError()
           << "requires 'input' and 'output' of one static shape (decode_c1), but got " << input
           << " and " << output;
  if (type.isPerAxis() && (type.getAxis() >= input.getRank() ||
                           input.getDimSize(type.getAxis()) != int64_t(type.getScales().size())))
    return emitOpError() << "requires one scale an index of dimension " << type.getAxis()
                         << " (decode_c1), but got " << type.getScales().size() << " for " << input;
  if (isFloat(output))
    return success();
  QuantizedType quantized = getQuantizedElement(output);
  SmallVector<double> scales;
  int32_t axis = -1;
  bool centred = false;
  if (auto uniform = dyn_cast_or_null<UniformQuantizedType>(quantized)) {
    scales = {uniform.getScale()};
    centred = uniform.getZeroPoint() == 0;
  } else if (auto perAxis = dyn_cast_or_null<UniformQuantizedPerAxisType>(quantized)) {
    scales.assign(perAxis.getScales().begin(), perAxis.getScales().end());
    axis = perAxis.getQuantizedDimension();
    centred = llvm::all_of(perAxis.getZeroPoints(), [](int64_t zero) { return zero == 0; });
  }
  if (ArrayRef(scales) != type.getScales() || axis != type.getAxis() || !centred)
    return emitOpError() << "requires 'output' to have the scales of 'input' and zero point 0 "
                            "(decode_c2), but got "
                         << output.getElementType() << " for " << type;
  PowerOfTwoLevels levels = type.getLevels();
  CodeRange range = getCodeRange(quantized);
  if (!range.contains({levels.sorted().front(), levels.largest()}))
    return emitOpError() << "requires 'output' to hold every level in " << levels.sorted().front()
                         << ".." << levels.largest() << " (decode_c2), but its range is "
                         << range.min << ".." << range.max;
  return success();
}

//===----------------------------------------------------------------------===//
// SnapOp
//===----------------------------------------------------------------------===//

int SnapOp::getFineness() {
  auto input = cast<UniformQuantizedType>(getQuantizedElement(getInput().getType()));
  return int(std::lround(std::log2(getLevelType().getScales()[0] / input.getScale())));
}

SmallVector<int64_t> SnapOp::getThresholds() {
  PowerOfTwoLevels levels = getLevelType().getLevels();
  SmallVector<int64_t> thresholds;
  int64_t half = int64_t(1) << (getFineness() - 1);
  for (size_t i = 1; i < levels.sorted().size(); ++i) {
    int64_t low = levels.sorted()[i - 1], high = levels.sorted()[i];
    thresholds.push_back((low + high) * half + (levels.tieRises(i, getTies()) ? 0 : 1));
  }
  return thresholds;
}

LogicalResult SnapOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  PowerOfTwoType type = getLevelType();
  bool floats = isFloat(input) && isFloat(output);
  if (input.getShape() != output.getShape() || type.isPerAxis() ||
      (!floats && !(getQuantizedElement(input) && getQuantizedElement(output))))
    return emitOpError() << "requires 'levels' of one scale and 'input' and 'output' of one shape, "
                            "both float or both quantized (snap_c1), but got "
                         << type << ", " << input << " and " << output;
  if (floats)
    return success();
  auto from = requirePerTensor(*this, "snap_c2", "input", input);
  auto to = requirePerTensor(*this, "snap_c2", "output", output);
  if (failed(from) || failed(to))
    return failure();
  double scale = type.getScales()[0], ratio = scale / from->getScale();
  int exponent = 0;
  bool fine = std::frexp(ratio, &exponent) == 0.5 && exponent >= 2 && exponent <= 31;
  if (!fine || from->getZeroPoint() != 0 || to->getZeroPoint() != 0 || to->getScale() != scale)
    return emitOpError()
           << "requires 'output' of scale " << scale
           << " and 'input' of that scale "
              "divided by 2, 4, ... or 2^30, both with zero point 0 (snap_c2), but got "
           << *to << " and " << *from;
  PowerOfTwoLevels levels = type.getLevels();
  if (levels.largest() > INT32_MAX >> (exponent - 1))
    return emitOpError() << "requires levels that fit 32 bits in the steps of 'input' (snap_c2), "
                            "but the largest is "
                         << levels.largest();
  CodeRange range = getCodeRange(*to);
  if (!range.contains({levels.sorted().front(), levels.largest()}))
    return emitOpError() << "requires 'output' to hold every level in " << levels.sorted().front()
                         << ".." << levels.largest() << " (snap_c2), but its range is " << range.min
                         << ".." << range.max;
  return success();
}

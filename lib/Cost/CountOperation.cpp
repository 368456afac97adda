//===- CountOperation.cpp - what one operation of a network costs ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CountOperation.h"

#include "CountSums.h"
#include "tally/Cost/CostOpInterface.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

CountedOperation countOperation(Operation *op, MulFree level) {
  if (auto model = dyn_cast<CostOpInterface>(op))
    return model.getCost(level);
  if (auto sum = dyn_cast<ReductionOpInterface>(op))
    return countSum(sum);
  CountedOperation counted;
  counted.known = isa<DataMovementOpInterface>(op); // which is for free
  return counted;
}

int64_t elementsOf(Value value) { return cast<RankedTensorType>(value.getType()).getNumElements(); }

OperationType typeOf(OperationKind kind, Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  return {kind, getCodeBits(element), isa<FloatType>(element)};
}

int getCodeBits(Type element) {
  if (auto powers = dyn_cast<PowerOfTwoType>(element))
    return powers.getBits();
  if (isa<FloatType>(element))
    return element.getIntOrFloatBitWidth();
  CodeRange range = getCodeRange(element);
  return getBitWidth(range.min, range.max);
}

} // namespace tally

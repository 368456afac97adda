//===- Batch.cpp - several batches at once --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Batch.h"

#include "tally/IR/Tally.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

/// The size of the leading dimension, where that can count images: scales along it belong to
/// places of one batch.
static std::optional<int64_t> countImages(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0)
    return std::nullopt;
  auto uniform = dyn_cast<UniformQuantizedPerAxisType>(tensor.getElementType());
  auto powers = dyn_cast<PowerOfTwoType>(tensor.getElementType());
  if ((uniform && uniform.getQuantizedDimension() == 0) ||
      (powers && powers.isPerAxis() && powers.getAxis() == 0))
    return std::nullopt;
  return tensor.getDimSize(0);
}

bool isNeededByEach(Operation *op, unsigned operand) {
  BatchRole role = cast<NetworkOpInterface>(op).getBatchRole(operand);
  return role == BatchRole::Images ||
         (role == BatchRole::OneOrImages && countImages(op->getOperand(operand).getType()) != 1);
}

bool keepsBatchesApart(Operation *op, llvm::function_ref<bool(unsigned)> holds) {
  auto known = dyn_cast<NetworkOpInterface>(op);
  if (!known || op->getNumResults() != 1 || !known.keepsBatch())
    return false;
  std::optional<int64_t> images = countImages(op->getResult(0).getType());
  if (!images)
    return false;
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    if (holds(i) && known.getBatchRole(i) == BatchRole::Shared)
      return false;
    if ((holds(i) || isNeededByEach(op, i)) && countImages(op->getOperand(i).getType()) != images)
      return false;
  }
  return true;
}

} // namespace tally

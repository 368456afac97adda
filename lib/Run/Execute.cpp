//===- Execute.cpp - one operation on a batch -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OperationTable.h"
#include "tally/IR/Batch.h"
#include "tally/Run/Elementwise.h"

using namespace mlir;

namespace tally {

/// Whether operand `index` holds what all copies of the network have there, one behind the other;
/// what is computed from constants alone is there once.
static bool holdsAll(const Execution &x, unsigned index) {
  const Tensor &tensor = x.operands[index];
  auto type = dyn_cast<RankedTensorType>(x.op->getOperand(index).getType());
  return x.batch != 1 && type && type.getRank() != 0 &&
         tensor.dim(0) == type.getDimSize(0) * x.batch;
}

static FailureOr<Tensor> executeAtOnce(const Execution &x) {
  for (auto part : {executeLayer, executeQuantization, executeElementwise, executeDataMovement,
                    executeGradient, executeFilterQuantizer})
    if (std::optional<FailureOr<Tensor>> result = part(x))
      return std::move(*result);
  return x.op->emitError() << "'" << x.op->getName() << "' cannot be interpreted";
}

/// Copy `copy` of the network's own part of `tensor`.
static Tensor takePart(const Tensor &tensor, int64_t copy, int64_t batch) {
  Shape start(tensor.rank(), 0), size = tensor.shape();
  size[0] /= batch;
  start[0] = copy * size[0];
  return reference::slice(tensor, start, size);
}

/// The same of one copy of the network, on `operands`.
static Execution alone(const Execution &x, ArrayRef<Tensor> operands) {
  return {x.op, operands, /*batch=*/1, x.threads, x.precision};
}

/// One copy of the network after the other.
static FailureOr<Tensor> executeEach(const Execution &x) {
  std::vector<Tensor> results;
  for (int64_t copy = 0; copy < x.batch; ++copy) {
    SmallVector<Tensor> operands(x.operands);
    for (auto [index, operand] : llvm::enumerate(operands))
      if (holdsAll(x, index))
        operand = takePart(operand, copy, x.batch);
    FailureOr<Tensor> result = executeAtOnce(alone(x, operands));
    if (failed(result))
      return failure();
    if (result->rank() == 0)
      return x.op->emitError() << "has a result without dimensions, so it runs with one copy of "
                                  "the network at a time";
    results.push_back(std::move(*result));
  }
  return reference::concat(results, 0);
}

FailureOr<Tensor> execute(const Execution &x) {
  auto holds = [&](unsigned index) { return holdsAll(x, index); };
  if (llvm::none_of(llvm::seq(x.op->getNumOperands()), holds))
    return executeAtOnce(alone(x, x.operands));
  if (!keepsBatchesApart(x.op, holds))
    return executeEach(x);
  SmallVector<Tensor> operands(x.operands);
  for (auto [index, operand] : llvm::enumerate(operands))
    if (!holds(index) && isNeededByEach(x.op, index))
      operand = repeat(operand, x.batch);
  return executeAtOnce({x.op, operands, x.batch, x.threads, x.precision});
}

Tensor repeat(const Tensor &tensor, int64_t copies) {
  return reference::concat(std::vector<Tensor>(copies, tensor), 0);
}

} // namespace tally

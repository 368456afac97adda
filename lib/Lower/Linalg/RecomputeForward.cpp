//===- RecomputeForward.cpp - gradients compute again what is cheap -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_RECOMPUTEFORWARD
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-recompute-forward"

namespace {

/// What is below is not worth a thought.
constexpr int64_t kLarge = 4096;

bool isLarge(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() >= kLarge;
}

/// Of one element of each input, broadcast or moved.
bool isElementwise(linalg::GenericOp op) {
  return op.getNumResults() == 1 && op.getNumReductionLoops() == 0 && !op.hasIndexSemantics() &&
         llvm::all_of(op.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isProjectedPermutation(true); }) &&
         llvm::all_of(op.getBody()->without_terminator(),
                      [](Operation &inner) { return inner.getNumRegions() == 0; });
}

/// The one large tensor that cheap `op` is made of; null where `op` is not cheap or has several.
Value getSource(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!(generic && isElementwise(generic)) && !isa<tensor::PadOp>(op))
    return {};
  Value source;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isLarge(operand.get()) || (generic && generic.isDpsInit(&operand)) ||
        operand.get() == source)
      continue;
    if (source)
      return {};
    source = operand.get();
  }
  return source;
}

class Recomputation {
public:
  explicit Recomputation(Block &block, Operation *loss) : block(block) {
    int64_t index = 0;
    for (Operation &op : block)
      order[&op] = index++;
    lossAt = order.lookup(loss);
  }

  /// Number of operations that are computed again.
  int64_t run() {
    for (Operation &op : block) {
      if (isBackward(&op))
        break;
      if (Value source = getSource(&op); source && isLarge(op.getResult(0)) && isKept(source))
        again.insert(&op);
    }
    for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
      if (isBackward(&op))
        for (OpOperand &operand : op.getOpOperands())
          if (Operation *forward = operand.get().getDefiningOp(); again.contains(forward))
            operand.set(compute(forward, &op));
    return int64_t(clones.size());
  }

private:
  bool isBackward(Operation *op) const {
    auto it = order.find(op);
    return it != order.end() && it->second > lossAt;
  }

  /// Whether gradients can have `value` without another that stays for it.
  bool isKept(Value value) const {
    Operation *op = value.getDefiningOp();
    return !op || again.contains(op) ||
           llvm::any_of(value.getUsers(), [&](Operation *user) { return isBackward(user); });
  }

  /// The result of `op` once more, for `user` and those behind it.
  Value compute(Operation *op, Operation *user) {
    if (Operation *known = clones.lookup(op))
      return known->getResult(0);
    IRMapping mapping;
    for (Value operand : op->getOperands())
      if (Operation *forward = operand.getDefiningOp(); again.contains(forward))
        mapping.map(operand, compute(forward, user));
    OpBuilder builder(user);
    Operation *clone = builder.clone(*op, mapping);
    clones[op] = clone;
    return clone->getResult(0);
  }

  Block &block;
  int64_t lossAt = 0;
  llvm::DenseMap<Operation *, int64_t> order;
  llvm::DenseSet<Operation *> again;
  llvm::DenseMap<Operation *, Operation *> clones;
};

struct RecomputeForward : tally::impl::RecomputeForwardBase<RecomputeForward> {
  using RecomputeForwardBase::RecomputeForwardBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function->hasAttr(TallyDialect::kBackwardAttr) || function.isExternal())
        continue;
      Operation *loss = function.front().getTerminator()->getOperand(0).getDefiningOp();
      if (!loss)
        continue;
      int64_t count = Recomputation(function.front(), loss).run();
      LDBG() << "computes " << count << " values again";
    }
  }
};

} // namespace

//===- LoopNest.h - loops that carry values ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. The loops of a reduction, outermost first; its sums travel through them.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_STEPS_LOOPNEST_H
#define TALLY_LIB_LOWER_STEPS_LOOPNEST_H

#include "StepBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tally {

class LoopNest {
public:
  LoopNest(StepBuilder &steps, mlir::ValueRange start)
      : steps(steps), guard(steps.builder), values(start) {}

  /// Opens a loop inside those so far; its index.
  mlir::AffineExpr enter(int64_t size, int64_t step = 1) {
    auto loop =
        mlir::scf::ForOp::create(steps.builder, steps.loc, steps.constantIndex(0),
                                 steps.constantIndex(size), steps.constantIndex(step), values);
    steps.builder.setInsertionPointToStart(loop.getBody());
    values.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
    loops.push_back(loop);
    return steps.addDim(loop.getInductionVar());
  }

  /// What the innermost loop starts an iteration with.
  mlir::ArrayRef<mlir::Value> carried() const { return values; }

  /// Closes all loops, each of whose iterations ends with `next`; what comes out of them.
  llvm::SmallVector<mlir::Value> leave(mlir::ValueRange next) {
    values = llvm::to_vector(next);
    for (mlir::scf::ForOp loop : llvm::reverse(loops)) {
      steps.builder.setInsertionPointToEnd(loop.getBody());
      mlir::scf::YieldOp::create(steps.builder, steps.loc, values);
      values.assign(loop.getResults().begin(), loop.getResults().end());
    }
    if (!loops.empty())
      steps.builder.setInsertionPointAfter(loops.front());
    return values;
  }

private:
  StepBuilder &steps;
  mlir::OpBuilder::InsertionGuard guard;
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<mlir::scf::ForOp> loops;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_LOOPNEST_H

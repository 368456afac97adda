//===- EraseUnused.cpp - what a step computes for nothing -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EraseUnused.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Iterators.h"

using namespace mlir;

/// Whether `op` is a loop whose only purpose is a sum.
static bool onlySums(Operation *op) {
  if (!isa<scf::ForOp>(op) || op->getNumResults() == 0)
    return false;
  return !op->walk([](Operation *inner) {
              return isa<memref::StoreOp, vector::StoreOp>(inner) ? WalkResult::interrupt()
                                                                  : WalkResult::advance();
            }).wasInterrupted();
}

/// Functions of numbers do nothing but return one.
static bool callsNumbers(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  return call && call.getNumResults() > 0 &&
         llvm::none_of(call.getOperandTypes(), llvm::IsaPred<BaseMemRefType>);
}

void tally::eraseUnusedFromStep(func::FuncOp step) {
  step.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op) || (op->use_empty() && (callsNumbers(op) || onlySums(op))))
      op->erase();
  });
}

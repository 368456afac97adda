//===- EvaluateOnce.cpp - what an expression uses several times -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Emit/Passes.h"

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;

namespace tally {
#define GEN_PASS_DEF_EVALUATEONCE
#include "tally/Emit/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-evaluate-once"

/// Whether `value` is written in a word: a variable or a number, perhaps of another type.
static bool isWord(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<emitc::CastOp>(op))
    return isWord(cast.getOperand());
  return !op || isa<emitc::ConstantOp, emitc::LiteralOp>(op);
}

/// The first part of `expression` that it uses several times; all parts of that are used once.
static Operation *findShared(emitc::ExpressionOp expression) {
  for (Operation &op : expression.getRegion().front().without_terminator())
    if (!op.use_empty() && !op.hasOneUse() && !isWord(op.getResult(0)))
      return &op;
  return nullptr;
}

/// `value` of the expression that `mapping` leads from, in the one at the builder.
static Value copy(OpBuilder &builder, Value value, IRMapping &mapping) {
  if (Value copied = mapping.lookupOrNull(value))
    return copied;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    copy(builder, operand, mapping);
  return builder.clone(*op, mapping)->getResult(0);
}

static void dropUnused(emitc::ExpressionOp expression) {
  Block &body = expression.getRegion().front();
  for (int i = int(body.getNumArguments()) - 1; i >= 0; --i)
    if (body.getArgument(i).use_empty()) {
      body.eraseArgument(i);
      expression.getDefsMutable().erase(i);
    }
}

/// Computes `shared` in an expression before the one that it is part of.
static void takeOut(emitc::ExpressionOp expression, Operation *shared) {
  Location loc = shared->getLoc();
  Value result = shared->getResult(0);
  OpBuilder builder(expression);
  auto first = emitc::ExpressionOp::create(builder, loc, result.getType(), expression.getDefs(),
                                           /*do_not_inline=*/true);
  Block &body = expression.getRegion().front(), &own = first.createBody();
  IRMapping mapping;
  mapping.map(body.getArguments(), own.getArguments());
  builder.setInsertionPointToStart(&own);
  emitc::YieldOp::create(builder, loc, copy(builder, result, mapping));
  dropUnused(first);

  expression.getDefsMutable().append(first.getResult());
  result.replaceAllUsesWith(body.addArgument(result.getType(), loc));
  for (Operation *op = body.getTerminator()->getPrevNode(); op;) {
    Operation *before = op->getPrevNode();
    if (op->use_empty())
      op->erase();
    op = before;
  }
  dropUnused(expression);
}

using namespace tally;

namespace {
struct EvaluateOnce : tally::impl::EvaluateOnceBase<EvaluateOnce> {
  using EvaluateOnceBase::EvaluateOnceBase;

  void runOnOperation() override {
    getOperation().walk([](emitc::ExpressionOp expression) {
      while (Operation *shared = findShared(expression)) {
        LDBG() << shared->getLoc() << ": '" << shared->getName() << "' becomes a variable";
        takeOut(expression, shared);
      }
    });
  }
};
} // namespace

//===- SplitSteps.cpp - steps that several threads share ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Passes.h"
#include "tally/Lower/Steps/ParallelEntry.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-split-steps"

namespace tally {
#define GEN_PASS_DEF_SPLITSTEPS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

using namespace mlir;
using namespace tally;

namespace {

/// From so many iterations on, shares of an outer loop come out even enough, and inputs that a
/// thread reads are those that it has just written.
constexpr int64_t kEnoughIterations = 8;

std::optional<int64_t> getTripCount(scf::ForOp loop) {
  auto lower = getConstantIntValue(loop.getLowerBound()),
       upper = getConstantIntValue(loop.getUpperBound()),
       step = getConstantIntValue(loop.getStep());
  if (!lower || !upper || !step || *step <= 0)
    return {};
  return std::max<int64_t>(0, llvm::divideCeilSigned(*upper - *lower, *step));
}

/// How often an operation of `step` runs; nothing where that is not constant.
std::optional<int64_t> countRuns(Operation *op, func::FuncOp step) {
  int64_t runs = 1;
  for (Operation *parent = op->getParentOp(); parent != step; parent = parent->getParentOp()) {
    auto loop = dyn_cast<scf::ForOp>(parent);
    std::optional<int64_t> trips = loop ? getTripCount(loop) : std::nullopt;
    if (!trips)
      return {};
    runs *= *trips;
  }
  return runs;
}

/// What is done in and below `op`, in operations, as far as loops are constant.
int64_t countWork(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  int64_t work = 0, trips = loop ? getTripCount(loop).value_or(1) : 1;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      if (!inner.hasTrait<OpTrait::ConstantLike>() && !inner.hasTrait<OpTrait::IsTerminator>())
        work += countWork(&inner);
  return std::max<int64_t>(1, work) * trips;
}

/// One step, whose last argument is what it stores.
class Splitter {
public:
  explicit Splitter(func::FuncOp step) : step(step), output(step.getArguments().back()) {}

  /// The most shares of at least `least` operations each; 1 where it is not to be split.
  int64_t plan(int64_t least) {
    if (!findStores())
      return 1;
    int64_t work = 0, most = 0;
    for (Operation &op : step.front()) {
      if (!storing.contains(&op))
        continue;
      Plan nest = planFor(&op);
      if (nest.loops.empty()) {
        if (!op.use_empty())
          return 1;
        alone.push_back(&op);
        continue;
      }
      loops.append(nest.loops);
      work += countWork(&op);
      most = std::max(most, nest.iterations);
    }
    return std::max<int64_t>(1, std::min(most, work / least));
  }

  /// Gives the step two more arguments, which share it is to do and of how many.
  void split() {
    Type index = IndexType::get(step.getContext());
    for (int i = 0; i < 2; ++i)
      (void)step.insertArgument(step.getNumArguments(), index, {}, step.getLoc());
    Value share = step.getArguments().drop_back().back(), shares = step.getArguments().back();
    for (scf::ForOp loop : loops)
      restrict(loop, share, shares);
    for (Operation *op : alone) {
      OpBuilder builder(op);
      Location loc = op->getLoc();
      Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
      Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, share, zero);
      auto branch = scf::IfOp::create(builder, loc, first, /*withElseRegion=*/false);
      op->moveBefore(branch.thenBlock(), branch.thenBlock()->begin());
    }
    // Buffers of a step are all alive when it runs. What is called from two places is not
    // inlined, so that nothing else would say it.
    for (unsigned i = 0; i < step.getNumArguments() - 2; ++i)
      step.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), UnitAttr::get(step.getContext()));
  }

private:
  /// Loops that together hold all stores below an operation, and the iterations of the shortest.
  struct Plan {
    SmallVector<scf::ForOp> loops;
    int64_t iterations = 1;
  };

  /// Whether the output is only stored to, and every element once: then in any order. What the
  /// step keeps for itself is not for several shares at once.
  bool findStores() {
    for (BlockArgument input : step.getArguments().drop_back())
      for (Operation *user : input.getUsers())
        if (auto store = dyn_cast<memref::StoreOp>(user); store && store.getMemRef() == input)
          return false;
    int64_t elements = 0;
    for (Operation *user : output.getUsers()) {
      auto plain = dyn_cast<memref::StoreOp>(user);
      auto vector = dyn_cast<vector::StoreOp>(user);
      if (!(plain && plain.getMemRef() == output) && !(vector && vector.getBase() == output))
        return false;
      std::optional<int64_t> runs = countRuns(user, step);
      if (!runs)
        return false;
      elements += *runs * (vector ? vector.getVectorType().getNumElements() : 1);
      for (Operation *op = user; op != step; op = op->getParentOp())
        storing.insert(op);
    }
    LDBG() << "'@" << step.getName() << "' stores " << elements << " of "
           << cast<MemRefType>(output.getType()).getNumElements() << " elements";
    return elements == cast<MemRefType>(output.getType()).getNumElements();
  }

  Plan planFor(Operation *op) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop || loop.getNumResults() > 0)
      return {};
    Plan own = {{loop}, *getTripCount(loop)}, inner;
    if (own.iterations >= kEnoughIterations)
      return own;
    inner.iterations = INT64_MAX;
    for (Operation &child : *loop.getBody())
      if (storing.contains(&child)) {
        Plan part = planFor(&child);
        inner.loops.append(part.loops);
        inner.iterations = std::min(inner.iterations, part.iterations);
      }
    Plan &longer = inner.iterations > own.iterations ? inner : own;
    return longer.iterations > 1 ? longer : Plan();
  }

  /// Of n iterations, each share does n / shares, rounded up, as long as there are any.
  void restrict(scf::ForOp loop, Value share, Value shares) {
    auto b = OpBuilder::atBlockBegin(&step.front());
    Location loc = loop.getLoc();
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, loc, value);
    };
    int64_t trips = *getTripCount(loop), lower = *getConstantIntValue(loop.getLowerBound());
    Value step = constant(*getConstantIntValue(loop.getStep())), count = constant(trips);
    Value atLeast = arith::AddIOp::create(b, loc, shares, constant(trips - 1));
    Value size = arith::DivUIOp::create(b, loc, atLeast, shares);
    Value begin = arith::MulIOp::create(b, loc, share, size);
    begin = arith::MinUIOp::create(b, loc, begin, count);
    Value end = arith::AddIOp::create(b, loc, begin, size);
    end = arith::MinUIOp::create(b, loc, end, count);
    auto bound = [&](Value iteration) -> Value {
      Value distance = arith::MulIOp::create(b, loc, iteration, step);
      return arith::AddIOp::create(b, loc, distance, constant(lower));
    };
    loop.setLowerBound(bound(begin));
    loop.setUpperBound(bound(end));
    loop.setStep(step);
  }

  func::FuncOp step;
  Value output;
  llvm::SmallPtrSet<Operation *, 16> storing; ///< stores, and what they are in
  SmallVector<scf::ForOp> loops;              ///< to be split
  SmallVector<Operation *> alone;             ///< for one share to do
};

struct SplitSteps : tally::impl::SplitStepsBase<SplitSteps> {
  using SplitStepsBase::SplitStepsBase;

  void runOnOperation() override {
    if (getTarget(getOperation()).getMulFree() == MulFree::Strict) {
      getOperation().emitError() << "cannot share steps among threads at 'mul_free = strict': "
                                    "finding a share takes a division and a product";
      return signalPassFailure();
    }
    SymbolTable symbols(getOperation());
    llvm::DenseMap<Attribute, int> uses;
    auto all = SymbolTable::getSymbolUses(&getOperation().getBodyRegion());
    for (SymbolTable::SymbolUse use : *all)
      ++uses[use.getSymbolRef().getRootReference()];
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        splitCalls(function, symbols, uses);
  }

  void splitCalls(func::FuncOp entry, SymbolTable &symbols,
                  const llvm::DenseMap<Attribute, int> &uses) const {
    for (auto call : llvm::make_early_inc_range(entry.getOps<func::CallOp>())) {
      auto step = symbols.lookup<func::FuncOp>(call.getCallee());
      bool isStep = step && step.isPrivate() && !step.isExternal() && call.getNumResults() == 0 &&
                    step.getNumArguments() > 0 && llvm::hasSingleElement(step.getBody()) &&
                    llvm::all_of(step.getArgumentTypes(), llvm::IsaPred<MemRefType>);
      // Their other calls would not know what a share is.
      if (!isStep || uses.lookup(step.getSymNameAttr()) != 1)
        continue;
      Splitter splitter(step);
      int64_t shares = splitter.plan(std::max<int64_t>(1, least));
      LDBG() << "'@" << step.getName() << "': " << shares << " shares at most";
      if (shares < 2)
        continue;
      splitter.split();
      OpBuilder builder(call);
      for (int64_t whole : {0, 1})
        call->insertOperands(
            call->getNumOperands(),
            arith::ConstantIndexOp::create(builder, call.getLoc(), whole).getResult());
      call->setAttr(kSharesAttr,
                    builder.getI32IntegerAttr(int32_t(std::min<int64_t>(shares, INT32_MAX))));
    }
  }
};

} // namespace

//===- ShareSteps.cpp - one function for steps that differ in constants ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-share-steps"

namespace tally {
#define GEN_PASS_DEF_SHARESTEPS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

using namespace mlir;

namespace {

using Flags = OperationEquivalence::Flags;

SmallVector<memref::GetGlobalOp> getConstants(func::FuncOp step) {
  SmallVector<memref::GetGlobalOp> constants;
  step.walk([&](memref::GetGlobalOp constant) { constants.push_back(constant); });
  return constants;
}

/// Equal for steps that differ in nothing but the constants they read. Others may collide.
llvm::hash_code hashForm(func::FuncOp step) {
  llvm::hash_code hash = hash_value(step.getFunctionType());
  step.getBody().walk([&](Operation *op) {
    if (isa<memref::GetGlobalOp>(op))
      hash = llvm::hash_combine(hash, op->getResult(0).getType());
    else
      hash = llvm::hash_combine(
          hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                  OperationEquivalence::ignoreHashValue,
                                                  Flags::IgnoreLocations));
  });
  return hash;
}

/// Moves what `step` does into a function that takes the constants as further arguments.
func::FuncOp outline(func::FuncOp step, SymbolTable &symbols) {
  SmallVector<memref::GetGlobalOp> constants = getConstants(step);
  auto code = func::FuncOp::create(step.getLoc(), (step.getName() + ".shared").str(),
                                   step.getFunctionType());
  code->setAttrs(step->getAttrs());
  code.setName((step.getName() + ".shared").str());
  code.getBody().takeBody(step.getBody());

  Block *body = step.addEntryBlock();
  auto builder = OpBuilder::atBlockBegin(body);
  SmallVector<Value> operands(body->getArguments());
  for (memref::GetGlobalOp constant : constants) {
    (void)code.insertArgument(code.getNumArguments(), constant.getType(), {}, constant.getLoc());
    constant.replaceAllUsesWith(code.getArguments().back());
    constant->remove();
    builder.insert(constant);
    operands.push_back(constant);
  }
  symbols.insert(code, std::next(step->getIterator()));
  func::CallOp::create(builder, step.getLoc(), code, operands);
  func::ReturnOp::create(builder, step.getLoc());
  return code;
}

func::CallOp getOnlyCall(func::FuncOp step) { return *step.getOps<func::CallOp>().begin(); }

struct ShareSteps : tally::impl::ShareStepsBase<ShareSteps> {
  using ShareStepsBase::ShareStepsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> steps;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPrivate() && !function.isExternal() && function.getNumResults() == 0)
        steps.push_back(function);
    if (int64_t(steps.size()) <= mostInlined)
      return;

    llvm::MapVector<size_t, SmallVector<func::FuncOp>> alike;
    for (func::FuncOp step : steps) {
      step->setAttr("passthrough", Builder(&getContext()).getStrArrayAttr({"noinline"}));
      alike[size_t(hashForm(step))].push_back(step);
    }
    for (auto &[hash, group] : alike)
      if (group.size() > 1)
        share(group, symbols);
  }

  static void share(ArrayRef<func::FuncOp> group, SymbolTable &symbols) {
    SmallVector<func::FuncOp> kept;
    for (func::FuncOp step : group) {
      func::FuncOp code = outline(step, symbols);
      auto *same = llvm::find_if(kept, [&](func::FuncOp other) {
        return other.getFunctionType() == code.getFunctionType() &&
               OperationEquivalence::isRegionEquivalentTo(&other.getBody(), &code.getBody(),
                                                          Flags::IgnoreLocations);
      });
      if (same == kept.end()) {
        kept.push_back(code);
        continue;
      }
      getOnlyCall(step).setCallee(same->getName());
      symbols.erase(code);
    }
    LDBG() << group.size() << " steps alike become " << kept.size() << ", such as "
           << kept.front().getName();
  }
};

} // namespace

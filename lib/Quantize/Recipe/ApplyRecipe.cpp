//===- ApplyRecipe.cpp - attach a recipe's plan to every layer ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Network.h"
#include "RecipeUse.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"
#include "tally/Quantize/Recipe/Recipe.h"

#include "llvm/Support/DebugLog.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_APPLYRECIPE
#define GEN_PASS_DEF_KEEPREFERENCE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-apply-recipe"

namespace {

bool isLayer(Operation *op) { return isa<AdderConv2DOp>(op) || isConvolution(op); }

/// Values between which and a layer no other layer stands: against the flow from all layers'
/// inputs, or with it from their results.
class Surroundings {
public:
  explicit Surroundings(func::FuncOp function) {
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    fromInput.insert(function.args_begin(), function.args_end());
    for (Operation *op : ops)
      if (!isLayer(op) && llvm::any_of(op->getOperands(), [&](Value v) { return isFirst(v); }))
        fromInput.insert(op->result_begin(), op->result_end());
    for (Operation *op : llvm::reverse(ops))
      if (isLayer(op) || llvm::any_of(op->getResults(), [&](Value v) { return !isLast(v); }))
        toLayer.insert(op->operand_begin(), op->operand_end());
  }

  /// An argument of the function reaches `input` through no other layer.
  bool isFirst(Value input) const { return fromInput.contains(input); }
  /// No other layer reads what follows from `result`.
  bool isLast(Value result) const { return !toLayer.contains(result); }

private:
  llvm::DenseSet<Value> fromInput, toLayer;
};

struct ApplyRecipe : tally::impl::ApplyRecipeBase<ApplyRecipe> {
  using ApplyRecipeBase::ApplyRecipeBase;

  void runOnOperation() override {
    Result<Recipe> loaded = loadRecipe(recipe, &getContext());
    if (!loaded) {
      getOperation().emitError() << loaded.error().message;
      return signalPassFailure();
    }
    getOperation()->setAttr(TallyDialect::kPlanAttr, loaded->network);
    RecipeUse use(*loaded, recipe);
    for (auto function : getOperation().getOps<func::FuncOp>())
      apply(*loaded, function, use);
    if (failed(use.report(getOperation())))
      return signalPassFailure();
  }

private:
  static bool isForKind(StringRef word, StringRef kind) {
    return llvm::any_of(getLayerKeys(),
                        [&](const PlanKey &key) { return key.name == word && key.isFor(kind); });
  }

  void apply(const Recipe &recipe, func::FuncOp function, RecipeUse &use) {
    Surroundings surroundings(function);
    function.walk([&](Operation *op) {
      if (!isLayer(op))
        return;
      bool adder = isa<AdderConv2DOp>(op), first = surroundings.isFirst(op->getOperand(0)),
           last = surroundings.isLast(op->getResult(0));
      NamedAttrList plan;
      SmallVector<size_t> matching;
      for (auto [index, rule] : llvm::enumerate(recipe.rules)) {
        if (!rule.kind.empty() && rule.kind != (adder ? "adder" : "conv"))
          continue;
        if (!rule.name.empty() && !llvm::Regex("^(" + rule.name + ")$").match(getLayerName(op)))
          continue;
        if ((rule.position == "first" && !first) || (rule.position == "last" && !last) ||
            (rule.position == "inner" && (first || last)))
          continue;
        LDBG(2) << "'" << getLayerName(op) << "': rule " << index << " matches";
        matching.push_back(index);
        // A rule without a kind may say things that only some of its layers take.
        for (NamedAttribute entry : rule.plan)
          if (isForKind(entry.getName(), adder ? "adder" : "conv"))
            plan.set(entry.getName(), entry.getValue());
      }
      op->setAttr(TallyDialect::kPlanAttr, plan.getDictionary(&getContext()));
      use.add(op, matching);
      LDBG() << "'" << getLayerName(op) << "'" << (first ? ", first" : "") << (last ? ", last" : "")
             << ": " << op->getAttr(TallyDialect::kPlanAttr);
    });
  }
};

#undef DEBUG_TYPE
#define DEBUG_TYPE "tally-keep-reference"

struct KeepReference : tally::impl::KeepReferenceBase<KeepReference> {
  using KeepReferenceBase::KeepReferenceBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    if (getOperation().lookupSymbol(kReferenceName)) {
      getOperation().emitError() << "requires the name '@" << kReferenceName << "' to be free";
      return signalPassFailure();
    }
    func::FuncOp reference = network->clone();
    reference.setSymName(kReferenceName);
    reference.setPrivate();
    getOperation().push_back(reference);
    // Its parameters are copies: passes may change those of the network.
    llvm::DenseMap<Operation *, ml_program::GlobalOp> copies;
    SmallVector<ml_program::GlobalLoadConstOp> loads;
    reference.walk([&](ml_program::GlobalLoadConstOp load) { loads.push_back(load); });
    for (ml_program::GlobalLoadConstOp load : loads) {
      ml_program::GlobalOp global = getParameter(load);
      if (!global || !isa_and_nonnull<ElementsAttr>(global.getValueAttr())) {
        load.emitError() << "requires a parameter with constant elements";
        return signalPassFailure();
      }
      ml_program::GlobalOp &copy = copies[global];
      if (!copy) {
        LDBG() << "copies parameter '@" << global.getSymName() << "'";
        copy = addParameter(getOperation(), (global.getSymName() + ".float").str(),
                            global.getType(), cast<ElementsAttr>(global.getValueAttr()));
      }
      load.setGlobalAttr(FlatSymbolRefAttr::get(copy.getSymNameAttr()));
    }
  }
};

} // namespace

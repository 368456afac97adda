//===- ApplyRecipe.cpp - attach a recipe's plan to every layer ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Network.h"
#include "RecipeUse.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"
#include "tally/Quantize/Recipe/RuleMatch.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_APPLYRECIPE
#define GEN_PASS_DEF_KEEPREFERENCE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-apply-recipe"

namespace {

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
    for (const MatchedLayer &match : matchRules(recipe, function)) {
      Operation *op = match.layer;
      NamedAttrList plan;
      for (size_t index : match.rules) {
        LDBG(2) << "'" << getLayerName(op) << "': rule " << index << " matches";
        // A rule without a kind may say things that only some of its layers take.
        for (NamedAttribute entry : recipe.rules[index].plan)
          if (isForKind(entry.getName(), match.kind()))
            plan.set(entry.getName(), entry.getValue());
      }
      op->setAttr(TallyDialect::kPlanAttr, plan.getDictionary(&getContext()));
      use.add(op, match.rules);
      LDBG() << "'" << getLayerName(op) << "'" << (match.isFirst ? ", first" : "")
             << (match.isLast ? ", last" : "") << ": " << op->getAttr(TallyDialect::kPlanAttr);
    }
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

//===- ApplyRecipe.cpp - attach a recipe's plan to every layer ------------===//

#include "Network.h"
#include "tally/Quantize/Passes.h"
#include "tally/Quantize/Recipe.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_APPLYRECIPE
#define GEN_PASS_DEF_KEEPREFERENCE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

namespace {

struct ApplyRecipe : tally::impl::ApplyRecipeBase<ApplyRecipe> {
  using ApplyRecipeBase::ApplyRecipeBase;

  void runOnOperation() override {
    Result<Recipe> loaded = loadRecipe(recipe, &getContext());
    if (!loaded) {
      getOperation().emitError() << loaded.error().message;
      return signalPassFailure();
    }
    getOperation()->setAttr(kPlanAttr, loaded->network);
    std::vector<bool> used(loaded->rules.size());
    getOperation().walk([&](Operation *op) {
      bool adder = isa<AdderConv2DOp>(op);
      if (!adder && !isConvolution(op))
        return;
      NamedAttrList plan;
      for (auto [index, rule] : llvm::enumerate(loaded->rules)) {
        if (!rule.kind.empty() && rule.kind != (adder ? "adder" : "conv"))
          continue;
        if (!rule.name.empty() && !llvm::Regex("^(" + rule.name + ")$").match(getLayerName(op)))
          continue;
        used[index] = true;
        for (NamedAttribute entry : rule.plan)
          plan.set(entry.getName(), entry.getValue());
      }
      op->setAttr(kPlanAttr, plan.getDictionary(&getContext()));
    });
    for (auto [index, rule] : llvm::enumerate(loaded->rules))
      if (!used[index] && !rule.name.empty()) {
        getOperation().emitError() << "recipe '" << recipe << "': 'layers'[" << index
                                   << "] matches no layer: '" << rule.name << "'";
        return signalPassFailure();
      }
  }
};

struct KeepReference : tally::impl::KeepReferenceBase<KeepReference> {
  using KeepReferenceBase::KeepReferenceBase;

  void runOnOperation() override {
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
      ml_program::GlobalOp &copy = copies[global];
      if (!copy)
        copy = addParameter(getOperation(), (global.getSymName() + ".float").str(),
                            global.getType(), cast<ElementsAttr>(global.getValueAttr()));
      load.setGlobalAttr(FlatSymbolRefAttr::get(copy.getSymNameAttr()));
    }
  }
};

} // namespace

//===- NameLayers.cpp - names that outlive their operations ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LayerNames.h"
#include "tally/Lower/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_NAMELAYERS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-name-layers"

namespace {

struct NameLayers : tally::impl::NameLayersBase<NameLayers> {
  using NameLayersBase::NameLayersBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        name(function);
  }

  static void name(func::FuncOp function) {
    llvm::DenseMap<Operation *, Origin> origins = nameLayers(function);
    function.walk([&](Operation *op) {
      auto it = origins.find(op);
      if (it == origins.end())
        return;
      op->setLoc(withOrigin(op->getLoc(), it->second));
      LDBG() << op->getName() << " is known as " << op->getLoc();
    });
  }
};

} // namespace

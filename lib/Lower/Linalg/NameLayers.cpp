//===- NameLayers.cpp - names that outlive their operations ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LayerNames.h"
#include "tally/Lower/Passes.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_NAMELAYERS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

namespace {

struct NameLayers : tally::impl::NameLayersBase<NameLayers> {
  using NameLayersBase::NameLayersBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        for (auto &[op, origin] : nameLayers(function))
          op->setLoc(withOrigin(op->getLoc(), origin));
  }
};

} // namespace

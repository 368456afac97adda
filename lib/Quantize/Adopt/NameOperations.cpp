//===- NameOperations.cpp - what another tool left nameless ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"
#include "Quantize/Network.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-name-operations"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_NAMEOPERATIONS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

/// Whether `op` makes new values of others.
static bool computes(Operation *op) {
  auto moves = dyn_cast<DataMovementOpInterface>(op);
  bool isView = moves && moves.getMovement() == Movement::View;
  return op->getNumResults() == 1 && op->getNumOperands() != 0 && !isView &&
         !isa<tosa::TransposeOp>(op) && isa<RankedTensorType>(op->getResult(0).getType());
}

namespace {
struct NameOperations : tally::impl::NameOperationsBase<NameOperations> {
  using NameOperationsBase::NameOperationsBase;

  void runOnOperation() override {
    if (getOperation()->hasAttr(TallyDialect::kStageAttr))
      return;
    FailureOr<func::FuncOp> network = getFloatNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    network->walk([&](Operation *op) {
      if (auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
        taken.insert(name);
    });
    // The layer that a value stems from.
    llvm::DenseMap<Value, StringRef> layers;
    for (Operation &op : network->front().without_terminator()) {
      StringRef layer;
      for (Value operand : op.getOperands())
        if (layer.empty())
          layer = layers.lookup(operand);
      if (auto name = op.getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
        layer = name;
      else if (auto reshape = dyn_cast<tosa::ReshapeOp>(op))
        keepName(reshape);
      else if (computes(&op))
        giveName(&op, layer);
      for (Value result : op.getResults())
        layers[result] = layer;
    }
  }

  /// As importers write it: the same values have the same name.
  static void keepName(tosa::ReshapeOp op) {
    if (Operation *source = op.getInput1().getDefiningOp())
      if (Attribute name = source->getAttr(TallyDialect::kNameAttr))
        op->setAttr(TallyDialect::kNameAttr, name);
  }

  void giveName(Operation *op, StringRef layer) {
    auto location = op->getLoc()->findInstanceOf<NameLoc>();
    std::string base = op->getName().stripDialect().str();
    if (!layer.empty())
      base = (layer + "." + base).str();
    if (location)
      base = location.getName().str();
    std::string name = base;
    for (int &i = numbers.try_emplace(base, 2).first->second; !taken.insert(name).second; ++i)
      name = base + "." + std::to_string(i);
    LDBG() << "'" << name << "' at " << op->getLoc();
    op->setAttr(TallyDialect::kNameAttr, StringAttr::get(op->getContext(), name));
  }

  llvm::StringSet<> taken;
  llvm::StringMap<int> numbers; ///< the next one to try behind a name
};
} // namespace

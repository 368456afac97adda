//===- LayerValues.cpp - what layers pass on ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Measure/LayerValues.h"

#include "tally/IR/LayerGroups.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tally {

std::vector<LayerValue> listLayerValues(func::FuncOp entry) {
  llvm::DenseSet<Value> activations = findActivations(entry);
  llvm::DenseMap<Operation *, Origin> origins = nameLayers(entry);
  std::vector<LayerValue> values;
  for (Operation &op : entry.front().without_terminator()) {
    if (op.getNumResults() != 1 || !activations.contains(op.getResult(0)))
      continue;
    std::string layer = origins.lookup(&op).layer;
    bool leaves = llvm::any_of(op.getResult(0).getUsers(), [&](Operation *user) {
      return isa<func::ReturnOp>(user) || origins.lookup(user).layer != layer;
    });
    if (leaves)
      values.push_back({layer.empty() ? origins.lookup(&op).value : layer, &op});
  }
  return values;
}

/// Globals that nothing loads any more.
static void eraseUnused(ModuleOp module, func::FuncOp entry) {
  llvm::StringSet<> loaded;
  entry.walk([&](Operation *op) {
    op->getAttrDictionary().walk(
        [&](SymbolRefAttr symbol) { loaded.insert(symbol.getRootReference().getValue()); });
  });
  for (auto global : llvm::make_early_inc_range(module.getOps<ml_program::GlobalOp>()))
    if (!loaded.contains(global.getSymName()))
      global.erase();
}

OwningOpRef<ModuleOp> cutBehind(ModuleOp module, Operation *op) {
  OwningOpRef<ModuleOp> part = module.clone();
  func::FuncOp entry = *getEntry(*part);
  Block &block = entry.front();
  Value end = std::next(block.begin(), std::distance(op->getBlock()->begin(), op->getIterator()))
                  ->getResult(0);
  auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
  Builder b(module.getContext());
  NamedAttrList attributes;
  if (name)
    attributes.set(TallyDialect::kNameAttr, name);
  LogicalResult changed =
      entry.insertResult(0, end.getType(), attributes.getDictionary(module.getContext()));
  BitVector others(entry.getNumResults(), true);
  others.reset(0);
  if (succeeded(changed))
    changed = entry.eraseResults(others);
  (void)changed;
  assert(succeeded(changed) && "results of functions may be changed");
  block.getTerminator()->setOperands(end);
  SmallVector<Operation *> all(llvm::make_pointer_range(block.without_terminator()));
  for (Operation *each : llvm::reverse(all))
    if (each->use_empty())
      each->erase();
  eraseUnused(*part, entry);
  return part;
}

} // namespace tally

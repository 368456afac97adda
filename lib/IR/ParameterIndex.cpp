//===- ParameterIndex.cpp - parameters by name, in tables -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/ParameterIndex.h"

#include "mlir/IR/SymbolTable.h"

#include <algorithm>

using namespace mlir;

namespace tally {

/// The innermost index that lives on this thread.
static thread_local ParameterIndex *innermost = nullptr;

ParameterIndex::ParameterIndex(ModuleOp module) : module(module), outer(innermost) {
  innermost = this;
}

ParameterIndex::~ParameterIndex() {
  assert(innermost == this && "indices end in the order opposite to that of their beginning");
  assert(isCurrent() && "parameters are added, renamed and erased with the index");
  innermost = outer;
}

bool ParameterIndex::isCurrent() {
  if (!symbols)
    return true;
  int64_t missing = llvm::count_if(symbols->named, [](auto &entry) { return entry.second; });
  for (auto parameter : module.getOps<ml_program::GlobalOp>())
    missing -= symbols->named.lookup(parameter.getSymNameAttr()) == parameter;
  return missing == 0;
}

ParameterIndex *ParameterIndex::find(ModuleOp module) {
  for (ParameterIndex *index = innermost; index; index = index->outer)
    if (index->module == module)
      return index;
  return nullptr;
}

ParameterIndex::Symbols ParameterIndex::collect(ModuleOp module) {
  Symbols symbols;
  for (Operation &op : *module.getBody()) {
    auto global = dyn_cast<ml_program::GlobalOp>(op);
    if (global)
      symbols.last = global;
    if (auto name = op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      symbols.named[name] = global;
  }
  return symbols;
}

ParameterIndex::Symbols &ParameterIndex::getSymbols() {
  if (!symbols)
    symbols = collect(module);
  return *symbols;
}

ml_program::GlobalOp ParameterIndex::lookup(StringAttr name) {
  return getSymbols().named.lookup(name);
}

ml_program::GlobalOp ParameterIndex::getLast() { return getSymbols().last; }

std::string ParameterIndex::makeUnique(StringRef name) {
  auto isTaken = [&](const Twine &candidate) {
    return getSymbols().named.contains(StringAttr::get(module.getContext(), candidate));
  };
  if (!isTaken(name))
    return name.str();
  unsigned &number = numbers.try_emplace(name, 1).first->second;
  while (isTaken(name + "." + Twine(number)))
    ++number;
  return (name + "." + Twine(number)).str();
}

bool ParameterIndex::isOnlyLoad(ml_program::GlobalLoadConstOp load) {
  if (!uses) {
    uses.emplace();
    if (auto found = SymbolTable::getSymbolUses(&module.getBodyRegion()))
      for (SymbolTable::SymbolUse use : *found)
        ++(*uses)[use.getSymbolRef().getRootReference()];
  }
  return uses->lookup(load.getGlobalAttr().getRootReference()) == 1;
}

void ParameterIndex::addLast(ml_program::GlobalOp parameter) {
  getSymbols().named[parameter.getSymNameAttr()] = parameter;
  getSymbols().last = parameter;
}

void ParameterIndex::addLoad(ml_program::GlobalLoadConstOp load) {
  if (uses)
    ++(*uses)[load.getGlobalAttr().getRootReference()];
}

void ParameterIndex::rename(ml_program::GlobalLoadConstOp load, StringRef name) {
  StringAttr old = load.getGlobalAttr().getRootReference();
  ml_program::GlobalOp parameter = lookup(old);
  parameter.setSymName(name);
  load.setGlobalAttr(FlatSymbolRefAttr::get(parameter.getSymNameAttr()));
  getSymbols().named.erase(old);
  getSymbols().named[parameter.getSymNameAttr()] = parameter;
  if (uses) {
    uses->erase(old);
    addLoad(load);
  }
  // The old name may be a number that is free again.
  auto [base, digits] = old.getValue().rsplit('.');
  unsigned number = 0;
  auto next = numbers.find(base);
  if (next != numbers.end() && !digits.getAsInteger(10, number) && number > 0)
    next->second = std::min(next->second, number);
}

void ParameterIndex::forget() {
  symbols.reset();
  uses.reset();
  numbers.clear();
}

} // namespace tally

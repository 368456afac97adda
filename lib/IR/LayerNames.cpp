//===- LayerNames.cpp - what every list calls a layer ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LayerNames.h"

#include "tally/IR/LayerGroups.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Support/Text.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace tally {

/// `name`, or the first of `name.2`, `name.3`, ... that is not taken; takes it.
static std::string takeName(llvm::StringMap<unsigned> &taken, const std::string &name) {
  unsigned &last = taken[name];
  if (++last == 1)
    return name;
  for (;; ++last) {
    std::string numbered = name + "." + std::to_string(last);
    if (taken.try_emplace(numbered, 1).second)
      return numbered;
  }
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

static std::string getPart(Operation *op) { return op->getName().stripDialect().str(); }

static bool computesTensor(Operation &op) {
  return op.getNumResults() == 1 && op.getNumOperands() != 0 &&
         isa<RankedTensorType>(op.getResult(0).getType());
}

/// The layer whose filters were clustered and that `join` puts together again; empty for other
/// operations. The parts are results of `groups`.
static StringRef getClustered(Operation *join, ArrayRef<LayerGroup> groups) {
  StringRef layer;
  for (Value operand : join->getOperands()) {
    auto part = llvm::find_if(groups, [&](const LayerGroup &group) {
      return llvm::is_contained(group.operations, operand.getDefiningOp());
    });
    StringRef name = part == groups.end() ? "" : getLayerName(part->main);
    StringRef whole = getUnclusteredName(name);
    if (whole == name || (!layer.empty() && whole != layer))
      return "";
    layer = whole;
  }
  return layer;
}

/// A name of its own for each group that computes; names from the file first.
static std::vector<std::string> nameGroups(ArrayRef<LayerGroup> groups) {
  std::vector<std::string> names(groups.size());
  llvm::StringMap<unsigned> taken;
  SmallVector<size_t> numbered;
  for (auto [index, group] : llvm::enumerate(groups)) {
    if (llvm::all_of(group.operations, isView))
      continue;
    StringRef name = getLayerName(group.main);
    if (!group.main->hasAttr(TallyDialect::kNameAttr))
      if (StringRef clustered = getClustered(group.main, groups); !clustered.empty())
        name = clustered;
    names[index] =
        name.empty() ? group.main->getName().getStringRef().str() : printable(name.str());
    if (!taken.try_emplace(names[index], 1).second)
      numbered.push_back(index);
  }
  for (size_t index : numbered)
    names[index] = takeName(taken, names[index]);
  return names;
}

llvm::DenseMap<Operation *, Origin> nameLayers(func::FuncOp function) {
  std::vector<LayerGroup> groups = groupLayers(function, findActivations(function));
  std::vector<std::string> names = nameGroups(groups);
  llvm::DenseMap<Operation *, std::string> values = nameValues(function);
  llvm::DenseMap<Operation *, Origin> origins;
  for (auto [group, name] : llvm::zip(groups, names))
    for (Operation *op : group.operations)
      origins[op] = {name, op == group.main && !name.empty() ? "" : getPart(op), values.lookup(op)};
  for (Operation &op : function.front()) {
    auto it = origins.find(&op);
    Operation *shown = it != origins.end() && it->second.layer.empty()
                           ? getViewed(op.getResult(0)).getDefiningOp()
                           : nullptr;
    if (shown)
      it->second.layer = origins.lookup(shown).layer;
  }
  // Constants are computed before they are taken.
  for (Operation &op : llvm::reverse(function.front())) {
    if (!computesTensor(op) || origins.contains(&op))
      continue;
    Operation *first = nullptr;
    for (Operation *user : op.getResult(0).getUsers())
      if (origins.contains(user) && (!first || user->isBeforeInBlock(first)))
        first = user;
    origins[&op] = {origins.lookup(first).layer, getPart(&op), values.lookup(&op)};
  }
  return origins;
}

StringRef getUnclusteredName(StringRef layer) {
  auto [name, number] = layer.rsplit(".cluster");
  bool isCluster = !number.empty() && llvm::all_of(number, llvm::isDigit);
  return isCluster ? name : layer;
}

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kLayer = "tally.layer";
static constexpr llvm::StringLiteral kPart = "part";
static constexpr llvm::StringLiteral kValue = "value";

Location withOrigin(Location location, const Origin &origin) {
  Builder builder(location.getContext());
  DictionaryAttr metadata =
      builder.getDictionaryAttr({{kLayer, builder.getStringAttr(origin.layer)},
                                 {kPart, builder.getStringAttr(origin.part)},
                                 {kValue, builder.getStringAttr(origin.value)}});
  return FusedLoc::get({location}, metadata, location.getContext());
}

SmallVector<Origin> getOrigins(Location location) {
  auto fused = dyn_cast<FusedLoc>(location);
  if (!fused)
    return {};
  auto metadata = dyn_cast_or_null<DictionaryAttr>(fused.getMetadata());
  if (metadata && metadata.get(kLayer)) {
    auto get = [&](StringRef key) {
      auto text = metadata.getAs<StringAttr>(key);
      return text ? text.str() : "";
    };
    return {Origin{get(kLayer), get(kPart), get(kValue)}};
  }
  SmallVector<Origin> origins;
  for (Location part : fused.getLocations())
    llvm::append_range(origins, getOrigins(part));
  return origins;
}

std::optional<Origin> getOrigin(Location location) {
  SmallVector<Origin> origins = getOrigins(location);
  return origins.empty() ? std::nullopt : std::optional(origins.front());
}

Location withPart(Location location, StringRef part) {
  std::optional<Origin> origin = getOrigin(location);
  return origin ? withOrigin(location, {origin->layer, part.str(), ""}) : location;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

std::string StepNames::makeUnique(const std::string &name) { return takeName(taken, name); }

std::string StepNames::forLayers(ArrayRef<std::string> layers) {
  // A layer has one step, so that its name is free as long as it is reserved.
  if (layers.size() == 1)
    return layers.front();
  constexpr size_t kMost = 4;
  if (layers.size() <= kMost)
    return makeUnique(llvm::join(layers, "+"));
  return makeUnique(layers.front() + "+" + std::to_string(layers.size() - 2) + "+" + layers.back());
}

std::string StepNames::forPart(StringRef layer, StringRef part) {
  return makeUnique(layer.empty() ? part.str() : (layer + "." + part).str());
}

} // namespace tally

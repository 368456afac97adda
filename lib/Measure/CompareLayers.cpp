//===- CompareLayers.cpp - where quantization loses -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/CompareLayers.h"

#include "Measure/LayerErrors.h"
#include "tally/Cost/CountOperation.h"
#include "tally/IR/LayerGroups.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Support/Progress.h"

#include "llvm/Support/Regex.h"
#include <cmath>
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

/// Whether `op` makes a sum that still has to be scaled, or unpacks a filter: nothing that a
/// layer passes on.
static bool isInside(Operation *op) {
  if (isa<DecodeOp>(op))
    return true;
  auto layer = dyn_cast<ReductionOpInterface>(op);
  return layer && layer.getWindow() && layer.getReduction() != Reduction::Mean &&
         layer.getReduction() != Reduction::Extremum;
}

static int64_t elementsOf(Operation *op) {
  return cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
}

/// Why the result of `op` is not compared with that of its counterpart in the float network;
/// empty where it is.
static std::string whyLeftOut(Operation *op, const llvm::StringMap<Operation *> &named) {
  auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
  if (isInside(op))
    return "is returned as sums";
  Operation *other = name ? named.lookup(name.getValue()) : nullptr;
  if (!other)
    return name ? "passes on '" + name.str() + "', which the float network does not have"
                : "passes on a value without a name";
  if (elementsOf(op) != elementsOf(other))
    return "passes on " + std::to_string(elementsOf(op)) + " elements, but '" + name.str() +
           "' of the float network has " + std::to_string(elementsOf(other));
  for (Operation *side : {op, other})
    if (!isa<Float32Type, UniformQuantizedType>(getElementTypeOrSelf(side->getResult(0).getType())))
      return "passes on values of more than one scale";
  return "";
}

/// What recipes and readers want to know of a layer with constant weights.
static void describe(Operation *main, LayerComparison &layer) {
  auto sum = dyn_cast<ReductionOpInterface>(main);
  OpOperand *weight = sum ? sum.getWeightOperand() : nullptr;
  if (!weight)
    return;
  auto decode = weight->get().getDefiningOp<DecodeOp>();
  Value codes = decode ? Value(decode.getInput()) : weight->get();
  if (!getConstantElements(codes))
    return;
  bool isAdder = sum.getReduction() == Reduction::Differences;
  layer.layer = getUnclusteredName(getLayerName(main)).str();
  layer.arithmetic = isAdder ? "adder" : decode ? "powers" : "uniform";
  layer.inputBits = getCodeBits(getElementTypeOrSelf(main->getOperand(0).getType()));
  layer.weightBits = isAdder ? layer.inputBits : getCodeBits(getElementTypeOrSelf(codes.getType()));
}

/// The layer that has the values of layer `index` rounded as they are: the narrowest with weights
/// that takes them.
static size_t findTaker(const LayerResults &results, size_t index,
                        const llvm::DenseMap<Operation *, Origin> &origins,
                        const llvm::StringMap<size_t> &indices) {
  size_t taker = index;
  SmallVector<Operation *> users(results.pairs[index].quantized->getResult(0).getUsers());
  for (size_t i = 0; i < users.size(); ++i) {
    auto origin = origins.find(users[i]);
    auto other = origin == origins.end() ? indices.end() : indices.find(origin->second.layer);
    // Other shapes and codes of the values have the same takers.
    if (isView(users[i]) || (other != indices.end() && other->second == index))
      llvm::append_range(users, users[i]->getResult(0).getUsers());
    if (other == indices.end() || other->second == index)
      continue;
    const LayerComparison &layer = results.layers[other->second];
    if (layer.weightBits && (taker == index || layer.weightBits < results.layers[taker].weightBits))
      taker = other->second;
  }
  return taker;
}

/// Parts of a layer, whose filters were clustered, pass on nothing that the float network has: what
/// joins them stands for the layer.
static void describeJoins(LayerResults &results, ArrayRef<Operation *> ends,
                          const llvm::DenseMap<Operation *, Origin> &origins,
                          const llvm::StringMap<size_t> &indices) {
  for (auto [part, end] : llvm::zip(results.layers, ends)) {
    if (!part.weightBits || part.leftOut.empty() || StringRef(part.name) == part.layer)
      continue;
    for (Operation *user : end->getResult(0).getUsers()) {
      auto join = indices.find(origins.lookup(user).layer);
      if (join == indices.end())
        continue;
      LayerComparison &whole = results.layers[join->second];
      if (whole.weightBits && whole.layer != part.layer)
        continue;
      part.leftOut = "is a part of '" + part.layer + "'";
      whole.layer = part.layer;
      whole.arithmetic = part.arithmetic;
      whole.inputBits = part.inputBits;
      whole.weightBits = part.weightBits;
    }
  }
}

static LayerResults findResults(func::FuncOp reference, func::FuncOp quantized) {
  // The last operation of a name is what passes it on.
  llvm::StringMap<Operation *> named;
  for (Operation &op : reference.front())
    if (auto name = op.getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
        name && op.getNumResults() == 1 && isa<RankedTensorType>(op.getResult(0).getType()))
      named[name] = &op;
  LayerResults results;
  llvm::DenseMap<Operation *, Origin> origins = nameLayers(quantized);
  llvm::StringMap<size_t> indices;
  std::vector<Operation *> last, ends;
  for (Operation &op : quantized.front()) {
    auto it = origins.find(&op);
    if (it == origins.end() || it->second.layer.empty())
      continue;
    const Origin &origin = it->second;
    if (origin.part.empty()) {
      indices[origin.layer] = results.layers.size();
      LayerComparison &layer = results.layers.emplace_back();
      layer.name = origin.layer;
      describe(&op, layer);
      last.push_back(nullptr);
      ends.push_back(nullptr);
    }
    // What comes before the sum or join only prepares it.
    auto layer = indices.find(origin.layer);
    if (layer == indices.end())
      continue;
    ends[layer->second] = &op;
    std::string reason = whyLeftOut(&op, named);
    if (reason.empty())
      last[layer->second] = &op;
    results.layers[layer->second].leftOut = reason;
  }
  results.pairs.resize(results.layers.size());
  for (auto [index, op] : llvm::enumerate(last))
    if (op) {
      StringRef value = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
      results.layers[index].value = value.str();
      results.layers[index].leftOut.clear();
      results.compared[op] = index;
      results.expected[named.lookup(value)].push_back(index);
      results.pairs[index] = {op, named.lookup(value), index};
    }
  describeJoins(results, ends, origins, indices);
  for (auto [index, pair] : llvm::enumerate(results.pairs))
    if (pair.quantized)
      pair.roundedFor = findTaker(results, index, origins, indices);
  return results;
}

/// How many of `images` are run once more for each layer: about ten times the work of comparing.
static int64_t countAlone(int64_t images, size_t layers) {
  return std::min<int64_t>(images, std::max<int64_t>(1, 20 * images / int64_t(layers)));
}

FailureOr<std::vector<LayerComparison>> compareLayers(ModuleOp reference, ModuleOp quantized,
                                                      const NetworkImages &images, int64_t count) {
  FailureOr<Boundary> floatSide = Boundary::of(reference), codeSide = Boundary::of(quantized);
  if (failed(floatSide) || failed(codeSide))
    return failure();
  if (floatSide->inputShapes() != codeSide->inputShapes())
    return quantized.emitError() << "takes other inputs than the float network";
  LayerResults results = findResults(*getEntry(reference), *getEntry(quantized));
  std::vector<LayerComparison> &layers = results.layers;
  if (results.compared.empty()) {
    InFlightDiagnostic error = quantized.emitError() << "has no layer that can be compared";
    if (!layers.empty())
      error << ": '" << layers.front().name << "' " << layers.front().leftOut;
    return error;
  }
  count = std::min(count, images.size());
  int64_t batch = std::max<int64_t>(1, 16 / codeSide->batch()) * codeSide->batch();
  LayerErrors errors(*getEntry(reference), *getEntry(quantized), results);
  int64_t alone = countAlone(count, layers.size());
  Progress progress("comparing layers", count);
  for (int64_t first = 0; first < count;) {
    bool finds = first < alone;
    int64_t size = std::min(batch, (finds ? alone : count) - first);
    auto input = images.load(first, size);
    if (failed(input) ||
        failed(errors.add(floatSide->encode(*input), codeSide->encode(*input), size, finds)))
      return failure();
    first += size;
    progress.advance(size);
  }
  return std::move(layers);
}

std::optional<Widening> adviseWidening(const std::vector<LayerComparison> &layers) {
  constexpr int kMostBits = 8;
  const LayerComparison *worst = nullptr;
  for (const LayerComparison &layer : layers) {
    bool canBeWider = layer.weightBits && std::min(layer.weightBits, layer.inputBits) < kMostBits;
    if (canBeWider && layer.alone.size() && std::isfinite(layer.alone.sqnr()) &&
        (!worst || layer.alone.sqnr() < worst->alone.sqnr()))
      worst = &layer;
  }
  if (!worst)
    return std::nullopt;
  std::string name = llvm::Regex::escape(worst->layer);
  nlohmann::ordered_json rule = {{"name", name}};
  if (worst->arithmetic == "powers") {
    // Powers of two are no closer with more bits: the largest ones stay as far apart.
    rule["levels"] = "uniform";
    rule["bits"] = kMostBits;
  } else {
    rule["bits"] = std::min(worst->weightBits + 2, kMostBits);
  }
  if (worst->arithmetic != "adder")
    rule["activation_bits"] = std::max(worst->inputBits, rule["bits"].get<int>());
  return Widening{
      worst, rule.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace)};
}

} // namespace tally

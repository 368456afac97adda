//===- CompareLayers.cpp - where quantization loses -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/CompareLayers.h"

#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Progress.h"

#include <map>

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

/// The real values of a result with a per-tensor type; empty for others.
static std::vector<float> realValues(Operation *op, const Tensor &result) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  std::vector<float> values(result.size());
  if (element.isF32()) {
    std::copy_n(result.data<float>(), result.size(), values.begin());
    return values;
  }
  auto type = dyn_cast<UniformQuantizedType>(element);
  if (!type)
    return {};
  dispatch(result.type(), [&](auto tag) {
    const auto *codes = result.data<decltype(tag)>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float((double(codes[i]) - double(type.getZeroPoint())) * type.getScale());
  });
  return values;
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

namespace {
/// Which results stand for layers.
struct Results {
  std::vector<LayerComparison> layers;
  llvm::DenseMap<Operation *, size_t> compared;
  llvm::DenseMap<Operation *, SmallVector<size_t>> expected; ///< in the float network
};
} // namespace

static Results findResults(func::FuncOp reference, func::FuncOp quantized) {
  // The last operation of a name is what passes it on.
  llvm::StringMap<Operation *> named;
  for (Operation &op : reference.front())
    if (auto name = op.getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
        name && op.getNumResults() == 1 && isa<RankedTensorType>(op.getResult(0).getType()))
      named[name] = &op;
  Results results;
  llvm::DenseMap<Operation *, Origin> origins = nameLayers(quantized);
  llvm::StringMap<size_t> indices;
  std::vector<Operation *> last;
  for (Operation &op : quantized.front()) {
    auto it = origins.find(&op);
    if (it == origins.end() || it->second.layer.empty())
      continue;
    const Origin &origin = it->second;
    if (origin.part.empty()) {
      indices[origin.layer] = results.layers.size();
      results.layers.push_back({origin.layer, "", {}, ""});
      last.push_back(nullptr);
    }
    // What comes before the sum or join only prepares it.
    auto layer = indices.find(origin.layer);
    if (layer == indices.end())
      continue;
    std::string reason = whyLeftOut(&op, named);
    if (reason.empty())
      last[layer->second] = &op;
    results.layers[layer->second].leftOut = reason;
  }
  for (auto [index, op] : llvm::enumerate(last))
    if (op) {
      StringRef value = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
      results.layers[index].value = value.str();
      results.layers[index].leftOut.clear();
      results.compared[op] = index;
      results.expected[named.lookup(value)].push_back(index);
    }
  return results;
}

FailureOr<std::vector<LayerComparison>> compareLayers(ModuleOp reference, ModuleOp quantized,
                                                      const NetworkImages &images, int64_t count) {
  FailureOr<Boundary> floatSide = Boundary::of(reference), codeSide = Boundary::of(quantized);
  if (failed(floatSide) || failed(codeSide))
    return failure();
  if (floatSide->inputShapes() != codeSide->inputShapes())
    return quantized.emitError() << "takes other inputs than the float network";
  Results results = findResults(*getEntry(reference), *getEntry(quantized));
  std::vector<LayerComparison> &layers = results.layers;
  if (results.compared.empty()) {
    InFlightDiagnostic error = quantized.emitError() << "has no layer that can be compared";
    if (!layers.empty())
      error << ": '" << layers.front().name << "' " << layers.front().leftOut;
    return error;
  }
  count = std::min(count, images.size());
  int64_t batch = std::max<int64_t>(1, 16 / codeSide->batch()) * codeSide->batch();
  Progress progress("comparing layers", count);
  for (int64_t first = 0; first < count; first += batch) {
    int64_t size = std::min(batch, count - first);
    auto input = images.load(first, size);
    if (failed(input))
      return failure();
    std::vector<Tensor> codes = codeSide->encode(*input);
    // What fills the last batch is not compared.
    auto compared = [&](size_t elements) { return elements / codes.front().dim(0) * size; };
    std::map<size_t, std::vector<float>> expected;
    InterpreterOptions options;
    options.onResult = [&](Operation *op, const Tensor &result) {
      if (auto it = results.expected.find(op); it != results.expected.end())
        for (size_t layer : it->second)
          expected[layer] = realValues(op, result);
    };
    if (failed(interpret(*getEntry(reference), floatSide->encode(*input), options)))
      return failure();
    options.onResult = [&](Operation *op, const Tensor &result) {
      auto it = results.compared.find(op);
      if (it == results.compared.end())
        return;
      std::vector<float> got = realValues(op, result);
      layers[it->second].comparison.add(expected[it->second].data(), got.data(),
                                        compared(got.size()));
    };
    if (failed(interpret(*getEntry(quantized), codes, options)))
      return failure();
    progress.advance(size);
  }
  return std::move(layers);
}

} // namespace tally

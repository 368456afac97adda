//===- CompareLayers.cpp - where quantization loses -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/CompareLayers.h"

#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
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

FailureOr<std::vector<LayerComparison>> compareLayers(ModuleOp reference, ModuleOp quantized,
                                                      const Dataset &dataset, int64_t images) {
  FailureOr<Boundary> floatSide = Boundary::of(reference), codeSide = Boundary::of(quantized);
  if (failed(floatSide) || failed(codeSide))
    return failure();
  if (!floatSide->accepts(dataset.imageShape()) || !codeSide->accepts(dataset.imageShape()) ||
      floatSide->batch() != codeSide->batch())
    return quantized.emitError() << "takes other images than the float network or than '"
                                 << dataset.spec() << "' has";
  llvm::DenseMap<Operation *, std::string> valueNames = nameValues(*getEntry(quantized));
  std::vector<LayerComparison> layers;
  std::map<std::string, size_t> indices;
  images = std::min(images, dataset.size()) / codeSide->batch() * codeSide->batch();
  int64_t batch = std::max<int64_t>(1, 16 / codeSide->batch()) * codeSide->batch();
  Progress progress("comparing layers", images);
  for (int64_t first = 0; first < images; first += batch) {
    int64_t count = std::min(batch, images - first);
    std::map<std::string, std::vector<float>> expected;
    InterpreterOptions options;
    options.onResult = [&](Operation *op, const Tensor &result) {
      // The last operation of a name is what the layer passes on.
      if (auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
        expected[name.str()] = realValues(op, result);
    };
    if (failed(interpret(*getEntry(reference), floatSide->encode(dataset, first, count), options)))
      return failure();
    options.onResult = [&](Operation *op, const Tensor &result) {
      auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
      if (!name || isInside(op) || valueNames.lookup(op) != name.getValue())
        return;
      auto it = expected.find(name.str());
      std::vector<float> got = realValues(op, result);
      if (it == expected.end() || it->second.size() != got.size())
        return;
      auto [entry, isNew] = indices.try_emplace(name.str(), layers.size());
      if (isNew)
        layers.push_back({name.str(), {}});
      layers[entry->second].comparison.add(it->second.data(), got.data(), got.size());
    };
    if (failed(interpret(*getEntry(quantized), codeSide->encode(dataset, first, count), options)))
      return failure();
    progress.advance(count);
  }
  return layers;
}

} // namespace tally

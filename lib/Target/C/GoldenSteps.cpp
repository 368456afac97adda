//===- GoldenSteps.cpp - what the steps of emitted C must store -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GoldenSteps.h"

#include "tally/IR/LayerNames.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Elementwise.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

GoldenStep GoldenStep::of(func::CallOp call) {
  GoldenStep step;
  if (auto name = call->getAttrOfType<StringAttr>(TallyDialect::kStepAttr))
    step.name = name.str();
  if (auto layers = call->getAttrOfType<ArrayAttr>(TallyDialect::kLayersAttr))
    for (auto layer : layers.getAsRange<StringAttr>())
      step.layers.push_back(layer.str());
  step.value = call->getAttr(TallyDialect::kValueAttr);
  for (auto [attr, sizes] : {std::pair(TallyDialect::kShapeAttr, &step.shape),
                             {TallyDialect::kLowAttr, &step.low},
                             {TallyDialect::kHighAttr, &step.high}})
    if (auto array = call->getAttrOfType<DenseI64ArrayAttr>(attr))
      *sizes = array.asArrayRef().vec();
  if (auto border = call->getAttrOfType<IntegerAttr>(TallyDialect::kBorderAttr))
    step.border = border.getInt();
  auto output = cast<MemRefType>(call.getOperands().back().getType());
  step.elements = output.getNumElements();
  step.width = output.getElementTypeBitWidth() / 8;
  return step;
}

/// FNV-1a.
static uint32_t hashOf(const char *data, int64_t bytes) {
  uint32_t hash = 2166136261u;
  for (int64_t i = 0; i < bytes; ++i)
    hash = (hash ^ uint8_t(data[i])) * 16777619u;
  return hash;
}

/// The same integers in more bytes.
static Tensor widen(const Tensor &codes, int64_t width) {
  if (sizeOf(codes.type()) == width)
    return codes;
  Tensor wide(width == 8   ? ElementType::I64
              : width == 4 ? ElementType::I32
                           : ElementType::I16,
              codes.shape());
  dispatch(wide.type(), [&](auto to) {
    dispatch(codes.type(), [&](auto from) {
      std::copy_n(codes.data<decltype(from)>(), codes.size(), wide.data<decltype(to)>());
    });
  });
  return wide;
}

std::optional<uint32_t> GoldenStep::checksum(const Tensor &result) const {
  if (result.size() != (shape.empty() ? elements : numElements(shape)) ||
      sizeOf(result.type()) > width)
    return std::nullopt;
  Tensor stored = result;
  if (!shape.empty()) {
    Tensor filler(result.type(), {1});
    dispatch(result.type(),
             [&](auto tag) { filler.data<decltype(tag)>()[0] = decltype(tag)(border); });
    stored = reference::pad(result.reshaped(shape), low, high, filler);
  }
  stored = widen(stored, width);
  return hashOf(stored.rawData(), stored.sizeInBytes());
}

//===----------------------------------------------------------------------===//
// All steps
//===----------------------------------------------------------------------===//

GoldenSteps::GoldenSteps(func::FuncOp entry, func::FuncOp function) : entry(entry) {
  for (auto call : function.getOps<func::CallOp>()) {
    steps.push_back(GoldenStep::of(call));
    if (steps.back().value)
      stepsOfValue[steps.back().value].push_back(steps.size() - 1);
  }
}

FailureOr<GoldenSteps::Vector> GoldenSteps::interpret(const std::vector<Tensor> &inputs) {
  Vector vector;
  vector.checksums.resize(steps.size());
  auto add = [&](Attribute value, const Tensor &result) {
    for (size_t step : stepsOfValue.lookup(value))
      vector.checksums[step] = steps[step].checksum(result);
  };
  Builder builder(entry.getContext());
  for (auto [index, input] : llvm::enumerate(inputs))
    add(builder.getI64IntegerAttr(index), input);
  llvm::DenseMap<Operation *, std::string> names = nameValues(entry);
  InterpreterOptions options;
  options.onResult = [&](Operation *op, const Tensor &result) {
    if (auto it = names.find(op); it != names.end())
      add(builder.getStringAttr(it->second), result);
  };
  FailureOr<std::vector<Tensor>> outputs = tally::interpret(entry, inputs, options);
  if (failed(outputs))
    return failure();
  vector.outputs = std::move(*outputs);
  return vector;
}

std::vector<std::string> GoldenSteps::layers() const {
  std::vector<std::string> layers;
  for (const GoldenStep &step : steps)
    layers.insert(layers.end(), step.layers.begin(), step.layers.end());
  return layers;
}

std::vector<std::string> GoldenSteps::findUnchecked(const Vector &vector) const {
  std::vector<std::string> unchecked;
  for (auto [step, checksum] : llvm::zip(steps, vector.checksums))
    if (!checksum)
      unchecked.insert(unchecked.end(), step.layers.begin(), step.layers.end());
  return unchecked;
}

std::vector<std::string> GoldenSteps::findUncomputed() const {
  llvm::StringSet<> computed;
  for (const std::string &layer : layers())
    computed.insert(layer);
  std::vector<std::string> uncomputed;
  llvm::DenseMap<Operation *, Origin> origins = nameLayers(entry);
  func::FuncOp function = entry;
  for (Operation &op : function.front())
    if (auto it = origins.find(&op);
        it != origins.end() && it->second.part.empty() && !computed.contains(it->second.layer))
      uncomputed.push_back(it->second.layer);
  return uncomputed;
}

} // namespace tally

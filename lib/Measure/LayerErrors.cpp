//===- LayerErrors.cpp - what each layer adds to the error ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Measure/LayerErrors.h"

#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

std::vector<float> toReal(Type type, const Tensor &tensor) {
  Type element = getElementTypeOrSelf(type);
  std::vector<float> values(tensor.size());
  if (element.isF32()) {
    std::copy_n(tensor.data<float>(), tensor.size(), values.begin());
    return values;
  }
  auto uniform = dyn_cast<UniformQuantizedType>(element);
  if (!uniform)
    return {};
  dispatch(tensor.type(), [&](auto tag) {
    const auto *codes = tensor.data<decltype(tag)>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float((double(codes[i]) - double(uniform.getZeroPoint())) * uniform.getScale());
  });
  return values;
}

/// `values` in the shape of `like`.
static Tensor toTensor(const Tensor &like, const std::vector<float> &values) {
  Tensor tensor(ElementType::F32, like.shape());
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return tensor;
}

static std::vector<float> subtract(const std::vector<float> &a, const std::vector<float> &b) {
  std::vector<float> difference(a.size());
  for (size_t i = 0; i < a.size(); ++i)
    difference[i] = a[i] - b[i];
  return difference;
}

/// What fills the last batch does not count.
void LayerErrors::add(Comparison &to, const Tensor &expected, const Values &got, int64_t count) {
  to.add(expected.data<float>(), got.data(), expected.size() / expected.dim(0) * count);
}

void LayerErrors::change(Changes &changes, size_t layer, const Values &difference) const {
  Values &sum = changes[results.pairs[layer].reference];
  if (sum.empty())
    sum.assign(difference.size(), 0);
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += difference[i];
}

LogicalResult LayerErrors::runQuantized(ArrayRef<Tensor> codes) {
  InterpreterOptions options;
  options.onResult = [&](Operation *op, const Tensor &result) {
    if (auto it = results.compared.find(op); it != results.compared.end())
      got[it->second] = toReal(op->getResult(0).getType(), result);
  };
  return interpret(quantized, codes, options);
}

/// The float network, whose layers get what those of the integer network get.
LogicalResult LayerErrors::runForced(ArrayRef<Tensor> codes, int64_t count) {
  std::vector<Tensor> inputs;
  for (auto [type, input] : llvm::zip(quantized.getArgumentTypes(), codes))
    inputs.push_back(toTensor(input, toReal(type, input)));
  FailureOr<NetworkRun> run = NetworkRun::start(reference, inputs);
  if (failed(run))
    return failure();
  while (!isa<func::ReturnOp>(run->next())) {
    Operation *op = run->next();
    if (failed(run->advance()))
      return failure();
    auto it = results.expected.find(op);
    if (it == results.expected.end())
      continue;
    Value value = op->getResult(0);
    Tensor own = run->get(value);
    for (size_t layer : it->second) {
      const LayerResults::Pair &pair = results.pairs[layer];
      add(results.layers[layer].own, own, got[layer], count);
      // The error is that of the layer, and of rounding for one that takes the values.
      Type type = pair.quantized->getResult(0).getType();
      Values exact = toReal(op->getResult(0).getType(), own);
      Values rounded = toReal(type, encodeImages(own, type));
      change(changes[layer], layer, subtract(got[layer], rounded));
      change(changes[pair.roundedFor], layer, subtract(rounded, exact));
      run->set(value, toTensor(own, got[layer]));
    }
  }
  return success();
}

LogicalResult LayerErrors::runAlone(const NetworkRun &start, size_t layer) {
  NetworkRun run = start;
  auto apply = [&](Operation *op) {
    auto it = changes[layer].find(op);
    if (it == changes[layer].end())
      return;
    Value value = op->getResult(0);
    Tensor changed = toTensor(run.get(value), toReal(value.getType(), run.get(value)));
    for (int64_t i = 0, e = changed.size(); i < e; ++i)
      changed.data<float>()[i] += it->second[i];
    run.set(value, changed);
  };
  apply(run.next()->getPrevNode());
  while (!isa<func::ReturnOp>(run.next())) {
    Operation *op = run.next();
    if (failed(run.advance()))
      return failure();
    apply(op);
  }
  returned[layer] = run.results();
  return success();
}

LogicalResult LayerErrors::runReference(ArrayRef<Tensor> inputs, int64_t count, bool alone) {
  FailureOr<NetworkRun> run = NetworkRun::start(reference, inputs);
  if (failed(run))
    return failure();
  // Where each layer's run departs from this one.
  llvm::DenseMap<Operation *, SmallVector<size_t>> departures;
  for (size_t layer = 0; alone && layer < changes.size(); ++layer) {
    Operation *first = nullptr;
    for (auto &[op, difference] : changes[layer])
      if (!first || op->isBeforeInBlock(first))
        first = op;
    if (first)
      departures[first].push_back(layer);
  }
  while (!isa<func::ReturnOp>(run->next())) {
    Operation *op = run->next();
    if (failed(run->advance()))
      return failure();
    if (auto it = results.expected.find(op); it != results.expected.end())
      for (size_t layer : it->second)
        add(results.layers[layer].comparison, run->get(op->getResult(0)), got[layer], count);
    for (size_t layer : departures.lookup(op))
      if (failed(runAlone(*run, layer)))
        return failure();
  }
  std::vector<Tensor> expected = run->results();
  for (auto &[layer, got] : returned)
    for (auto [result, other, type] : llvm::zip(expected, got, reference.getResultTypes()))
      if (result.type() == ElementType::F32)
        add(results.layers[layer].alone, result, toReal(type, other), count);
  return success();
}

LogicalResult LayerErrors::add(ArrayRef<Tensor> inputs, ArrayRef<Tensor> codes, int64_t count,
                               bool alone) {
  got.clear();
  returned.clear();
  changes.assign(results.layers.size(), Changes());
  // Constants are looked up often.
  ParameterIndex floats(reference->getParentOfType<ModuleOp>());
  return success(succeeded(runQuantized(codes)) && succeeded(runForced(codes, count)) &&
                 succeeded(runReference(inputs, count, alone)));
}

} // namespace tally

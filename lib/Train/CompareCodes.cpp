//===- CompareCodes.cpp - one integer network twice -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/CompareCodes.h"

#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace tally {

namespace {

/// What a network computed, in order, under the layer and kind of what made it.
struct Values {
  std::vector<std::pair<std::string, Tensor>> tensors;
  llvm::StringMap<size_t> indices;
};

FailureOr<Values> computeValues(ModuleOp module, const std::vector<Tensor> &inputs, int threads) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(entry) || failed(boundary))
    return failure();
  Values values;
  llvm::StringMap<int> counts;
  InterpreterOptions options;
  options.threads = threads;
  options.onResult = [&](Operation *op, const Tensor &tensor) {
    if (getConstantElements(op->getResult(0)))
      return;
    std::string key = (getLayerName(op) + " " + op->getName().getStringRef()).str();
    key += " " + std::to_string(counts[key]++);
    values.indices[key] = values.tensors.size();
    values.tensors.emplace_back(key, tensor);
  };
  if (failed(interpret(*entry, boundary->encode(inputs), options)))
    return failure();
  return values;
}

int64_t countDiffering(const Tensor &a, const Tensor &b) {
  if (a.type() != b.type() || a.shape() != b.shape())
    return a.size();
  int64_t width = sizeOf(a.type()), count = 0;
  for (int64_t i = 0; i < a.size(); ++i)
    count += std::memcmp(a.rawData() + i * width, b.rawData() + i * width, size_t(width)) != 0;
  return count;
}

} // namespace

FailureOr<CodeComparison> compareCodes(ModuleOp one, ModuleOp other,
                                       const std::vector<Tensor> &inputs, int threads) {
  FailureOr<Values> a = computeValues(one, inputs, threads),
                    b = computeValues(other, inputs, threads);
  if (failed(a) || failed(b))
    return failure();
  CodeComparison result;
  for (const auto &[name, tensor] : a->tensors) {
    auto found = b->indices.find(name);
    if (found == b->indices.end()) {
      if (result.missing.empty())
        result.missing = name;
      continue;
    }
    int64_t differing = countDiffering(tensor, b->tensors[found->second].second);
    if (differing > 0 && result.first.empty())
      result.first = name;
    result.codes += tensor.size();
    result.differing += differing;
  }
  return result;
}

} // namespace tally

//===- OnnxMutations.h - the mistakes, one function each --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_ONNXMUTATIONS_H
#define TALLY_TEST_MUTATION_ONNXMUTATIONS_H

#include "Random.h"

#include "onnx.pb.h"

namespace tally::mutation {

inline constexpr const char *kDomains[] = {
    "", "ai.onnx", "ai.tally", "com.microsoft", "qonnx.custom_op.general", "onnx.brevitas", "x"};

/// The name of an input, an initializer or a result of a node, also of a later one.
std::string anyValue(const ::onnx::GraphProto &graph, Random &random);

/// One of some elements, of which there is one at least.
template <typename Elements> auto &anyOf(Elements *elements, Random &random) {
  return *std::next(elements->begin(), random.below(elements->size()));
}

/// Drops, doubles or swaps elements of a list.
template <typename Elements> void edit(Elements &elements, Random &random) {
  if (elements.empty())
    return;
  int at = random.below(elements.size());
  switch (random.below(3)) {
  case 0:
    elements.erase(elements.begin() + at);
    break;
  case 1: {
    auto copy = elements[at];
    *elements.Add() = copy;
    break;
  }
  default:
    elements.SwapElements(at, random.below(elements.size()));
  }
}

void changeNodes(::onnx::ModelProto &model, Random &random);
void changeAttributes(::onnx::ModelProto &model, Random &random);
/// An initializer, or the value of a Constant.
void changeTensor(::onnx::ModelProto &model, Random &random);
void changeInputs(::onnx::ModelProto &model, Random &random);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_ONNXMUTATIONS_H

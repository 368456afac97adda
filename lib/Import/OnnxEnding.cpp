//===- OnnxEnding.cpp - the Softmax that ends a network -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxEnding.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace tally::onnx {

namespace {
enum class Kind { Probabilities, Movement, Rounding, Other };
} // namespace

static Kind kindOf(const Node &node) {
  if (!node.domain.empty())
    return Kind::Other;
  auto to = node.attributes.find("to");
  if (node.opType == "Cast")
    return to != node.attributes.end() && isFloatCode(to->second.integer) ? Kind::Movement
                                                                          : Kind::Other;
  return StringSwitch<Kind>(node.opType)
      .Cases({"Softmax", "LogSoftmax", "Sigmoid"}, Kind::Probabilities)
      .Cases({"Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose"},
             Kind::Movement)
      .Cases({"QuantizeLinear", "DequantizeLinear", "Log"}, Kind::Rounding)
      .Default(Kind::Other);
}

namespace {
/// The graph, from values to nodes.
class Search {
public:
  explicit Search(const Model &model) : model(model) {
    for (const Node &node : model.nodes) {
      for (const std::string &output : node.outputs)
        producers[output] = &node;
      for (const std::string &input : node.inputs)
        users[input].push_back(&node);
    }
    for (const std::string &output : model.outputs)
      follow(output);
  }

  Ending find() {
    Ending result;
    for (const Node &node : model.nodes) {
      if (kindOf(node) != Kind::Probabilities)
        continue;
      SmallVector<const Node *> readers = findReaders(node);
      auto other = find_if(readers, [&](const Node *reader) { return !passesOn(*reader); });
      if (other != readers.end()) {
        result.inside = &node;
        result.reader = *other;
        continue;
      }
      if (!toOutput.contains(&node))
        continue;
      result.probabilities.insert(&node);
      for (const Node *reader : readers)
        if (kindOf(*reader) == Kind::Rounding)
          result.behind.insert(reader);
    }
    return result;
  }

private:
  /// Marks the nodes through which `output` is probabilities.
  void follow(StringRef output) {
    for (const Node *node = producers.lookup(output); node;
         node = node->inputs.empty() ? nullptr : producers.lookup(node->inputs[0])) {
      Kind kind = kindOf(*node);
      if (kind == Kind::Other || !toOutput.insert(node).second || kind == Kind::Probabilities)
        return;
    }
  }

  /// Whether `node` only passes probabilities on to an output.
  bool passesOn(const Node &node) {
    return toOutput.contains(&node) && kindOf(node) != Kind::Probabilities;
  }

  /// The nodes that read `node`, directly or through such that pass it on.
  SmallVector<const Node *> findReaders(const Node &node) {
    SetVector<const Node *> readers;
    auto add = [&](const Node &from) {
      for (const std::string &output : from.outputs)
        if (auto it = users.find(output); it != users.end())
          readers.insert(it->second.begin(), it->second.end());
    };
    add(node);
    for (size_t i = 0; i < readers.size(); ++i)
      if (passesOn(*readers[i]))
        add(*readers[i]);
    return readers.takeVector();
  }

  const Model &model;
  StringMap<const Node *> producers;
  StringMap<SmallVector<const Node *, 2>> users;
  /// Between an output and what it is probabilities of, or what computes it otherwise.
  DenseSet<const Node *> toOutput;
};
} // namespace

Ending findEnding(const Model &model) { return Search(model).find(); }

} // namespace tally::onnx

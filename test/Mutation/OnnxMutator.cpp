//===- OnnxMutator.cpp - ONNX files with mistakes -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxMutator.h"

#include "OnnxMutations.h"

#include <set>

using namespace ::onnx;

namespace tally::mutation {

std::string anyValue(const GraphProto &graph, Random &random) {
  std::vector<std::string> names;
  for (const auto &input : graph.input())
    names.push_back(input.name());
  for (const auto &tensor : graph.initializer())
    names.push_back(tensor.name());
  for (const auto &node : graph.node())
    names.insert(names.end(), node.output().begin(), node.output().end());
  return names.empty() ? random.name() : random.pick(names);
}

/// Everything that has the name `from` gets the name `to`: the network stays whole.
static void renameEverywhere(GraphProto &graph, const std::string &from, const std::string &to) {
  auto rename = [&](std::string *name) {
    if (*name == from)
      *name = to;
  };
  for (auto &value : *graph.mutable_input())
    rename(value.mutable_name());
  for (auto &value : *graph.mutable_output())
    rename(value.mutable_name());
  for (auto &tensor : *graph.mutable_initializer())
    rename(tensor.mutable_name());
  for (auto &node : *graph.mutable_node()) {
    for (auto &input : *node.mutable_input())
      rename(&input);
    for (auto &output : *node.mutable_output())
      rename(&output);
  }
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

static void changeName(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  std::string name = random.once(4) ? anyValue(graph, random) : random.name();
  if (random.once(3) && graph.node_size())
    anyOf(graph.mutable_node(), random).set_name(name);
  else
    renameEverywhere(graph, anyValue(graph, random), name);
}

static void changeResults(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  if (random.once(2) || !graph.output_size())
    graph.add_output()->set_name(anyValue(graph, random));
  else if (random.once(2))
    anyOf(graph.mutable_output(), random).set_name(anyValue(graph, random));
  else
    edit(*graph.mutable_output(), random);
}

static void changeHeader(ModelProto &model, Random &random) {
  switch (random.below(6)) {
  case 0:
    model.set_ir_version(random.number());
    break;
  case 1:
    if (model.opset_import_size())
      anyOf(model.mutable_opset_import(), random).set_version(int64_t(random.below(26)) - 1);
    break;
  case 2:
    edit(*model.mutable_opset_import(), random);
    break;
  case 3: {
    auto &import = *model.add_opset_import();
    import.set_domain(random.pick(kDomains));
    import.set_version(random.number());
    break;
  }
  case 4: {
    static constexpr const char *kKeys[] = {"tally.mean", "tally.std", "tally.x", "author"};
    static constexpr const char *kTexts[] = {"0.5", "0",   "-1",          "nan", "inf",   "1e39",
                                             "",    "0 0", "0.5 0.5 0.5", "1,2", "0x1p3", "1 x"};
    for (size_t count = 1 + random.below(2); count > 0; --count) {
      auto &entry = *model.add_metadata_props();
      entry.set_key(random.pick(kKeys));
      entry.set_value(random.once(4) ? random.name() : random.pick(kTexts));
    }
    break;
  }
  default:
    model.add_functions()->set_name(random.name());
  }
}

/// The nodes of another file go behind those of this one and take values from here; some of their
/// results go where others stood.
static void splice(ModelProto &model, const GraphProto &donor, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  std::set<std::string> brought;
  for (const auto &tensor : donor.initializer()) {
    *graph.add_initializer() = tensor;
    graph.mutable_initializer()->rbegin()->set_name("donor." + tensor.name());
    brought.insert(tensor.name());
  }
  std::string entry = anyValue(*model.mutable_graph(), random);
  for (const auto &node : donor.node()) {
    NodeProto &copy = *graph.add_node();
    copy = node;
    for (auto &input : *copy.mutable_input())
      if (brought.count(input))
        input = "donor." + input;
      else if (!input.empty())
        input = random.once(4) ? anyValue(graph, random) : entry;
    for (auto &output : *copy.mutable_output()) {
      brought.insert(output);
      output = "donor." + output;
    }
  }
  if (donor.node_size() && graph.output_size())
    graph.mutable_output(0)->set_name(anyValue(graph, random));
}

/// A graph in an attribute, in which there is a graph in an attribute, ...
static void nest(ModelProto &model, Random &random) {
  GraphProto inner;
  inner.add_output()->set_name(random.name());
  for (size_t depth = 1 + random.below(40); depth > 0; --depth) {
    GraphProto outer;
    auto &node = *outer.add_node();
    node.set_op_type(random.pick({"If", "Loop", "Scan", "Identity"}));
    node.add_input(anyValue(model.graph(), random));
    node.add_output("nested");
    auto &attribute = *node.add_attribute();
    attribute.set_name("body");
    attribute.set_type(AttributeProto::GRAPH);
    *attribute.mutable_g() = inner;
    inner = outer;
  }
  *model.mutable_graph()->add_node() = inner.node(0);
}

std::string mutateOnnx(const std::string &bytes, const std::string &donor, Random &random) {
  ModelProto model, other;
  std::string result = bytes;
  if (random.once(10) || !model.ParseFromString(bytes)) {
    mutateBytes(result, random);
    return result;
  }
  if (random.once(4) && other.ParseFromString(donor))
    splice(model, other.graph(), random);
  using Mutation = void (*)(ModelProto &, Random &);
  // What is more likely stands more often.
  static constexpr Mutation kMutations[] = {
      changeNodes,  changeNodes,  changeAttributes, changeAttributes, changeAttributes,
      changeTensor, changeTensor, changeTensor,     changeInputs,     changeInputs,
      changeName,   changeName,   changeResults,    changeHeader,     nest};
  for (size_t changes = 1 + random.below(3); changes > 0; --changes)
    random.pick(kMutations)(model, random);
  result = model.SerializeAsString();
  if (random.once(20))
    mutateBytes(result, random);
  return result;
}

} // namespace tally::mutation

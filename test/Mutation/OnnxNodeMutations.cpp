//===- OnnxNodeMutations.cpp - mistakes in nodes and attributes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxMutations.h"

using namespace ::onnx;

namespace tally::mutation {

static const std::vector<std::string> kOperators = words(
    "Abs Add ArgMax AveragePool BatchNormalization BipolarQuant Cast Clip Concat Constant "
    "ConstantOfShape Conv ConvInteger ConvTranspose DepthToSpace DequantizeLinear Div Dropout "
    "DynamicQuantizeLinear Einsum Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm "
    "GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity If LayerNormalization "
    "LeakyRelu LogSoftmax MatMul MatMulInteger Max MaxPool Mean Min Mul Neg Pad PRelu Pow "
    "QGemm QLinearAdd QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearMatMul "
    "QLinearSigmoid Quant QuantizeLinear Range Reciprocal ReduceMax ReduceMean ReduceSum Relu "
    "Reshape Resize Round Shape Sigmoid Sign Slice Softmax Softplus SpaceToDepth Split Sqrt "
    "Squeeze Sub Sum Tanh Tile TopK Transpose Trunc Unsqueeze Upsample Where AdderConv "
    "adder_f PotQuant");

static const std::vector<std::string> kAttributes =
    words("alpha auto_pad axes axis beta block_output block_size blocksize broadcast ceil_mode "
          "channels_last coordinate_transformation_mode count_include_pad dilations direction "
          "epsilon equation fmod group keepdims kernel_shape levels max min mode momentum narrow "
          "nearest_mode noop_with_empty_axes output_padding output_shape pads perm rounding_mode "
          "saturate scales signed size split start end storage_order strides ties to transA transB "
          "value value_float value_floats value_int value_ints value_string");

static const std::vector<std::string> kWords = words(
    "NOTSET SAME_UPPER SAME_LOWER VALID constant reflect edge nearest linear cubic half_pixel "
    "asymmetric align_corners floor ceil DCR CRD ROUND FLOOR even away none tanh "
    "tf_half_pixel_for_nn pytorch_half_pixel");

/// An operand that is missing, of another place, twice, or of a name that nothing defines.
template <typename Names>
static void changeNames(Names &names, const GraphProto &graph, Random &random) {
  if (random.once(6))
    return edit(names, random);
  std::string name = random.once(8)   ? random.name()
                     : random.once(8) ? std::string()
                                      : anyValue(graph, random);
  if (random.once(5) || names.empty())
    *names.Add() = name;
  else
    anyOf(&names, random) = name;
}

void changeNodes(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  if (!graph.node_size())
    return;
  NodeProto &node = anyOf(graph.mutable_node(), random);
  switch (random.below(9)) {
  case 0:
    return edit(*graph.mutable_node(), random);
  case 1: // behind what it takes: one more layer in the middle
  {
    NodeProto copy = node;
    if (copy.output_size() && copy.input_size()) {
      copy.set_input(0, node.output(0));
      copy.set_output(0, node.output(0) + ".again");
    }
    *graph.add_node() = copy;
    if (graph.output_size() && random.once(2) && copy.output_size())
      graph.mutable_output(0)->set_name(copy.output(0));
    return;
  }
  case 2:
  case 3:
    node.set_op_type(random.once(10) ? random.name() : random.pick(kOperators));
    if (random.once(3))
      node.set_domain(random.pick(kDomains));
    return;
  case 4:
    node.set_domain(random.once(4) ? random.name() : random.pick(kDomains));
    return;
  case 5:
    return changeNames(*node.mutable_output(), graph, random);
  default:
    return changeNames(*node.mutable_input(), graph, random);
  }
}

/// Another value of the kind that the attribute has.
static void changeValue(AttributeProto &attribute, Random &random) {
  attribute.set_i(random.number());
  attribute.set_f(random.real());
  attribute.set_s(random.once(3) ? random.name() : random.pick(kWords));
  auto &ints = *attribute.mutable_ints();
  if (random.once(4))
    edit(ints, random);
  else if (random.once(6))
    ints.Resize(random.pick({0, 1, 2, 3, 4, 5, 8, 9, 1000}), random.number());
  else if (!ints.empty())
    anyOf(&ints, random) = random.number();
  auto &floats = *attribute.mutable_floats();
  if (random.once(3))
    edit(floats, random);
  else if (!floats.empty())
    anyOf(&floats, random) = random.real();
}

static void addAttribute(NodeProto &node, const GraphProto &graph, Random &random) {
  AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(random.once(12) ? random.name() : random.pick(kAttributes));
  attribute.set_type(
      random.once(12)
          ? AttributeProto::AttributeType(random.below(15))
          : random.pick({AttributeProto::INT, AttributeProto::INTS, AttributeProto::FLOAT,
                         AttributeProto::STRING, AttributeProto::FLOATS, AttributeProto::TENSOR}));
  for (size_t count = random.below(6); count > 0; --count) {
    attribute.add_ints(random.number());
    attribute.add_floats(random.real());
  }
  if (graph.initializer_size())
    *attribute.mutable_t() = graph.initializer(random.below(graph.initializer_size()));
  changeValue(attribute, random);
}

void changeAttributes(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  if (!graph.node_size())
    return;
  NodeProto &node = anyOf(graph.mutable_node(), random);
  if (random.once(4) || !node.attribute_size())
    return addAttribute(node, graph, random);
  AttributeProto &attribute = anyOf(node.mutable_attribute(), random);
  switch (random.below(8)) {
  case 0:
    return edit(*node.mutable_attribute(), random);
  case 1:
    return attribute.set_type(AttributeProto::AttributeType(random.below(15)));
  case 2:
    return attribute.set_name(random.once(4) ? random.name() : random.pick(kAttributes));
  default:
    return changeValue(attribute, random);
  }
}

} // namespace tally::mutation

//===- OnnxTensorMutations.cpp - mistakes in tensors and inputs -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxMutations.h"

#include <cstring>

using namespace ::onnx;

namespace tally::mutation {

/// Some of the element types, also those younger than the definition of the format.
static int anyType(Random &random) { return random.once(20) ? random.number() : random.below(25); }

/// A file beside the model, elsewhere, the model itself, or what is no file at all.
static void makeExternal(TensorProto &tensor, Random &random) {
  static constexpr const char *kPlaces[] = {
      "weights.bin", "../weights.bin", "/etc/passwd",   "/dev/zero", "/dev/stdin", ".", "",
      "mutant.onnx", "a/../../x",      "/proc/self/mem"};
  tensor.set_data_location(TensorProto::EXTERNAL);
  if (random.once(2))
    tensor.clear_raw_data();
  auto add = [&](const char *key, const std::string &value) {
    auto &entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  };
  if (!random.once(8))
    add("location", random.once(6) ? random.name() : random.pick(kPlaces));
  if (random.once(2))
    add("offset", random.once(4) ? random.name() : std::to_string(random.number()));
  if (random.once(2))
    add("length", random.once(4) ? random.name() : std::to_string(random.number()));
}

/// One element, as a number of its kind.
static void changeElement(TensorProto &tensor, Random &random) {
  if (tensor.float_data_size())
    anyOf(tensor.mutable_float_data(), random) = random.real();
  if (tensor.int32_data_size())
    anyOf(tensor.mutable_int32_data(), random) = int32_t(random.number());
  if (tensor.int64_data_size())
    anyOf(tensor.mutable_int64_data(), random) = random.number();
  std::string &bytes = *tensor.mutable_raw_data();
  auto write = [&](auto value) {
    if (size_t count = bytes.size() / sizeof(value))
      std::memcpy(bytes.data() + random.below(count) * sizeof(value), &value, sizeof(value));
  };
  if (tensor.data_type() == TensorProto::FLOAT)
    write(random.real());
  else if (tensor.data_type() == TensorProto::INT64)
    write(random.number());
  else if (tensor.data_type() == TensorProto::INT32)
    write(int32_t(random.number()));
  else
    write(int8_t(random.number()));
}

/// More or fewer bytes or numbers than the shape says.
static void changeSize(TensorProto &tensor, Random &random) {
  std::string &bytes = *tensor.mutable_raw_data();
  if (random.once(4))
    bytes.assign(random.below(64), '\1');
  else if (random.once(2))
    bytes.resize(random.below(bytes.size() + 1));
  else
    bytes.append(1 + random.below(16), '\xff');
  if (random.once(4))
    bytes.clear();
  if (random.once(4))
    tensor.add_int64_data(random.number());
  if (random.once(4))
    tensor.add_float_data(random.real());
  if (random.once(4))
    tensor.add_int32_data(int32_t(random.number()));
  if (random.once(8))
    tensor.add_string_data(random.name());
}

static void changeShape(TensorProto &tensor, Random &random) {
  auto &dims = *tensor.mutable_dims();
  if (random.once(3))
    return edit(dims, random);
  if (random.once(4))
    return dims.Add(random.once(2) ? 1 : random.number());
  if (random.once(10))
    return dims.Resize(random.pick({0, 8, 9, 100}), 1);
  if (!dims.empty())
    anyOf(&dims, random) = random.number();
}

/// A shape and as many bytes: nothing is wrong with the tensor itself.
static void refill(TensorProto &tensor, Random &random) {
  int type = random.once(3) ? anyType(random) : tensor.data_type();
  tensor.clear_dims();
  size_t count = 1;
  for (size_t rank = random.below(6); rank > 0; --rank) {
    tensor.add_dims(random.below(5));
    count *= tensor.dims(tensor.dims_size() - 1);
  }
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.set_data_type(type);
  bool isByte =
      type == TensorProto::INT8 || type == TensorProto::UINT8 || type == TensorProto::BOOL;
  bool isWide = type == TensorProto::INT64 || type == TensorProto::DOUBLE;
  bool isHalf = type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
  tensor.set_raw_data(std::string(count * (isByte ? 1 : isHalf ? 2 : isWide ? 8 : 4), '\0'));
  for (size_t changes = random.below(4); changes > 0; --changes)
    changeElement(tensor, random);
}

static TensorProto *anyTensor(GraphProto &graph, Random &random) {
  if (graph.initializer_size() && !random.once(5))
    return &anyOf(graph.mutable_initializer(), random);
  std::vector<TensorProto *> tensors;
  for (auto &node : *graph.mutable_node())
    for (auto &attribute : *node.mutable_attribute())
      if (attribute.has_t())
        tensors.push_back(attribute.mutable_t());
  return tensors.empty() ? nullptr : random.pick(tensors);
}

void changeTensor(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  TensorProto *tensor = anyTensor(graph, random);
  if (!tensor)
    return;
  switch (random.below(12)) {
  case 0:
    return edit(*graph.mutable_initializer(), random);
  case 1:
    return tensor->set_data_type(anyType(random));
  case 2:
    return changeSize(*tensor, random);
  case 3:
    return makeExternal(*tensor, random);
  case 4:
    return refill(*tensor, random);
  case 5: { // what was constant is computed, or given from outside
    auto &input = *graph.add_input();
    input.set_name(tensor->name());
    auto &type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(tensor->data_type());
    for (int64_t size : tensor->dims())
      type.mutable_shape()->add_dim()->set_dim_value(size);
    if (random.once(2) && graph.initializer_size())
      graph.mutable_initializer()->RemoveLast();
    return;
  }
  case 6:
    if (random.once(3))
      graph.add_sparse_initializer()->mutable_values()->set_name(random.name());
    return changeShape(*tensor, random);
  case 7:
  case 8:
    return changeShape(*tensor, random);
  default:
    for (size_t changes = 1 + random.below(4); changes > 0; --changes)
      changeElement(*tensor, random);
  }
}

void changeInputs(ModelProto &model, Random &random) {
  GraphProto &graph = *model.mutable_graph();
  if (!graph.input_size() || random.once(12))
    return edit(*graph.mutable_input(), random);
  auto &input = anyOf(graph.mutable_input(), random);
  auto &type = *input.mutable_type()->mutable_tensor_type();
  auto &dims = *type.mutable_shape()->mutable_dim();
  switch (random.below(10)) {
  case 0:
    return type.set_elem_type(anyType(random));
  case 1:
    return edit(dims, random);
  case 2:
    return dims.Add()->set_dim_value(random.number());
  case 3:
    if (!dims.empty())
      anyOf(&dims, random).set_dim_param(random.name());
    return;
  case 4:
    if (random.once(3))
      return input.clear_type();
    if (random.once(2))
      return type.clear_shape();
    input.mutable_type()->mutable_sequence_type()->mutable_elem_type();
    return;
  default:
    if (!dims.empty())
      anyOf(&dims, random).set_dim_value(random.number());
  }
}

} // namespace tally::mutation

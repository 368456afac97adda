//===- OnnxTestData.cpp - the models of libonnx-testdata ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxTestData.h"

#include "Import/Literal.h"

#include "llvm/Support/FileSystem.h"
#include <algorithm>
#include <cstdlib>
#include <fstream>

static std::vector<std::string> listFolders(const std::string &folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error;
       it.increment(error))
    names.push_back(it->path());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> listTestFolders() {
  const char *chosen = std::getenv("TALLY_ONNX_TESTS");
  std::string root = chosen ? chosen : "/usr/share/libonnx-testdata/data";
  std::vector<std::string> folders;
  for (const char *suite : {"node", "pytorch-converted", "pytorch-operator", "simple"})
    for (std::string &folder : listFolders(root + "/" + suite))
      folders.push_back(std::move(folder));
  return folders;
}

static std::vector<::onnx::TensorProto> readTensors(const std::string &prefix) {
  std::vector<::onnx::TensorProto> tensors;
  while (true) {
    std::ifstream file(prefix + std::to_string(tensors.size()) + ".pb", std::ios::binary);
    ::onnx::TensorProto tensor;
    if (!file || !tensor.ParseFromIstream(&file))
      return tensors;
    tensors.push_back(std::move(tensor));
  }
}

static void fixType(::onnx::TensorProto &tensor, const ::onnx::ValueInfoProto &info) {
  if (tensor.data_type() == ::onnx::TensorProto::UINT16)
    tensor.set_data_type(info.type().tensor_type().elem_type());
}

static bool fits(const ::onnx::TensorProto &tensor, const ::onnx::ValueInfoProto &info) {
  const auto &shape = info.type().tensor_type().shape();
  if (shape.dim_size() != tensor.dims_size())
    return false;
  for (int i = 0; i < shape.dim_size(); ++i)
    if (shape.dim(i).has_dim_value() && shape.dim(i).dim_value() != tensor.dims(i))
      return false;
  return true;
}

/// Outputs of integers, which only folding computes, become floats.
static void castOutputs(::onnx::GraphProto &graph) {
  for (auto &output : *graph.mutable_output()) {
    auto &type = *output.mutable_type()->mutable_tensor_type();
    if (!tally::onnx::isIntegerCode(type.elem_type()))
      continue;
    auto &cast = *graph.add_node();
    cast.set_op_type("Cast");
    cast.add_input(output.name());
    cast.add_output(output.name() + "_as_float");
    auto &to = *cast.add_attribute();
    to.set_name("to");
    to.set_type(::onnx::AttributeProto::INT);
    to.set_i(::onnx::TensorProto::FLOAT);
    output.set_name(cast.output(0));
    type.set_elem_type(::onnx::TensorProto::FLOAT);
  }
}

std::optional<TestCase> readTestCase(const std::string &folder) {
  TestCase test;
  std::ifstream file(folder + "/model.onnx", std::ios::binary);
  if (!file || !test.model.ParseFromIstream(&file))
    return std::nullopt;
  test.inputs = readTensors(folder + "/test_data_set_0/input_");
  test.outputs = readTensors(folder + "/test_data_set_0/output_");
  // Operators keep the number of the set that changed them last. Those from before 11
  // mean the same in 11, or have attributes that the importer refuses.
  for (auto &import : *test.model.mutable_opset_import())
    if (import.domain().empty() && import.version() < 11)
      import.set_version(11);
  // The data files hold bfloat16 as uint16.
  for (int i = 0; i < std::min<int>(test.inputs.size(), test.model.graph().input_size()); ++i) {
    fixType(test.inputs[i], test.model.graph().input(i));
    test.consistent &= fits(test.inputs[i], test.model.graph().input(i));
  }
  for (int i = 0; i < std::min<int>(test.outputs.size(), test.model.graph().output_size()); ++i)
    fixType(test.outputs[i], test.model.graph().output(i));
  castOutputs(*test.model.mutable_graph());
  return test;
}

::onnx::ModelProto makeConstant(const TestCase &test, size_t first) {
  ::onnx::ModelProto model = test.model;
  for (size_t i = first; i < test.inputs.size() && int(i) < model.graph().input_size(); ++i) {
    ::onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
    tensor = test.inputs[i];
    tensor.set_name(model.graph().input(i).name());
  }
  return model;
}

//===- OnnxDamageTest.cpp - damaged files are errors, never crashes -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxTestData.h"

#include "tally/Import/Onnx.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include <fstream>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

struct OnnxDamage : testing::Test {
  OnnxDamage() : context(mlir::MLIRContext::Threading::DISABLED) {
    llvm::SmallString<128> unique;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("tally-damage", "onnx", unique));
    path = unique.str();
  }
  ~OnnxDamage() override { (void)llvm::sys::fs::remove(path); }

  /// Imports `bytes` as a file of their own.
  bool imports(const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    unsigned errors = 0;
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    });
    mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(path, context);
    EXPECT_EQ(errors == 0, bool(module)) << "a refusal says why, and a success has no errors";
    return bool(module);
  }

  std::string path;
  mlir::MLIRContext context;
};

/// A network with something of everything, built node by node.
class Network {
public:
  Network() {
    model.set_ir_version(8);
    auto &opset = *model.add_opset_import();
    opset.set_domain("");
    opset.set_version(13);
    addType(*graph().add_input(), "x", {1, 2, 6, 6});
    addType(*graph().add_output(), "y", {1, 3});

    using Proto = ::onnx::TensorProto;
    std::string s = weight("s", {}), z = weight("z", {}, Proto::UINT8);
    add("QuantizeLinear", {"x", s, z}, "codes");
    add("QLinearConv",
        {"codes", s, z, weight("w8", {2, 2, 1, 1}, Proto::INT8), weight("s2", {2}),
         weight("z2", {2}, Proto::INT8), s, z, weight("b32", {2}, Proto::INT32)},
        "product");
    add("ConvInteger", {"product", "w8", z}, "sum");
    add("Add", {"sum", weight("c32", {1, 2, 1, 1}, Proto::INT32)}, "total");
    add("Cast", {"total"}, "floats", {{"to", {Proto::FLOAT}}});
    add("QuantizeLinear", {"floats", "s2", "z2"}, "channels", {{"axis", {1}}});
    add("DequantizeLinear", {"channels", "s2", "z2"}, "reals", {{"axis", {1}}});
    add("Conv", {"reals", weight("w", {4, 1, 3, 3}), weight("b", {4})}, "conv",
        {{"pads", {1, 1, 1, 1}}, {"strides", {2, 2}}, {"group", {2}}});
    std::string p = weight("p", {4});
    add("BatchNormalization", {"conv", p, p, p, p}, "norm");
    add("Relu", {"norm"}, "relu");
    add("MaxPool", {"relu"}, "pool", {{"kernel_shape", {2, 2}}, {"ceil_mode", {1}}});
    add("AveragePool", {"pool"}, "average", {{"kernel_shape", {2, 2}}});
    add("Shape", {"average"}, "shape");
    add("Gather", {"shape", ints("zero", {0})}, "batch");
    add("Concat", {"batch", ints("rest", {-1})}, "target", {{"axis", {0}}});
    add("Reshape", {"average", "target"}, "flat");
    add("Slice", {"flat", ints("starts", {1}), ints("ends", {4}), ints("axes", {1})}, "slice");
    add("Gemm", {"slice", weight("v", {3, 3}), weight("c", {3})}, "gemm", {{"transB", {1}}});
    add("Softmax", {"gemm"}, "softmax", {{"axis", {-1}}});
    add("Add", {"softmax", weight("d", {1, 3})}, "y");
  }

  std::string bytes() const { return model.SerializeAsString(); }

private:
  using Attributes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

  ::onnx::GraphProto &graph() { return *model.mutable_graph(); }

  static void addType(::onnx::ValueInfoProto &value, const std::string &name,
                      const std::vector<int64_t> &shape) {
    value.set_name(name);
    auto &type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(::onnx::TensorProto::FLOAT);
    for (int64_t size : shape)
      type.mutable_shape()->add_dim()->set_dim_value(size);
  }

  std::string weight(const std::string &name, const std::vector<int64_t> &shape,
                     ::onnx::TensorProto::DataType type = ::onnx::TensorProto::FLOAT) {
    auto &tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    bool isByte = type == ::onnx::TensorProto::INT8 || type == ::onnx::TensorProto::UINT8;
    int64_t count = 1;
    for (int64_t size : shape) {
      tensor.add_dims(size);
      count *= size;
    }
    tensor.set_raw_data(std::string(count * (isByte ? 1 : 4), '?'));
    return name;
  }

  std::string ints(const std::string &name, const std::vector<int64_t> &values) {
    auto &tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(::onnx::TensorProto::INT64);
    tensor.add_dims(values.size());
    for (int64_t value : values)
      tensor.add_int64_data(value);
    return name;
  }

  void add(const std::string &type, const std::vector<std::string> &inputs,
           const std::string &output, const Attributes &attributes = {}) {
    auto &node = *graph().add_node();
    node.set_op_type(type);
    node.add_output(output);
    for (const std::string &input : inputs)
      node.add_input(input);
    for (const auto &[name, values] : attributes) {
      auto &attribute = *node.add_attribute();
      attribute.set_name(name);
      bool list = values.size() > 1;
      attribute.set_type(list ? ::onnx::AttributeProto::INTS : ::onnx::AttributeProto::INT);
      if (!list)
        attribute.set_i(values[0]);
      for (int64_t value : list ? values : std::vector<int64_t>())
        attribute.add_ints(value);
    }
  }

  ::onnx::ModelProto model;
};

} // namespace

TEST_F(OnnxDamage, TheWholeFileImports) { EXPECT_TRUE(imports(Network().bytes())); }

TEST_F(OnnxDamage, EveryPrefixIsRefused) {
  std::string bytes = Network().bytes();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(imports(bytes.substr(0, size))) << size << " bytes";
}

TEST_F(OnnxDamage, FlippedBitsNeverCrash) {
  const std::string bytes = Network().bytes();
  std::mt19937 random(20240607);
  for (int round = 0; round < 10000; ++round) {
    std::string damaged = bytes;
    for (int flips = 1 + round % 3; flips > 0; --flips)
      damaged[random() % damaged.size()] ^= char(1u << (random() % 8));
    imports(damaged);
  }
}

TEST_F(OnnxDamage, ReplacedBytesNeverCrash) {
  // Sizes and counts are single bytes in a small file: try extreme ones everywhere.
  const std::string bytes = Network().bytes();
  for (size_t position = 0; position < bytes.size(); ++position)
    for (int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[position] = char(value);
      imports(damaged);
    }
}

/// One number of `model` becomes an extreme one: in an attribute, an integer
/// tensor, or a shape.
static void replaceNumber(::onnx::ModelProto &model, std::mt19937 &random) {
  const int64_t extremes[] = {
      INT64_MIN,        -1000000007,      -2,       -1, 0, 1, 2, 3, 17, 100, 1 << 20,
      int64_t(1) << 31, int64_t(1) << 39, INT64_MAX};
  auto any = [&](int64_t size) { return int(random() % size); };
  int64_t number = extremes[any(std::size(extremes))];
  ::onnx::GraphProto &graph = *model.mutable_graph();
  if (int choice = any(3); choice == 0 && graph.node_size()) {
    auto &node = *graph.mutable_node(any(graph.node_size()));
    if (!node.attribute_size())
      return;
    auto &attribute = *node.mutable_attribute(any(node.attribute_size()));
    if (attribute.ints_size())
      attribute.set_ints(any(attribute.ints_size()), number);
    else
      attribute.set_i(number);
  } else if (choice == 1 && graph.initializer_size()) {
    auto &tensor = *graph.mutable_initializer(any(graph.initializer_size()));
    bool wide = tensor.data_type() == ::onnx::TensorProto::INT64;
    size_t count = tensor.raw_data().size() / sizeof(number);
    if (wide && count)
      tensor.mutable_raw_data()->replace(any(count) * sizeof(number), sizeof(number),
                                         reinterpret_cast<const char *>(&number), sizeof(number));
    else if (tensor.dims_size())
      tensor.set_dims(any(tensor.dims_size()), number);
  } else if (graph.input_size()) {
    auto &type = *graph.mutable_input(any(graph.input_size()))->mutable_type();
    auto &shape = *type.mutable_tensor_type()->mutable_shape();
    if (shape.dim_size())
      shape.mutable_dim(any(shape.dim_size()))->set_dim_value(number);
  }
}

TEST_F(OnnxDamage, ExtremeNumbersNeverCrash) {
  std::mt19937 random(20240608);
  for (const std::string &folder : listTestFolders()) {
    auto test = readTestCase(folder);
    if (!test)
      continue;
    for (size_t numInputs : {1, 0}) {
      ::onnx::ModelProto model = makeConstant(*test, numInputs);
      for (int round = 0; round < 12; ++round) {
        ::onnx::ModelProto damaged = model;
        for (int changes = 1 + round % 3; changes > 0; --changes)
          replaceNumber(damaged, random);
        imports(damaged.SerializeAsString());
      }
    }
  }
}

//===- OnnxModel.cpp - reading and checking an ONNX file ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxModel.h"

#include "OnnxTensor.h"
#include "onnx.pb.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <sstream>

using namespace mlir;

namespace tally::onnx {

constexpr int64_t kMinOpset = 9, kMaxOpset = 23;

namespace {

class ModelReader {
public:
  ModelReader(std::optional<std::string> folder, const OnnxImportOptions &options,
              Location location)
      : external(std::move(folder), options.outputs), batch(options.batch), location(location) {}

  LogicalResult read(const ::onnx::ModelProto &proto);
  Model model;

private:
  InFlightDiagnostic error() { return emitError(location); }
  LogicalResult readOpset(const ::onnx::ModelProto &proto);
  LogicalResult readInitializers(const ::onnx::GraphProto &graph);
  LogicalResult readInputs(const ::onnx::GraphProto &graph);
  LogicalResult readInput(const ::onnx::ValueInfoProto &input);
  LogicalResult readNode(const ::onnx::NodeProto &proto, size_t index);
  FailureOr<Attribute> readAttribute(const ::onnx::AttributeProto &proto, const Node &node);
  LogicalResult define(const std::string &name, StringRef what);
  LogicalResult readMetadata(const ::onnx::ModelProto &proto);
  LogicalResult readNumbers(const std::string &key, const std::string &text,
                            std::vector<float> &numbers);

  ExternalData external;
  int64_t batch;
  Location location;
  llvm::StringSet<> defined, nodeNames;
  llvm::StringMap<int> nodeNumbers; ///< the last one given to a name
};

} // namespace

LogicalResult ModelReader::readOpset(const ::onnx::ModelProto &proto) {
  for (const auto &import : proto.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx")
      model.opset = import.version();
  if (model.opset == 0)
    return error() << "has no version of the standard operator set; hint: is "
                      "it an ONNX model?";
  if (model.opset < kMinOpset || model.opset > kMaxOpset)
    return error() << "uses operator set " << model.opset << ", but only " << kMinOpset << " to "
                   << kMaxOpset
                   << " are supported; hint: convert it with "
                      "onnx.version_converter or export it with opset_version=17";
  return success();
}

/// Each name is defined once: ONNX graphs are in static single assignment form.
LogicalResult ModelReader::define(const std::string &name, StringRef what) {
  if (name.empty())
    return error() << "has an " << what << " without a name";
  if (!defined.insert(name).second)
    return error() << "defines the value '" << name << "' twice";
  return success();
}

LogicalResult ModelReader::readInitializers(const ::onnx::GraphProto &graph) {
  if (graph.sparse_initializer_size() != 0)
    return error() << "has sparse initializers, which are not supported; hint: "
                      "export dense weights";
  bool ok = true;
  for (const auto &tensor : graph.initializer()) {
    if (failed(define(tensor.name(), "initializer")))
      return failure();
    llvm::Expected<Literal> literal = readTensor(tensor, external);
    if (!literal) {
      error() << "initializer '" << tensor.name() << "': " << llvm::toString(literal.takeError());
      ok = false;
      continue;
    }
    model.initializers.push_back(std::make_shared<const Literal>(std::move(*literal)));
  }
  return success(ok);
}

LogicalResult ModelReader::readInput(const ::onnx::ValueInfoProto &input) {
  if (failed(define(input.name(), "input")))
    return failure();
  auto fail = [&]() { return error() << "input '" << input.name() << "' "; };
  if (!input.type().has_tensor_type())
    return fail() << "is not a tensor";
  const auto &type = input.type().tensor_type();
  auto format = getIntegerFormat(type.elem_type());
  if (!isFloatCode(type.elem_type()) && !(format && format->bits <= 16))
    return fail() << "has element type " << getElementTypeName(type.elem_type())
                  << ", but only floats and integers of 4 to 16 bits are supported; hint: make "
                     "it a constant of the model";
  if (!type.has_shape())
    return fail() << "has no shape; hint: run onnx.shape_inference, or export "
                     "with example inputs";
  Sizes shape;
  for (const auto &[index, dim] : llvm::enumerate(type.shape().dim())) {
    bool symbolic = !dim.has_dim_value();
    if (symbolic && index != 0)
      return fail() << "has no size in dimension " << index << " ('" << dim.dim_param()
                    << "'); hint: fix it with onnx.tools.update_model_dims";
    shape.push_back(symbolic ? batch : dim.dim_value());
    if (shape.back() < 1)
      return fail() << "has the size " << shape.back() << " in dimension " << index
                    << ", but at least 1 is required";
  }
  if (!countElements(shape))
    return fail() << "has too many elements or dimensions";
  model.inputs.push_back({input.name(), shape, type.elem_type()});
  return success();
}

LogicalResult ModelReader::readInputs(const ::onnx::GraphProto &graph) {
  // Old exporters list initializers among the inputs as well.
  llvm::StringSet<> constants;
  for (const auto &tensor : graph.initializer())
    constants.insert(tensor.name());
  bool ok = true;
  for (const auto &input : graph.input())
    if (!constants.contains(input.name()))
      ok &= succeeded(readInput(input));
  return success(ok);
}

FailureOr<Attribute> ModelReader::readAttribute(const ::onnx::AttributeProto &proto,
                                                const Node &node) {
  using Proto = ::onnx::AttributeProto;
  Attribute attribute;
  switch (proto.type()) {
  case Proto::INT:
    attribute.kind = Attribute::Kind::Int;
    attribute.integer = proto.i();
    break;
  case Proto::FLOAT:
    attribute.kind = Attribute::Kind::Float;
    attribute.real = proto.f();
    break;
  case Proto::STRING:
    attribute.kind = Attribute::Kind::String;
    attribute.string = proto.s();
    break;
  case Proto::INTS:
    attribute.kind = Attribute::Kind::Ints;
    attribute.ints.assign(proto.ints().begin(), proto.ints().end());
    break;
  case Proto::FLOATS:
    attribute.kind = Attribute::Kind::Floats;
    attribute.floats.assign(proto.floats().begin(), proto.floats().end());
    break;
  case Proto::TENSOR: {
    llvm::Expected<Literal> literal = readTensor(proto.t(), external);
    if (!literal) {
      error() << "node '" << node.name << "' (" << node.qualifiedType() << "): attribute '"
              << proto.name() << "': " << llvm::toString(literal.takeError());
      return failure();
    }
    attribute.kind = Attribute::Kind::Tensor;
    attribute.tensor = std::make_shared<const Literal>(std::move(*literal));
    break;
  }
  case Proto::GRAPH:
  case Proto::GRAPHS:
    attribute.kind = Attribute::Kind::Graph;
    break;
  default:
    break;
  }
  return attribute;
}

LogicalResult ModelReader::readNode(const ::onnx::NodeProto &proto, size_t index) {
  Node node;
  node.opType = proto.op_type();
  node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  node.name = proto.name();
  if (node.name.empty() && !node.outputs.empty())
    node.name = node.outputs[0];
  if (node.name.empty())
    node.name = "number " + std::to_string(index);
  // Layers are known by their names: each has its own.
  std::string base = proto.name().empty() ? "node" : proto.name();
  for (int &i = nodeNumbers[base]; !nodeNames.insert(node.name).second;)
    node.name = base + "." + std::to_string(++i);

  for (const std::string &input : node.inputs)
    if (!input.empty() && !defined.contains(input))
      return error() << "node '" << node.name << "' (" << node.qualifiedType()
                     << ") uses the value '" << input
                     << "', which no input, initializer or earlier node "
                        "defines";
  bool hasOutput = false;
  for (const std::string &output : node.outputs) {
    if (output.empty())
      continue;
    hasOutput = true;
    if (failed(define(output, "output")))
      return failure();
  }
  if (!hasOutput)
    return error() << "node number " << index << " (" << node.qualifiedType() << ") has no output";
  for (const auto &attribute : proto.attribute()) {
    auto value = readAttribute(attribute, node);
    if (failed(value))
      return failure();
    if (!node.attributes.emplace(attribute.name(), std::move(*value)).second)
      return error() << "node '" << node.name << "' (" << node.qualifiedType()
                     << ") has two attributes '" << attribute.name() << "'";
  }
  model.nodes.push_back(std::move(node));
  return success();
}

/// Numbers separated by spaces.
LogicalResult ModelReader::readNumbers(const std::string &key, const std::string &text,
                                       std::vector<float> &numbers) {
  std::istringstream stream(text);
  for (float number; stream >> number;)
    numbers.push_back(number);
  bool isAbove = key != "tally.std" || llvm::all_of(numbers, [](float n) { return n > 0; });
  if (stream.eof() && !numbers.empty() && isAbove)
    return success();
  return error() << "has metadata '" << key << "' of '" << text << "', which must be numbers "
                 << (key == "tally.std" ? "above 0 " : "") << "separated by spaces";
}

LogicalResult ModelReader::readMetadata(const ::onnx::ModelProto &proto) {
  for (const auto &entry : proto.metadata_props())
    for (auto [key, numbers] : {std::pair("tally.mean", &model.mean), {"tally.std", &model.std}})
      if (entry.key() == key && failed(readNumbers(key, entry.value(), *numbers)))
        return failure();
  if (model.mean.empty() == model.std.empty())
    return success();
  return error() << "has metadata '" << (model.std.empty() ? "tally.mean" : "tally.std")
                 << "', which requires '" << (model.std.empty() ? "tally.std" : "tally.mean")
                 << "' beside it";
}

LogicalResult ModelReader::read(const ::onnx::ModelProto &proto) {
  const ::onnx::GraphProto &graph = proto.graph();
  if (!proto.has_graph() || graph.output_size() == 0)
    return error() << "has no graph with outputs; hint: is it an ONNX model?";
  if (failed(readOpset(proto)))
    return failure();
  // What is wrong with the nodes is worth knowing too.
  bool initializers = succeeded(readInitializers(graph)), inputs = succeeded(readInputs(graph));
  model.complete = initializers && inputs;
  for (const auto &[index, node] : llvm::enumerate(graph.node()))
    if (failed(readNode(node, index)))
      return failure();
  for (const auto &output : graph.output()) {
    if (!defined.contains(output.name()))
      return error() << "has the output '" << output.name() << "', which nothing defines";
    model.outputs.push_back(output.name());
  }
  return readMetadata(proto);
}

FailureOr<Model> loadModel(StringRef path, const OnnxImportOptions &options, Location location) {
  auto error = [&]() { return emitError(location); };
  if (options.batch < 1)
    return error() << "requires a batch of at least 1, but got " << options.batch;
  auto buffer =
      llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return error() << "cannot be read: " << buffer.getError().message();
  StringRef bytes = (*buffer)->getBuffer();
  if (bytes.size() > INT32_MAX)
    return error() << "has " << bytes.size()
                   << " bytes, more than the 2 GiB that protobuf can read; hint: "
                      "save the weights as external data";

  // LITE_RUNTIME messages keep no arena of their own; the model is freed when
  // the plain data have been taken from it.
  ::onnx::ModelProto proto;
  google::protobuf::io::ArrayInputStream array(bytes.data(), bytes.size());
  google::protobuf::io::CodedInputStream stream(&array);
  stream.SetTotalBytesLimit(INT32_MAX);
  if (!proto.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return error() << "is not an ONNX model, or is damaged: its " << bytes.size()
                   << " bytes cannot be decoded";

  std::optional<std::string> folder;
  if (path != "-")
    folder = llvm::sys::path::parent_path(path).str();
  ModelReader reader(folder, options, location);
  if (failed(reader.read(proto)))
    return failure();
  return std::move(reader.model);
}

} // namespace tally::onnx

//===- OnnxModel.h - an ONNX file as plain data -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the importer needs of a model, checked for consistency and free of
// protobuf, so that few files include its headers.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXMODEL_H
#define TALLY_LIB_IMPORT_ONNXMODEL_H

#include "Literal.h"
#include "tally/Import/Onnx.h"

#include "mlir/IR/Location.h"
#include <map>

namespace tally::onnx {

struct Attribute {
  /// Int, Float, Ints, Floats, String and Tensor hold a value; the others are
  /// known by name only.
  enum class Kind { Int, Float, String, Ints, Floats, Tensor, Graph, Other };
  Kind kind = Kind::Other;
  int64_t integer = 0;
  float real = 0;
  std::string string;
  std::vector<int64_t> ints;
  std::vector<float> floats;
  LiteralRef tensor;
};

struct Node {
  /// The name in the file, else that of the first output.
  std::string name;
  /// Empty for the standard operators.
  std::string domain;
  std::string opType;
  /// Empty names stand for absent optional ones.
  std::vector<std::string> inputs, outputs;
  std::map<std::string, Attribute> attributes;

  /// "Conv", "ai.tally::AdderConv".
  std::string qualifiedType() const { return domain.empty() ? opType : domain + "::" + opType; }
};

struct GraphInput {
  std::string name;
  Sizes shape;
  /// Floats, or integers of up to 16 bits.
  int64_t elementType = kFloatCode;
};

struct Model {
  /// Whether all inputs and initializers could be read; else errors have said why not.
  bool complete = true;
  int64_t opset = 0;
  std::vector<GraphInput> inputs;
  std::vector<std::string> outputs;
  std::vector<LiteralRef> initializers;
  std::vector<Node> nodes;
  /// How images were normalised in training: metadata `tally.mean` and `tally.std`, numbers
  /// separated by spaces. Empty where the file does not say.
  std::vector<float> mean, std;
};

/// Reads `path` ("-" for standard input). Emits errors at `location`.
mlir::FailureOr<Model> loadModel(llvm::StringRef path, const OnnxImportOptions &options,
                                 mlir::Location location);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXMODEL_H

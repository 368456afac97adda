//===- OnnxTensor.h - tensors of an ONNX file -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_IMPORT_ONNXTENSOR_H
#define TALLY_LIB_IMPORT_ONNXTENSOR_H

#include "Literal.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace onnx {
class TensorProto;
} // namespace onnx

namespace tally::onnx {

/// "float32", "int8", or the number of an element type without a name here.
std::string getElementTypeName(int type);

/// The files beside a model that hold data of its tensors.
class ExternalData {
public:
  /// Files below `folder` but for `outputs`; none at all without a folder.
  ExternalData(std::optional<std::string> folder, std::vector<std::string> outputs)
      : folder(std::move(folder)), outputs(std::move(outputs)) {}

  /// The `size` bytes that `tensor` refers to.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> read(const ::onnx::TensorProto &tensor,
                                                           int64_t size);

private:
  std::optional<std::string> folder;
  std::vector<std::string> outputs;
  /// Bytes taken from each file, so that a small file cannot fill the memory.
  llvm::StringMap<uint64_t> taken;
};

/// The elements of `tensor`. Sizes are checked before memory is taken.
llvm::Expected<Literal> readTensor(const ::onnx::TensorProto &tensor, ExternalData &external);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXTENSOR_H

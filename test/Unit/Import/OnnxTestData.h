//===- OnnxTestData.h - the models of libonnx-testdata ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Environment: TALLY_ONNX_TESTS=DIR for other test data of that layout.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TEST_UNIT_IMPORT_ONNXTESTDATA_H
#define TALLY_TEST_UNIT_IMPORT_ONNXTESTDATA_H

#include "onnx.pb.h"

#include <optional>
#include <string>
#include <vector>

/// A test directory: the model and one set of inputs and outputs.
struct TestCase {
  ::onnx::ModelProto model;
  std::vector<::onnx::TensorProto> inputs, outputs;
  /// Two tests declare inputs that their data do not have.
  bool consistent = true;
};

/// The folders of all tests, sorted.
std::vector<std::string> listTestFolders();

/// The test in `folder`, in a form that this importer can judge: operator sets older than 11
/// are declared as 11, and outputs of integers are cast to float.
std::optional<TestCase> readTestCase(const std::string &folder);

/// The model with all inputs from `first` on as initializers.
::onnx::ModelProto makeConstant(const TestCase &test, size_t first);

#endif // TALLY_TEST_UNIT_IMPORT_ONNXTESTDATA_H

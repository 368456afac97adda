//===- OnnxMutator.h - ONNX files with mistakes -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_ONNXMUTATOR_H
#define TALLY_TEST_MUTATION_ONNXMUTATOR_H

#include "Random.h"

namespace tally::mutation {

/// A damaged copy of the ONNX file `bytes`: nodes, attributes, tensors, names, shapes and types
/// that changed in one to three places, sometimes with parts of `donor`, another ONNX file; one in
/// ten is damaged byte by byte instead. Files that are no ONNX model are damaged byte by byte.
std::string mutateOnnx(const std::string &bytes, const std::string &donor, Random &random);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_ONNXMUTATOR_H

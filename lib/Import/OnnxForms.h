//===- OnnxForms.h - nodes imported in another form -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ONNX writes with other dimensions than those that layers here have: images with
// channels last, elementwise operations between transposes, layers of one dimension.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXFORMS_H
#define TALLY_LIB_IMPORT_ONNXFORMS_H

#include "OnnxModel.h"

#include "llvm/ADT/StringSet.h"

namespace tally::onnx {

/// The inputs and outputs that are images [N, H, W, C] in ONNX too, as those of Keras: the network
/// brings inputs into the order of its layers, and no layer reads them before; and it brings
/// outputs out of that order.
llvm::StringSet<> findChannelsLast(const Model &model);

/// Whether each element of the result comes from the elements of the inputs at its place, where
/// constants broadcast.
bool isElementwise(const Node &node);

/// Whether the node is a layer that slides along one dimension where its input has rank 3.
bool isLayerOfWindows(const Node &node);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXFORMS_H

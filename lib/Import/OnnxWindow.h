//===- OnnxWindow.h - sliding windows of convolutions and pools -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_IMPORT_ONNXWINDOW_H
#define TALLY_LIB_IMPORT_ONNXWINDOW_H

#include "OnnxImporter.h"

#include "tally/IR/Window.h"

namespace tally::onnx {

/// The window that the attributes auto_pad, dilations, pads and strides of a
/// two-dimensional layer describe, for an input [N, C, H, W]. Its trailing
/// padding is such that the last window ends with the padded input (or
/// beyond it, with ceil_mode); negative where input rows or columns are unused.
struct PlacedWindow {
  Window window;
  /// Height and width of the output.
  std::array<int64_t, 2> outputSize;
  /// The padding that the attributes ask for: top, bottom, left, right.
  std::array<int64_t, 4> declaredPad;
};

mlir::FailureOr<PlacedWindow> getWindow(NodeScope &scope, llvm::ArrayRef<int64_t> inputShape,
                                        std::array<int64_t, 2> kernel);

/// The NHWC `input` without the rows and columns that no window reads, and
/// `placed` with padding that is not negative. TOSA asks for both.
mlir::FailureOr<mlir::Value> cutUnused(NodeScope &scope, mlir::Value input, PlacedWindow &placed);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXWINDOW_H

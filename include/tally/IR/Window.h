//===- Window.h - geometry of sliding windows -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that knows how kernel, padding, stride and dilation make an
// output shape. Free of MLIR so that the reference in Run uses it too.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_WINDOW_H
#define TALLY_IR_WINDOW_H

#include <array>
#include <cstdint>

namespace tally {

/// A two-dimensional sliding window; index 0 is height, 1 is width.
struct Window {
  std::array<int64_t, 2> kernel = {1, 1};
  /// Top, bottom, left, right.
  std::array<int64_t, 4> pad = {0, 0, 0, 0};
  std::array<int64_t, 2> stride = {1, 1};
  std::array<int64_t, 2> dilation = {1, 1};

  int64_t padBefore(int dim) const { return pad[2 * dim]; }
  int64_t padAfter(int dim) const { return pad[2 * dim + 1]; }

  /// How many input elements the kernel spans along `dim`.
  int64_t extent(int dim) const { return dilation[dim] * (kernel[dim] - 1) + 1; }

  /// Output size along `dim` for an input of `size` elements; 0 or less where
  /// the window does not fit.
  int64_t outputSize(int dim, int64_t size) const {
    int64_t room = size + padBefore(dim) + padAfter(dim) - extent(dim);
    return room < 0 ? 0 : room / stride[dim] + 1;
  }
};

} // namespace tally

#endif // TALLY_IR_WINDOW_H

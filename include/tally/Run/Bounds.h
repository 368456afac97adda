//===- Bounds.h - the reference on intervals --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the elements of a tensor lie once its inputs lie between two values each: the smallest and
// the largest result of layers of Reference.h on codes, exactly. Each is written as a few calls of
// the layer itself, so that there is no second model of it. Free of LLVM.
//
// With l <= x <= u element by element:
//
//   2 min sum w x = sum w (l + u) - sum |w| (u - l)         2 max with +
//   2 min |x - w| = |l - w| + |u - w| - (u - l)             the distance of w from [l, u], twice
//   2 max |x - w| = |l + u - 2 w| + (u - l)
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_BOUNDS_H
#define TALLY_RUN_BOUNDS_H

#include "tally/Run/Reference.h"

namespace tally {

/// `low <= x <= high` for every element x; both of one type and shape.
struct Bounds {
  Tensor low, high;

  Bounds() = default;
  Bounds(Tensor low, Tensor high) : low(std::move(low)), high(std::move(high)) {}
  explicit Bounds(const Tensor &point) : low(point), high(point) {}

  /// Whether one tensor is all that there is between them: what no input changes.
  bool isPoint() const { return low.rawData() == high.rawData(); }
};

namespace reference {

/// Those of two tensors of one type and shape, whichever of them is the lower at an element.
Bounds hull(const Tensor &a, const Tensor &b);
Bounds hull(const Bounds &a, const Bounds &b);

/// Of the sums of a layer of codes, as I64. `filter` and `bias` are what they are.
Bounds adderConv2d(const Bounds &input, const Tensor &filter, int64_t zeroPoint,
                   const LayerOptions &options);
Bounds conv2d(const Bounds &input, const Tensor &filter, const Tensor &bias, int64_t inputZeroPoint,
              int64_t filterZeroPoint, const LayerOptions &options);
Bounds depthwiseConv2d(const Bounds &input, const Tensor &filter, const Tensor &bias,
                       int64_t inputZeroPoint, int64_t filterZeroPoint,
                       const LayerOptions &options);

/// Of the entries of `table` between both ends, in its type.
Bounds lookUp(const Bounds &input, int64_t lowest, const Tensor &table);

} // namespace reference
} // namespace tally

#endif // TALLY_RUN_BOUNDS_H

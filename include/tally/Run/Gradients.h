//===- Gradients.h - what flows back through layers -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradients of the layers of Reference.h, as scalar C++ without LLVM, in single
// or double precision; all tensors of one call have one of them. In double they are
// the yardstick of compiled training steps. Sums have one order, whatever the number
// of threads.
//
// x is the layer's input `[N, H, W, C]`, w its filter `[F, KH, KW, C / group]`, and g
// the gradient of its output `[N, OH, OW, F]`. Tap (kh, kw) of output position (oh, ow)
// reads the input at
//
//   h = oh * stride[0] + kh * dilation[0] - pad[0]
//   w = ow * stride[1] + kw * dilation[1] - pad[2]
//
// and filter f reads channels `C / group * (f div (F / group)) + k` for k in [0, C / group).
// The kernel of `options.window` is the filter's.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_GRADIENTS_H
#define TALLY_RUN_GRADIENTS_H

#include "tally/Run/Reference.h"

namespace tally::reference {

/// Of a convolution to its input, whose shape is `input`: `dx[i] = sum g[o, f] * w[f, k]`, over the
/// output positions o, filters f and taps k that read i.
Tensor conv2dInputGradient(const Tensor &gradient, const Tensor &filter, const Shape &input,
                           const LayerOptions &options);

/// Of a convolution to its filter: `dw[f, k] = sum g[o, f] * x[i]`, over all output positions o of
/// all images, i being what tap k reads there. Padded taps hold 0.
Tensor conv2dFilterGradient(const Tensor &input, const Tensor &gradient,
                            const LayerOptions &options);

/// What an absolute difference passes back to its input, with d = w - x.
enum class DifferenceRule : uint8_t {
  HardTanh, ///< `min(max(d, -1), 1)`: AdderNet (Chen et al., CVPR 2020), formula 6
  Sign,     ///< 1 above 0, -1 below, 0 at 0: the derivative
};

/// Of an adder layer to its input: `dx[i] = sum g[o, f] * rule(w[f, k] - x[i])`, over the same as
/// in `conv2dInputGradient`.
Tensor adderInputGradient(const Tensor &gradient, const Tensor &input, const Tensor &filter,
                          DifferenceRule rule, const LayerOptions &options);

/// Of a maximum over windows (`maxPool2d`) to its input: each element of `gradient`, `[N, OH, OW,
/// C]`, goes to the first of the largest elements under its window, in the order of kh, then kw.
/// Padded taps get nothing, and windows of nothing else give nothing.
Tensor maxPool2dGradient(const Tensor &gradient, const Tensor &input, const LayerOptions &options);

} // namespace tally::reference

#endif // TALLY_RUN_GRADIENTS_H

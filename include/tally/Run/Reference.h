//===- Reference.h - the arithmetic contract, executable --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What docs/Spec.md says, as scalar C++ without LLVM. On integer codes these
// functions are normative: every backend must reproduce them bit for bit. On
// floats, of single or double precision, they are a plain implementation of
// the same formulas; all floats of one call have one precision.
//
// Activations are `[N, H, W, C]`, filters `[F, KH, KW, C / group]`, depthwise
// filters `[KH, KW, C, M]`, all row-major.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_REFERENCE_H
#define TALLY_RUN_REFERENCE_H

#include "tally/Data/Tensor.h"
#include "tally/IR/Window.h"

#include <cstdint>

namespace tally::reference {

/// Inclusive range of output codes.
struct Saturation {
  int64_t lowest = 0, highest = 0;
};

enum class RoundingMode : uint8_t { HalfUp, Floor };

/// `min(max((code * multiplier + offset + half) >> shift, lowest), highest)`,
/// `half = 2^(shift - 1)` for HalfUp with a shift above 0, else 0. The
/// product and sum must fit 64 bits (requantize_c3); `shift` is in 0..62.
int64_t requantize(int64_t code, int32_t multiplier, int64_t offset, int shift,
                   RoundingMode rounding, Saturation saturation);

/// The quotient that `quantize` rounds: in double precision, but rounded to single where both
/// numbers are of single precision and codes have at most 16 bits, as in ONNX.
double divideByScale(double value, double scale, Saturation saturation);

/// The code of a real value: nearest, ties to even, saturated.
/// Not a number becomes the zero point.
int64_t quantize(double value, double scale, int64_t zeroPoint, Saturation saturation);

/// The codes of `count` values of one scale. Quotients of doubles are of double precision always.
template <typename T>
void quantize(const float *values, int64_t count, double scale, int64_t zeroPoint,
              Saturation saturation, T *codes);
template <typename T>
void quantize(const double *values, int64_t count, double scale, int64_t zeroPoint,
              Saturation saturation, T *codes);

/// Layers whose results are 32-bit sums run on `int32_t` copies of the codes. `threads` = 0
/// asks the machine; results do not depend on it.
struct LayerOptions {
  Window window;
  int64_t group = 1;
  int threads = 0;
};

/// `-sum |x - w|`; floats -> floats, codes -> I32. Padded taps hold `zeroPoint`.
Tensor adderConv2d(const Tensor &input, const Tensor &filter, int64_t zeroPoint,
                   const LayerOptions &options);

/// `bias[f] + sum (x - inputZeroPoint) * (w - filterZeroPoint)`; floats -> floats,
/// codes -> I32. `bias` has one or F elements.
Tensor conv2d(const Tensor &input, const Tensor &filter, const Tensor &bias, int64_t inputZeroPoint,
              int64_t filterZeroPoint, const LayerOptions &options);

/// As conv2d with a filter `[KH, KW, C, M]`; output channel `c * M + m`.
Tensor depthwiseConv2d(const Tensor &input, const Tensor &filter, const Tensor &bias,
                       int64_t inputZeroPoint, int64_t filterZeroPoint,
                       const LayerOptions &options);

/// `sum (x - zeroPoint)` over the window, per channel (sumPool2d) or over all
/// channels (boxSum); floats -> floats, codes -> I32.
Tensor sumPool2d(const Tensor &input, int64_t zeroPoint, const LayerOptions &options);
Tensor boxSum(const Tensor &input, const LayerOptions &options);

/// `(a - zeroA) * (b - zeroB)` where dimensions of size 1 broadcast; codes -> I32.
Tensor multiply(const Tensor &a, int64_t zeroA, const Tensor &b, int64_t zeroB);

/// `table[x - lowest]`, in the type of `table`.
Tensor lookUp(const Tensor &input, int64_t lowest, const Tensor &table);

/// Largest element of the window; padded taps never win. Keeps the type.
Tensor maxPool2d(const Tensor &input, const LayerOptions &options);

/// Mean over the elements of the window that lie inside the input. Floats only.
Tensor averagePool2d(const Tensor &input, const LayerOptions &options);

} // namespace tally::reference

#endif // TALLY_RUN_REFERENCE_H

//===- FilterQuantizerOps.td - scales from weights ----------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In a header of its own, FilterQuantizer.h: few read it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_FILTERQUANTIZEROPS_TD
#define TALLY_IR_FILTERQUANTIZEROPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_FilterQuantizerOp
    : Tally_Op<"filter_quantizer", "OutsideSums", OnFloats, [AllTypesMatch<["input", "output"]>]> {
  let summary = "a quantizer whose scale follows from the weights";
  let description = [{
    What training puts in the place of a quantizer that has nothing to learn. `levels` says which;
    with E the mean over the weights w that share a scale (all, or those with one index of the
    dimension that `levels` has scales along):

    ```
    -1, 1       (BWN)    output = s * sign(w), of 0 as well 1            s = E|w|
    -1, 0, 1    (TWN)    output = s * sign(w) where |w| > d, else 0      d = 0.7 * E|w|, s = E(|w| of those)
    -m .. m     (SAWB)   output = s * min(max(round(w / s), -m), m)
                         s = max(c1 * sqrt(E w^2) - c2 * E|w|, E|w|) / m
    ```

    These are the binary weights of Rastegari et al. (2016), the ternary ones of Li et al. (2016) and
    the clip of Choi et al. (2019); c1 and c2 are those of m in `tally/Run/FilterScales.h`. `round`
    takes ties to even numbers. Sums and d are taken in 64 bits, s in 32, 1e-30 or more.

    Backwards it is the identity: the straight-through estimator. `tally-freeze-quantizers` replaces
    it by codes.

    Constraints:

    * C1: `levels` has scales of 1 and is `!tally.pot<s1 nonzero>`, `!tally.pot<s2>`, or a
      `!quant.uniform` from -m to m with zero points of 0 and m + 1 a power of two, 2 to 128.
    * C2: `input` has a static shape, with as many indices in the dimension of the scales as there
      are scales.

    Example:

    ```mlir
    %y = tally.filter_quantizer %w to !tally.pot<s1:0 nonzero, {1.0, 1.0}> : tensor<2x3x3x4xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, TypeAttr:$levels);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = "$input `to` $levels attr-dict `:` type($input)";
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    ::tally::FilterRule getRule();
    /// The outermost level.
    int64_t getMost();
    /// The dimension that scales run along, or -1 where there is one for all.
    int64_t getAxis();
    /// The quantized type that it is with these scales.
    ::mlir::Type getTrainedType(::llvm::ArrayRef<float> scales);
    /// "bwn", "twn", "sawb4": as recipes name it.
    std::string getRuleName();
  }];
}

#endif // TALLY_IR_FILTERQUANTIZEROPS_TD

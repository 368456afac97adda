//===- LearnedOps.td - quantizers whose scales are learned --*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_LEARNEDOPS_TD
#define TALLY_IR_LEARNEDOPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_LearnedQuantizerOp
    : Tally_Op<"learned_quantizer", "OutsideSums", OnFloats,
               [AllTypesMatch<["input", "output"]>, AttrSizedOperandSegments]> {
  let summary = "a quantizer whose scale is a parameter";
  let description = [{
    What training puts in the place of a quantizer. With the elements of `scale` (one, or one for
    each index of the dimension that `levels` has scales along) as s:

    ```
    uniform levels    output = s * min(max(round(input / s), lowest - zero), highest - zero)
    powers of two     output = s * nearest level(input / s)
    ```

    `round` takes ties to even numbers; between two levels the nearest is taken, halfway the one
    away from zero, or with `nearest_exponent` the nearest in proportion: powers of two change at
    `sqrt(2) * 2^k` and not at `1.5 * 2^k`.

    Backwards, rounding is taken for the identity: the gradient goes to `input` where
    `input / s` lies within the levels, everywhere with `passes_outside`, and to `scale` as
    `output / s - input / s` inside and as the outermost level outside (LSQ; PACT's and APoT's clip).
    With `sigma`, probabilities of the levels say what comes back (CPQ): the derivative of their
    mean, or with `literal` that of the most probable one (see `tally.categorical_slope`).
    With `masks`, the probability of a level counts as often as its mask says, and the most probable
    level is taken, the lower one of equals: where the outer masks are 0, bits are dropped
    (DropBits). -1, 0 and 1 have no mask; each bit more has one for the levels that it adds (2 and 3
    of either sign have the first), or with `endpoints` each pair of outermost levels.
    With `spans_input`, training sets `scale` so that the outermost level is the input's largest
    magnitude (min-max), and no gradient goes to it.

    `tally-freeze-quantizers` replaces it by a quantizer with the scales that were learned.

    Constraints:

    * C1: `levels` is a `!quant.uniform` (per tensor, or per axis with zero points of 0) or
      `!tally.pot` type whose scales are all 1.
    * C2: `scale` has one element, or as many as `levels` has scales.
    * C3: `nearest_exponent` is for powers of two that are not `additive`.
    * C4: `sigma` has as many elements as `scale` and is for uniform levels, 32 at most; `literal` is
      for quantizers with `sigma`, `passes_outside` and `spans_input` for others.
    * C5: `masks` is for quantizers with `sigma` and levels from -m to m, with m + 1 = 2^b a power
      of two and at least 4; it has b - 1 elements, or with `endpoints`, which is for quantizers
      with `masks`, m - 1.

    Example:

    ```mlir
    %y = tally.learned_quantizer %x by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<4x3x3x2xf32>, tensor<1xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, Tally_Vector:$scale,
                       Optional<Tally_Vector>:$sigma, Optional<Tally_Vector>:$masks,
                       TypeAttr:$levels, UnitAttr:$passes_outside, UnitAttr:$nearest_exponent,
                       UnitAttr:$literal, UnitAttr:$spans_input, UnitAttr:$endpoints);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = [{
    $input `by` $scale (`sigma` $sigma^)? (`masks` $masks^)? `to` $levels attr-dict
    `:` type($input) `,` type($scale) (`,` type($sigma)^)? (`masks` type($masks)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    /// The dimension that scales run along, or -1 where there is one for all.
    int64_t getAxis();
    /// The quantized type that it is with these scales, each as f32 and 64 bits hold it.
    ::mlir::Type getTrainedType(::llvm::ArrayRef<float> scales);
  }];
}

def Tally_LevelMasksOp : Tally_Op<"level_masks", "Nowhere", OnFloats,
                                  [AllTypesMatch<["logits", "output"]>]> {
  let summary = "which bits of a quantizer are there";
  let description = [{
    ```
    output[k] = z[0] * z[1] * .. * z[k]
    z[k] = 1 where logits[k] >= 0, else 0
    z[k] = clamp(1.2 * S((logits[k] + log(u[k] / (1 - u[k]))) * 3/2) - 0.1, 0, 1)   with noise u
    ```

    S is the sigmoid: hard concrete masks (Louizos et al., ICLR 2018), each there only where those
    before it are, so that outer levels go first. `tally-draw-masks` gives them noise in training;
    `tally-narrow-levels` takes the masks for the levels of the type.

    Constraints:

    * C1: `noise` has the type of `logits`.

    Example:

    ```mlir
    %m = tally.level_masks %l : tensor<2xf32>
    %n = tally.level_masks %l noise %u : tensor<2xf32>, tensor<2xf32>
    ```
  }];
  let arguments = (ins Tally_Vector:$logits, Optional<Tally_Vector>:$noise);
  let results = (outs Tally_Vector:$output);
  let assemblyFormat = [{
    $logits (`noise` $noise^)? attr-dict `:` type($logits) (`,` type($noise)^)?
  }];
  let hasVerifier = 1;
}

def Tally_MixtureOp : Tally_Op<"mixture", "OutsideSums", OnFloats> {
  let summary = "a mean of quantizers by attention";
  let description = [{
    ```
    output = sum over k of a[k] * members[k],  a = softmax(logits)
    ```

    What training with attention (DQA) puts in the place of a quantizer: members are quantizers of
    one value, and training cools the softmax until one of them is left.
    `tally-collapse-mixtures` takes that one: the first, or with `deploys_winner` the one with most
    attention.

    Constraints:

    * C1: there are at least two members, as many as `logits` has elements, all of the type of
      `output`.

    Example:

    ```mlir
    %y = tally.mixture %two, %four by %l : tensor<2xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Variadic<RankedTensorOf<[F32]>>:$members, Tally_Vector:$logits,
                       UnitAttr:$deploys_winner);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $members `by` $logits attr-dict `:` type($logits) `,` type($members) `->` type($output)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    ::tally::BatchRole getBatchRole(unsigned operand) {
      return operand < getMembers().size() ? ::tally::BatchRole::Images : ::tally::BatchRole::Shared;
    }
  }];
}

def Tally_RoundOp
    : Tally_Op<"round", "OutsideSums", OnFloats, [AllTypesMatch<["input", "output"]>]> {
  let summary = "the nearest integer, with the gradient of the identity";
  let description = [{
    `output = round(input)`, ties to even numbers. Backwards it is the identity: the
    straight-through estimator.

    Example:

    ```mlir
    %y = tally.round %x : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def Tally_AdderExcessOp : Tally_Op<"adder_excess", "Nowhere", OnFloats> {
  let summary = "what clamping an adder layer's filter takes from its sums";
  let description = [{
    ```
    output[f] = sum over kh, kw, c of max(w[f, kh, kw, c] - high, 0) + max(low - w[f, kh, kw, c], 0)
    ```

    For inputs in `[low, high]` the layer with w is the layer with the clamped w, less this
    constant (see `tally-clamp-weights`). In training it follows the weights. Its gradient is the
    full-precision one of AdderNet, `w - clamp(w)`, so that both parts together have the
    layer's own, `x - w`.

    Constraints:

    * C1: `low` is not above `high`; `output` has one element for each filter.

    Example:

    ```mlir
    %e = tally.adder_excess %w low 0.0 high 1.5 : tensor<16x3x3x16xf32> -> tensor<16xf32>
    ```
  }];
  let arguments = (ins TensorRankOf<[AnyFloat], [4]>:$filter, F32Attr:$low, F32Attr:$high);
  let results = (outs Tally_Vector:$output);
  let assemblyFormat = [{
    $filter `low` $low `high` $high attr-dict `:` type($filter) `->` type($output)
  }];
  let hasVerifier = 1;
}

#endif // TALLY_IR_LEARNEDOPS_TD

//===- PowerOfTwoOps.td - from and to powers of two ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_POWEROFTWOOPS_TD
#define TALLY_IR_POWEROFTWOOPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_DecodeOp : Tally_Op<"decode", "Nowhere", OnCodes> {
  let summary = "from codes of powers of two to numbers";
  let description = [{
    `output = level(input) * scale` element by element. A float result holds these
    products; a quantized one holds the levels as codes of a uniform type with the
    same scales and zero point 0, so that what follows computes on integers.

    It stands between a packed filter and the layer that uses it. A lowering may
    unpack the filter in front of the layer, or fuse both: each code then says which
    shifts of the activation are added.

    Constraints:

    * C1: `input` and `output` have one shape; the axis of the scales is one of its
      dimensions and has as many indices as there are scales.
    * C2: a quantized `output` has `input`'s scales along the same axis, zero point 0,
      and a storage range that holds every level.

    Example:

    ```mlir
    %w = tally.decode %codes : tensor<8x3x3x4x!tally.pot<s4, 0.05>>
        -> tensor<8x3x3x4x!quant.uniform<i8<-64:64>:f32, 0.05>>
    ```
  }];
  let arguments = (ins RankedTensorOf<[Tally_PowerOfTwoType]>:$input);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
}

def Tally_SnapOp : Tally_Op<"snap", "Nowhere", OnCodes> {
  let summary = "round to the nearest power of two, or sum of them";
  let description = [{
    Each element becomes the nearest `level * scale` of the `!tally.pot` type `levels`; beyond
    the outermost levels these, halfway between two the one away from zero, or with
    `ties_to_even` the one with an even place, counted from zero outwards. It is what networks
    trained with such activations contain.

    On codes, the input counts in a step that is a power of two finer than the levels' scale,
    so that the middle between two levels is an integer: only comparisons are left. The
    result holds levels.

    Constraints:

    * C1: `levels` has one scale; `input` and `output` have one shape, both float or both quantized.
    * C2: a quantized `output` has that scale, zero point 0 and a storage range that holds
      every level; `input` has zero point 0 and that scale divided by 2, 4, ... or 2^30.

    Example:

    ```mlir
    %y = tally.snap %x to !tally.pot<additive u4, 0.03> : tensor<1x8xf32> -> tensor<1x8xf32>
    ```
  }];
  let arguments = (ins Tally_Tensor:$input, TypeAttrOf<Tally_PowerOfTwoType>:$levels,
                       UnitAttr:$ties_to_even);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = "$input `to` $levels attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    ::tally::PowerOfTwoType getLevelType() {
      return ::llvm::cast<::tally::PowerOfTwoType>(getLevels());
    }
    ::tally::Ties getTies() {
      return getTiesToEven() ? ::tally::Ties::Even : ::tally::Ties::Away;
    }
    /// The steps of a quantized input in one step of the levels, as a power of two.
    int getFineness();
    /// For every level from the second on, the lowest code that rounds to it.
    ::llvm::SmallVector<int64_t> getThresholds();
  }];
}

#endif // TALLY_IR_POWEROFTWOOPS_TD

//===- QuantizationOps.td - observing, requantizing, shuffling --*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_QUANTIZATIONOPS_TD
#define TALLY_IR_QUANTIZATIONOPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_ObserveOp
    : Tally_Op<"observe", "Nowhere", OnFloats,
               [AllTypesMatch<["input", "output"]>, DataMovementOpInterface]> {
  let summary = "a value that will be quantized, and what was seen of it";
  let description = [{
    The identity. `tally-calibrate` places it on every value that quantization
    has to round, and fills in the sketch.

    Example:

    ```mlir
    %y = tally.observe %x sketch <count = 4, min = 0.0, max = 1.5, exponent = -1, first = 0, bins = [1, 1, 1, 1]>
        : tensor<1x2x2x1xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input,
                       OptionalAttr<Tally_SketchAttr>:$sketch);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = "$input (`sketch` $sketch^)? attr-dict `:` type($input)";
  let extraClassDeclaration = networkOp # [{
    ::tally::Movement getMovement() { return ::tally::Movement::View; }
  }];
}

def Tally_RequantizeOp : Tally_Op<"requantize", "Nowhere", OnCodes> {
  let summary = "integer change of scale";
  let description = [{
    Element by element on codes, in 64-bit integers:

    ```
    t      = input * multiplier + offset + half       half = 2^(shift - 1), or 0
    output = min(max(t >> shift, lowest), highest)    >> rounds towards minus infinity
    ```

    `lowest` and `highest` are the storage range of `output`'s type. `half` is
    added where `rounding` is `half_up` and `shift` is not 0: TOSA's `SINGLE_ROUND`.
    `multiplier` (32 bits, either sign), `offset` (64 bits) and `shift` (0 to 62) are
    dense tensors whose shapes broadcast to `input`'s. A multiplier of 1 makes
    it a pure shift.

    Constraints:

    * C1: `input` and `output` have one shape and integer or quantized element types.
    * C2: `multiplier` is i32, `offset` i64, `shift` i8 in 0..62; all three
      have one shape, which broadcasts to `input`'s.
    * C3: no product plus offset overflows 64 bits, for any code in `input`'s storage range.
    * C4: no code of either type exceeds 2^31 - 1: codes of 32 bits have a sign.

    Example:

    ```mlir
    %y = tally.requantize %x multiplier dense<1073741824> : tensor<1xi32> offset dense<0> : tensor<1xi64>
        shift dense<34> : tensor<1xi8> rounding <half_up>
        : tensor<1x4x!quant.uniform<i32:f32, 0.5>> -> tensor<1x4x!quant.uniform<u8:f32, 8.0>>
    ```
  }];
  let arguments = (ins
    Tally_Tensor:$input, ElementsAttr:$multiplier, ElementsAttr:$offset,
    ElementsAttr:$shift, Tally_RoundingAttr:$rounding);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = [{
    $input `multiplier` $multiplier `offset` $offset `shift` $shift
    `rounding` $rounding attr-dict `:` type($input) `->` type($output)
  }];
  let extraClassDeclaration = networkOp # [{
    bool keepsBatch();
  }];
  let hasVerifier = 1;
}

def Tally_ShuffleChannelsOp
    : Tally_Op<"shuffle_channels", "Nowhere", OnCodes,
               [AllTypesMatch<["input", "output"]>, DataMovementOpInterface]> {
  let summary = "reorder the last dimension";
  let description = [{
    `output[..., c] = input[..., permutation[c]]`. Brings the filters of a
    clustered layer back to their order in the source.

    Constraints:

    * C1: `permutation` holds each channel of `input` exactly once.

    Example:

    ```mlir
    %y = tally.shuffle_channels %x [1, 0, 2] : tensor<1x8x8x3xf32>
    ```
  }];
  let arguments = (ins Tally_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input)";
  let extraClassDeclaration = networkOp # [{
    ::tally::Movement getMovement() { return ::tally::Movement::Rearrangement; }
    bool keepsBatch() { return getType().getRank() > 1; }
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TALLY_IR_QUANTIZATIONOPS_TD

//===- TallyOps.td - operations of the tally dialect -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYOPS_TD
#define TALLY_IR_TALLYOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "tally/IR/KernelOp.td"
include "tally/IR/TallyAttrs.td"
include "tally/IR/TallyInterfaces.td"
include "tally/IR/TallyTypes.td"

def AnyQuantized
    : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "quantized type">;

defvar OnCodes = true;
defvar OnFloats = false;

// An operation of networks. `multiplies` is a word of `Multiplies`; `networkOp` is the two answers
// to NetworkOpInterface, which an operation with declarations of its own puts before them.
class Tally_Op<string mnemonic, string multiplies, bit worksOnCodes, list<Trait> traits = []>
    : Op<Tally_Dialect, mnemonic, !listconcat(traits, [NetworkOpInterface, Pure])> {
  string networkOp = "::tally::Multiplies getMultiplies() { return ::tally::Multiplies::"
      # multiplies # "; }\n"
      # "bool worksOnCodes() { return " # !if(worksOnCodes, "true", "false") # "; }\n";
  let extraClassDeclaration = networkOp;
}

// Float tensors in the stages `imported` and `calibrated`, tensors of quantized
// type in `quantized` and `integer`.
def Tally_Tensor : RankedTensorOf<[AnyFloat, AnyInteger, AnyQuantized]>;
class Tally_TensorOfRank<int rank>
    : TensorRankOf<[AnyFloat, AnyInteger, AnyQuantized], [rank]>;
def Tally_Vector : TensorRankOf<[AnyFloat], [1]>;

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

def Tally_AdderConv2DOp
    : Tally_Op<"adder_conv2d", "Nowhere", OnCodes,
               [InferShapedTypeOpAdaptor, ReductionOpInterface]> {
  let summary = "convolution by absolute differences (AdderNet)";
  let description = [{
    With `input` x of shape `[N, H, W, C]` and `filter` w of shape
    `[F, KH, KW, C / group]`:

    ```
    output[n, oh, ow, f] = - sum over kh, kw, c of
        | x[n, oh * stride[0] + kh * dilation[0] - pad[0],
               ow * stride[1] + kw * dilation[1] - pad[2], g(f) * C/group + c]
          - w[f, kh, kw, c] |         where g(f) = f / (F / group)
    ```

    `pad` is `[top, bottom, left, right]`. A padded tap holds the real value 0
    (the code of zero in quantized form) and still contributes `|0 - w|`.
    `group = C` with `F = C` is the depthwise form.

    In quantized form the sum is taken over codes: because `input` and `filter`
    share one scale and one zero point, the difference of two codes is the
    difference of the values, and the result is a code with the same scale and
    zero point 0.

    Constraints:

    * C1: `input`, `filter` and `output` are either all float or all quantized.
    * C2: `C / group` equals the filter's last dimension, and `group` divides `F`.
    * C3: quantized `input` and `filter` share one per-tensor scale and zero point.
    * C4: quantized `output` has that scale, zero point 0, and a storage range that
      holds every sum: `[-K * D, 0]`, with `K = KH * KW * C / group` and `D` the
      largest difference of two codes.
    * C5: `stride` and `dilation` are at least 1, `pad` at least 0, and `output`
      has the shape that follows from the formula.
    * C6: where a quantized layer pads, its zero point is one of the input's codes.

    Example:

    ```mlir
    %y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
        : (tensor<1x32x32x16xf32>, tensor<16x3x3x16xf32>) -> tensor<1x32x32x16xf32>
    ```
  }];
  let arguments = (ins
    Tally_TensorOfRank<4>:$input,
    Tally_TensorOfRank<4>:$filter,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pad,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$stride,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$dilation,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$group);
  let results = (outs Tally_TensorOfRank<4>:$output);
  let assemblyFormat = [{
    $input `,` $filter `pad` $pad `stride` $stride `dilation` $dilation
    (`group` $group^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    /// Kernel, padding, stride and dilation.
    ::tally::Window getWindow();
    /// How many absolute differences make one output element.
    int64_t getNumTerms();
    ::tally::Reduction getReduction() { return ::tally::Reduction::Differences; }
    ::mlir::OpOperand *getWeightOperand() { return &getFilterMutable(); }
  }];
  let hasVerifier = 1;
}

def Tally_AdderLinearOp
    : Tally_Op<"adder_linear", "Nowhere", OnFloats,
               [InferShapedTypeOpAdaptor, ReductionOpInterface]> {
  let summary = "fully connected layer by absolute differences";
  let description = [{
    With `input` of shape `[N, C]` and `filter` of shape `[F, C]`:

    ```
    output[n, f] = - sum over c of | input[n, c] - filter[f, c] |
    ```

    `tally-linear-to-conv` rewrites it to a 1x1 `tally.adder_conv2d`, the form
    that quantization and lowering work on.

    Constraints:

    * C1: float element types.
    * C2: the last dimensions of `input` and `filter` agree.

    Example:

    ```mlir
    %y = tally.adder_linear %x, %w : (tensor<1x64xf32>, tensor<10x64xf32>) -> tensor<1x10xf32>
    ```
  }];
  let arguments = (ins
    TensorRankOf<[AnyFloat], [2]>:$input,
    TensorRankOf<[AnyFloat], [2]>:$filter);
  let results = (outs TensorRankOf<[AnyFloat], [2]>:$output);
  let assemblyFormat = [{
    $input `,` $filter attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    int64_t getNumTerms() { return getFilter().getType().getDimSize(1); }
    ::tally::Reduction getReduction() { return ::tally::Reduction::Differences; }
    ::mlir::OpOperand *getWeightOperand() { return &getFilterMutable(); }
  }];
  let hasVerifier = 1;
}

def Tally_BatchNormOp
    : Tally_Op<"batch_norm", "OutsideSums", OnFloats, [
        AllTypesMatch<["input", "output"]>,
        AllTypesMatch<["scale", "bias", "mean", "variance"]>]> {
  let summary = "batch normalisation with running statistics";
  let description = [{
    Over the last dimension c:

    ```
    output = (input - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c]
    ```

    One op until `tally-fold-batch-norm`, because re-estimation and training
    need its statistics.

    Constraints:

    * C1: each parameter has as many elements as `input`'s last dimension.
    * C2: `epsilon` is not negative.

    Example:

    ```mlir
    %y = tally.batch_norm %x, %scale, %bias, %mean, %var {epsilon = 1.000000e-05 : f32}
        : tensor<1x32x32x16xf32>, tensor<16xf32>
    ```
  }];
  let arguments = (ins
    RankedTensorOf<[AnyFloat]>:$input,
    Tally_Vector:$scale, Tally_Vector:$bias, Tally_Vector:$mean,
    Tally_Vector:$variance, F32Attr:$epsilon);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = [{
    $input `,` $scale `,` $bias `,` $mean `,` $variance attr-dict
    `:` type($input) `,` type($scale)
  }];
  let extraClassDeclaration = networkOp # [{
    bool isChannelwise() { return true; }
  }];
  let hasVerifier = 1;
}

def Tally_ChannelAffineOp : Tally_Op<"channel_affine", "OutsideSums", OnCodes> {
  let summary = "scale and shift every channel";
  let description = [{
    Over the last dimension c: `output = input * scale[c] + bias[c]`. What
    remains of batch normalisation, of a layer's bias and of the constants that
    lossless clamps leave behind. On quantized operands it acts on the values that the
    codes stand for, and rounds the result to `output`'s type; the integer
    stage replaces it by `tally.requantize`.

    Constraints:

    * C1: `scale` and `bias` have as many elements as `input`'s last dimension.
    * C2: `input` and `output` have one shape, and are both float or both quantized.

    Example:

    ```mlir
    %y = tally.channel_affine %x, %scale, %bias
        : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
    ```
  }];
  let arguments = (ins Tally_Tensor:$input, Tally_Vector:$scale, Tally_Vector:$bias);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = [{
    $input `,` $scale `,` $bias attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    bool isChannelwise() { return true; }
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Powers of two
//===----------------------------------------------------------------------===//

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
    the outermost levels these, halfway between two the one away from zero. It is what
    networks trained with such activations contain.

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
  let arguments = (ins Tally_Tensor:$input, TypeAttrOf<Tally_PowerOfTwoType>:$levels);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = "$input `to` $levels attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    ::tally::PowerOfTwoType getLevelType() {
      return ::llvm::cast<::tally::PowerOfTwoType>(getLevels());
    }
    /// The steps of a quantized input in one step of the levels, as a power of two.
    int getFineness();
    /// For every level from the second on, the lowest code that rounds to it.
    ::llvm::SmallVector<int64_t> getThresholds();
  }];
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

class Tally_WindowSumOp<string mnemonic>
    : Tally_Op<mnemonic, "Nowhere", OnCodes, [InferShapedTypeOpAdaptor, ReductionOpInterface]> {
  let arguments = (ins
    Tally_TensorOfRank<4>:$input,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$kernel,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pad,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$stride,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$dilation);
  let results = (outs Tally_TensorOfRank<4>:$output);
  let assemblyFormat = [{
    $input `kernel` $kernel `pad` $pad `stride` $stride `dilation` $dilation
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    ::tally::Window getWindow();
    int64_t getNumTerms();
    ::tally::Reduction getReduction() { return ::tally::Reduction::Sum; }
  }];
  let hasVerifier = 1;
}

def Tally_BoxSumOp : Tally_WindowSumOp<"box_sum"> {
  let summary = "sum over a window and all channels";
  let description = [{
    ```
    output[n, oh, ow, 0] = sum over kh, kw, c of input[n, oh * stride[0] + kh * dilation[0] - pad[0],
                                                          ow * stride[1] + kw * dilation[1] - pad[2], c]
    ```

    Padded taps count as 0. One box sum serves all filters of an adder layer: it
    carries the part of the activations that exceeds the clamp (the residual plane).

    Constraints:

    * C1: `input` and `output` are both float or both quantized with one scale and
      zero point 0; the output's storage range holds every sum.
    * C2: window attributes as for `tally.adder_conv2d` C5; `output` has one channel.

    Example:

    ```mlir
    %y = tally.box_sum %x kernel [3, 3] pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
        : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x1xf32>
    ```
  }];
}

def Tally_SumPool2DOp : Tally_WindowSumOp<"sum_pool2d"> {
  let summary = "sum over a window, channel by channel";
  let description = [{
    The exact half of an average pooling: the division by the count is part of
    the requantization that follows.

    ```
    output[n, oh, ow, c] = sum over kh, kw of input[n, oh * stride[0] + kh * dilation[0] - pad[0],
                                                       ow * stride[1] + kw * dilation[1] - pad[2], c]
    ```

    Padded taps count as the real value 0.

    Constraints:

    * C1: `input` and `output` are both float or both quantized with one scale;
      the output has zero point 0 and a storage range that holds every sum of
      `code - zero point`.
    * C2: window attributes as for `tally.adder_conv2d` C5; channels are kept.

    Example:

    ```mlir
    %y = tally.sum_pool2d %x kernel [8, 8] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
        : (tensor<1x8x8x64xf32>) -> tensor<1x1x1x64xf32>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

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
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TALLY_IR_TALLYOPS_TD

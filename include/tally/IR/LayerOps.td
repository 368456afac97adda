//===- LayerOps.td - layers and what belongs to their channels --*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_LAYEROPS_TD
#define TALLY_IR_LAYEROPS_TD

include "tally/IR/TallyOpBase.td"

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
    bool keepsBatch() { return getInput().getType().getRank() > 1; }
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
    stage replaces it by `tally.requantize`. There factors may differ by place too: those of
    a mean at the border of an image do.

    Constraints:

    * C1: `scale` and `bias` have as many elements as `input`'s last dimension; or, where `input`
      is quantized, one shape of `input`'s rank, each dimension 1 or that of `input`.
    * C2: `input` and `output` have one shape, and are both float or both quantized.

    Example:

    ```mlir
    %y = tally.channel_affine %x, %scale, %bias
        : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
    ```
  }];
  let arguments = (ins Tally_Tensor:$input, RankedTensorOf<[AnyFloat]>:$scale,
                       RankedTensorOf<[AnyFloat]>:$bias);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat = [{
    $input `,` $scale `,` $bias attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    bool isChannelwise() { return true; }
    bool keepsBatch() { return getInput().getType().getRank() > 1; }
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TALLY_IR_LAYEROPS_TD

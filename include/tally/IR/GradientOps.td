//===- GradientOps.td - what flows back through layers ----*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations of training steps (see tally-differentiate). Gradients that TOSA can say are said in
// TOSA; these are the sums and choices that it has no word for.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_GRADIENTOPS_TD
#define TALLY_IR_GRADIENTOPS_TD

include "tally/IR/TallyOpBase.td"

defvar floats4 = TensorRankOf<[AnyFloat], [4]>;

// A gradient of a layer with filters `[F, KH, KW, C / group]`; it adds over the images of a batch,
// or reads what belongs to all of them.
class Tally_LayerGradientOp<string mnemonic, list<Trait> traits = []>
    : Tally_Op<mnemonic, "InSums", OnFloats, traits> {
  dag window = (ins
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pad,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$stride,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$dilation,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$group);
  let hasVerifier = 1;
}

def Tally_Conv2DInputGradientOp : Tally_LayerGradientOp<"conv2d_input_gradient"> {
  let summary = "gradient of a convolution to its input";
  let description = [{
    With `gradient` g of shape `[N, OH, OW, F]`, that of the convolution's output, and `filter` w of
    shape `[F, KH, KW, C / group]`:

    ```
    output[n, h, w, c] = sum over f of c's group, kh, kw, oh, ow
        with oh * stride[0] + kh * dilation[0] - pad[0] = h and ow * stride[1] + kw * dilation[1] - pad[2] = w
        of g[n, oh, ow, f] * w[f, kh, kw, c mod C/group]
    ```

    Constraints:

    * C1: `output` is the input of a convolution with `filter` and this window whose result has the
      shape of `gradient`.

    Example:

    ```mlir
    %dx = tally.conv2d_input_gradient %g, %w pad [1, 1, 1, 1] stride [2, 2] dilation [1, 1]
        : (tensor<1x4x4x16xf32>, tensor<16x3x3x3xf32>) -> tensor<1x8x8x3xf32>
    ```
  }];
  let arguments = !con((ins floats4:$gradient, floats4:$filter), window);
  let results = (outs floats4:$output);
  let assemblyFormat = [{
    $gradient `,` $filter `pad` $pad `stride` $stride `dilation` $dilation
    (`group` $group^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    ::tally::Window getWindow();
  }];
}

def Tally_Conv2DFilterGradientOp : Tally_LayerGradientOp<"conv2d_filter_gradient"> {
  let summary = "gradient of a convolution to its filter";
  let description = [{
    With `input` x of shape `[N, H, W, C]` and `gradient` g of shape `[N, OH, OW, F]`:

    ```
    output[f, kh, kw, c] = sum over n, oh, ow of g[n, oh, ow, f]
        * x[n, oh * stride[0] + kh * dilation[0] - pad[0], ow * stride[1] + kw * dilation[1] - pad[2], C of f's group + c]
    ```

    Padded taps hold 0.

    Constraints:

    * C1: `gradient` has the shape of the result of a convolution of `input` with a filter of the
      shape of `output` and this window.

    Example:

    ```mlir
    %dw = tally.conv2d_filter_gradient %x, %g pad [1, 1, 1, 1] stride [2, 2] dilation [1, 1]
        : (tensor<1x8x8x3xf32>, tensor<1x4x4x16xf32>) -> tensor<16x3x3x3xf32>
    ```
  }];
  let arguments = !con((ins floats4:$input, floats4:$gradient), window);
  let results = (outs floats4:$output);
  let assemblyFormat = [{
    $input `,` $gradient `pad` $pad `stride` $stride `dilation` $dilation
    (`group` $group^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    ::tally::Window getWindow();
    bool keepsBatch() { return false; }
  }];
}

def Tally_AdderInputGradientOp : Tally_LayerGradientOp<"adder_input_gradient"> {
  let summary = "AdderNet's gradient of an adder layer to its input";
  let description = [{
    As `tally.conv2d_input_gradient`, with another factor of g, input x and filter w:

    ```
    rule hard_tanh    min(max(w - x, -1), 1)
    rule sign         1, 0 or -1 as w - x is above, equal to or below 0
    ```

    The first one is the rule of the AdderNet paper, the second one the derivative.

    Constraints:

    * C1: `output` has the shape of `input`, from which an adder layer with `filter` and this
      window makes a result with the shape of `gradient`.

    Example:

    ```mlir
    %dx = tally.adder_input_gradient %g, %x, %w rule <hard_tanh> pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
        : (tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>, tensor<4x3x3x4xf32>) -> tensor<1x8x8x4xf32>
    ```
  }];
  let arguments = !con((ins floats4:$gradient, floats4:$input, floats4:$filter,
                            Tally_DifferenceRuleAttr:$rule), window);
  let results = (outs floats4:$output);
  let assemblyFormat = [{
    $gradient `,` $input `,` $filter `rule` $rule `pad` $pad `stride` $stride `dilation` $dilation
    (`group` $group^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    ::tally::Window getWindow();
  }];
}

def Tally_MaxPool2DGradientOp
    : Tally_Op<"max_pool2d_gradient", "Nowhere", OnFloats, [AllTypesMatch<["input", "output"]>]> {
  let summary = "gradient of a maximum over a window to its input";
  let description = [{
    Each element of `gradient` goes to the first of the largest elements of its window, in the order
    of kh, then kw; `output` adds up what an element of `input` gets. Padded taps get nothing.

    Constraints:

    * C1: `gradient` has the shape of a `tosa.max_pool2d` of `input` with this window.

    Example:

    ```mlir
    %dx = tally.max_pool2d_gradient %g, %x kernel [2, 2] pad [0, 0, 0, 0] stride [2, 2]
        : (tensor<1x4x4x8xf32>, tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
    ```
  }];
  let arguments = (ins floats4:$gradient, floats4:$input,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$kernel,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pad,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>:$stride);
  let results = (outs floats4:$output);
  let assemblyFormat = [{
    $gradient `,` $input `kernel` $kernel `pad` $pad `stride` $stride
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = networkOp # [{
    ::tally::Window getWindow();
  }];
  let hasVerifier = 1;
}

def Tally_InsideOp
    : Tally_Op<"inside", "Nowhere", OnFloats, [AllTypesMatch<["input", "output"]>]> {
  let summary = "1 between two bounds, else 0";
  let description = [{
    `output = low < input and input < high ? 1 : 0`: what a clamp lets through of a gradient. At the
    bounds themselves it is 0, and for what is no number.

    Example:

    ```mlir
    %m = tally.inside %x low 0.0 high 6.0 : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, F32Attr:$low, F32Attr:$high);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let assemblyFormat = [{
    $input `low` $low `high` $high attr-dict `:` type($input)
  }];
}

def Tally_CategoricalSlopeOp
    : Tally_Op<"categorical_slope", "Nowhere", OnFloats, [AllTypesMatch<["input", "output"]>]> {
  let summary = "what a categorical quantizer passes back";
  let description = [{
    For a learned quantizer with `sigma` (see `tally.learned_quantizer`) and a gradient of 1, what
    comes back to its operand `of` for each element; `include/tally/Run/Categorical.h` has the
    formulas. Of `masks` it is what comes back to element `mask`.

    Constraints:

    * C1: `levels` is a uniform type with scales of 1, zero points of 0 along an axis, and 32 codes
      at most.
    * C2: `scale` and `sigma` have one element, or as many as `levels` has scales.
    * C3: `masks` and `endpoints` are as C5 of `tally.learned_quantizer` has them; `mask` is one of
      the masks where `of` is `masks`, which it is with masks only, else 0.

    Example:

    ```mlir
    %s = tally.categorical_slope <input> of %x by %a sigma %sigma to !quant.uniform<i8<-3:3>:f32, 1.0>
        : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>
    ```
  }];
  let arguments = (ins Tally_CategoricalOperandAttr:$of, RankedTensorOf<[F32]>:$input,
                       Tally_Vector:$scale, Tally_Vector:$sigma, Optional<Tally_Vector>:$masks,
                       TypeAttr:$levels, UnitAttr:$literal, UnitAttr:$endpoints,
                       DefaultValuedAttr<I64Attr, "0">:$mask);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $of `of` $input `by` $scale `sigma` $sigma (`masks` $masks^)? `to` $levels attr-dict
    `:` type($input) `,` type($scale) `,` type($sigma) (`masks` type($masks)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    /// The dimension that scales run along, or -1 where there is one for all.
    int64_t getAxis();
  }];
}

#endif // TALLY_IR_GRADIENTOPS_TD

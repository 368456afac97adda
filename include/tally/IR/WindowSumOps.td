//===- WindowSumOps.td - sums over windows ---------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_WINDOWSUMOPS_TD
#define TALLY_IR_WINDOWSUMOPS_TD

include "tally/IR/TallyOpBase.td"

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

#endif // TALLY_IR_WINDOWSUMOPS_TD

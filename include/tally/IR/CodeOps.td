//===- CodeOps.td - functions and products of codes ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_CODEOPS_TD
#define TALLY_IR_CODEOPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_TableOp : Tally_Op<"table", "Nowhere", OnCodes> {
  let summary = "a function of one code, looked up";
  let description = [{
    ```
    output = table[input - lowest]        lowest: the lowest code of input's type
    ```

    One entry for each code that `input` can hold. `tosa.table` on `i8` is the same for the 256
    codes of that type; this one also takes codes without a sign and narrower ranges, and has
    results of any width.

    Constraints:

    * C1: `input` is quantized per tensor in 8 bits of storage; `output` has its shape.
    * C2: `table` has one entry for each code of `input`, and `output`'s element type, which is
      quantized per tensor.

    Example:

    ```mlir
    %y = tally.table %x, %t
        : (tensor<1x8x!quant.uniform<u8<0:3>:f32, 0.5>>, tensor<4x!quant.uniform<i8:f32, 0.25>>)
        -> tensor<1x8x!quant.uniform<i8:f32, 0.25>>
    ```
  }];
  let arguments = (ins
    RankedTensorOf<[AnyQuantized]>:$input, TensorRankOf<[AnyQuantized], [1]>:$table);
  let results = (outs RankedTensorOf<[AnyQuantized]>:$output);
  let assemblyFormat = [{
    $input `,` $table attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Tally_MultiplyOp : Tally_Op<"multiply", "OutsideSums", OnCodes> {
  let summary = "product of two activations";
  let description = [{
    Element by element, in 32-bit integers:

    ```
    output = (a - zero point of a) * (b - zero point of b)
    ```

    A dimension of size 1 meets one of any size: gates multiply images of one size by one factor
    for each channel.

    Constraints:

    * C1: `a`, `b` and `output` are quantized per tensor and have one rank; each dimension of
      `output` is that of both operands, or of one where the other has 1.
    * C2: `output` has the product of both scales, zero point 0, and a storage range of at most 32
      bits that holds every product.

    Example:

    ```mlir
    %y = tally.multiply %x, %gate
        : (tensor<1x4x4x2x!quant.uniform<u8:f32, 0.5:3>>, tensor<1x1x1x2x!quant.uniform<u8:f32, 0.25>>)
        -> tensor<1x4x4x2x!quant.uniform<i32<-765:64260>:f32, 0.125>>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyQuantized]>:$a, RankedTensorOf<[AnyQuantized]>:$b);
  let results = (outs RankedTensorOf<[AnyQuantized]>:$output);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = networkOp # [{
    ::tally::BatchRole getBatchRole(unsigned) { return ::tally::BatchRole::OneOrImages; }
  }];
}

#endif // TALLY_IR_CODEOPS_TD

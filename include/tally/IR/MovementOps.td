//===- MovementOps.td - elements of a tensor elsewhere -----*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_MOVEMENTOPS_TD
#define TALLY_IR_MOVEMENTOPS_TD

include "tally/IR/TallyOpBase.td"

def Tally_TakeOp : Tally_Op<"take", "Nowhere", OnCodes, [DataMovementOpInterface]> {
  let summary = "elements of one dimension by their numbers";
  let description = [{
    `output[..., i, ...] = input[..., indices[i], ...]`, where `i` and `indices[i]` stand in
    dimension `axis`. Reorders channels, takes every second row, repeats pixels, mirrors a border:
    whatever moves elements along one dimension by numbers that are known. Unlike `tosa.gather` it
    says nothing of the other dimensions, so that the batch may have any size.

    Constraints:

    * C1: `axis` is a dimension of `input`.
    * C2: `output` has the type of `input`, but as many elements along `axis` as `indices`.
    * C3: there is an index, and each is within the `input`'s dimension.

    Example:

    ```mlir
    %y = tally.take %x [0, 2, 4] along 1 : (tensor<1x5x8x3xf32>) -> tensor<1x3x8x3xf32>
    ```
  }];
  let arguments = (ins Tally_Tensor:$input, DenseI64ArrayAttr:$indices, I64Attr:$axis);
  let results = (outs Tally_Tensor:$output);
  let assemblyFormat =
      "$input $indices `along` $axis attr-dict `:` functional-type($input, $output)";
  let extraClassDeclaration = networkOp # [{
    bool keepsBatch() { return getAxis() != 0; }
    ::tally::Movement getMovement() { return ::tally::Movement::Rearrangement; }
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TALLY_IR_MOVEMENTOPS_TD

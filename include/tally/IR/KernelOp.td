//===- KernelOp.td - machine operations on whole tensors -*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_KERNELOP_TD
#define TALLY_IR_KERNELOP_TD

include "tally/IR/TallyDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tally_KernelOp : Op<Tally_Dialect, "kernel", [Pure]> {
  let summary = "what one of the target's kernels computes";
  let description = [{
    Stands between `tally-to-linalg` and `tally-linalg-to-steps` in place of a layer, on signless
    integers and floats in the layout that `kernel` wants. Each kernel is a file of
    `lib/Lower/Kernels/`: what it computes, as a formula over inputs and parameters, stands at
    its top; it checks the operands (C2), and builds the code.

    Constraints:

    * C1: `kernel` names a kernel.
    * C2: inputs, parameters and result are as that kernel says.

    ```mlir
    %sums = tally.kernel "pmaddubsw"(%x, %w, %start) {dilation = array<i64: 1, 1>, flip = false,
                                                      stride = array<i64: 1, 1>,
                                                      window = array<i64: 1, 1>}
        : (tensor<1x4x4x4xi8>, tensor<1x1x1x16x4xi8>, tensor<8xi32>) -> tensor<1x4x4x8xi32>
    ```
  }];
  let arguments = (ins StrAttr:$kernel, Variadic<AnyRankedTensor>:$inputs,
                       DictionaryAttr:$parameters);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = [{
    $kernel `(` $inputs `)` $parameters attr-dict `:` functional-type($inputs, $output)
  }];
  let hasVerifier = 1;
}

#endif // TALLY_IR_KERNELOP_TD

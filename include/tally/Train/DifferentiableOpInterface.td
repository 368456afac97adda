//===- DifferentiableOpInterface.td - what flows back ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_DIFFERENTIABLEOPINTERFACE_TD
#define TALLY_TRAIN_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::tally";
  let description = [{
    An operation that gradients flow back through: its rule, which need not be its derivative
    (rounding passes them on, adder layers have AdderNet's rules). Rules are external models, a
    file of lib/Train/Gradients for each family of operations.
  }];
  let methods = [
    InterfaceMethod<[{
      Adds to `gradients` what flows to each wanted operand, from what flows to the results. What
      it needs of the forward pass are values of the function: operands and results. Emits an
      error where an operand is wanted that it has no rule for.
    }], "::llvm::LogicalResult", "buildGradient", (ins "::tally::Gradients &":$gradients)>
  ];
}

#endif // TALLY_TRAIN_DIFFERENTIABLEOPINTERFACE_TD

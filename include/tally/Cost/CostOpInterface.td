//===- CostOpInterface.td - what an operation costs --------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_COSTOPINTERFACE_TD
#define TALLY_COST_COSTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::tally";
  let description = [{
    What it takes to compute the result. Movement and reductions need no model of their own: what
    they say to DataMovementOpInterface and ReductionOpInterface is enough to count them.
  }];
  let methods = [
    InterfaceMethod<[{
      For the whole batch, of tensors of static shape; from `MulFree::Compute` on with
      requantizations as shifts and additions.
    }], "::tally::CountedOperation", "getCost", (ins "::tally::MulFree":$level)>
  ];
}

#endif // TALLY_COST_COSTOPINTERFACE_TD

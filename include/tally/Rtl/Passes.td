//===- Passes.td - tally -> rtl ----------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_PASSES_TD
#define TALLY_RTL_PASSES_TD

include "mlir/Pass/PassBase.td"

def ToRtl : Pass<"tally-to-rtl", "::mlir::ModuleOp"> {
  let summary = "turn an integer network into the structure of a circuit";
  let description = [{
    Every layer that sums or pools becomes a stage with a memory for what it computes; stages work
    one after another. What is computed code by code (residual additions, second scales of a value)
    becomes an expression between a memory and a stage. Widths follow from the types and the
    weights. The network's function is replaced by an `rtl.module`, tables, and what is declared
    of the library in `hardware/stages`.

    Layers that the library does not have are errors that name them.
  }];
  let options = [Option<"name", "name", "std::string", "\"network\"", "the module's name">];
  let dependentDialects = ["::tally::rtl::RtlDialect"];
}

#endif // TALLY_RTL_PASSES_TD

//===- Passes.td - tally -> rtl ----------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_PASSES_TD
#define TALLY_RTL_PASSES_TD

include "mlir/Pass/PassBase.td"

def ToRtl : Pass<"tally-to-rtl", "::mlir::ModuleOp"> {
  let summary = "turn an integer network into the structure of a circuit";
  let description = [{
    Every layer that sums or pools becomes a stage with a memory for what it computes; stages work
    one after another, or, `pipelined`, at the same time on one image each. What is computed code by code (residual additions, second scales of a value)
    becomes an expression between a memory and a stage. Widths follow from the types and the
    weights. The network's function is replaced by an `rtl.module`, tables, and what is declared
    of the library in `hardware/stages`.

    The module's attribute `schedule` says how many cycles an image takes, and the attribute `cycles`
    of a stage how many that takes.

    Layers that the library does not have are errors that name them.
  }];
  let options = [
    Option<"name", "name", "std::string", "\"network\"", "the module's name">,
    Option<"filters", "filters", "int64_t", "0", "lanes: filters at once; 0: as many of a layer as tools take quickly">,
    Option<"channels", "channels", "int64_t", "1", "lanes: input channels at once">,
    Option<"pipelined", "pipelined", "bool", "false", "stages work at the same time, each on another image">
  ];
  let dependentDialects = ["::tally::rtl::RtlDialect"];
}

#endif // TALLY_RTL_PASSES_TD

//===- Passes.td - loops -> emitc --------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_EMIT_PASSES_TD
#define TALLY_EMIT_PASSES_TD

include "mlir/Pass/PassBase.td"

def StepsToEmitC : Pass<"tally-steps-to-emitc", "::mlir::ModuleOp"> {
  let summary = "turn planned loop nests into a C translation unit";
  let description = [{
    Works on the output of `tally-plan-memory` with affine maps lowered. Every step
    becomes a static function on pointers, every constant a static const array,
    the arenas static arrays, one an element width, so that no object is ever
    accessed under two types. The entry becomes `NAME_run`, whose parameters
    have the types of the codes. Between steps it calls the macro
    `TALLY_STEP(name, data, bytes)`, which does nothing unless it is defined
    before.
  }];
  let options = [Option<"name", "name", "std::string", "\"network\"",
                        "prefix of every name in the C source">];
  let dependentDialects = ["::mlir::emitc::EmitCDialect"];
}

#endif // TALLY_EMIT_PASSES_TD

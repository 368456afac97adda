//===- Passes.td - loops -> emitc --------------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_EMIT_PASSES_TD
#define TALLY_EMIT_PASSES_TD

include "mlir/Pass/PassBase.td"

def StepsToEmitC : Pass<"tally-steps-to-emitc", "::mlir::ModuleOp"> {
  let summary = "turn planned loop nests into a C translation unit";
  let description = [{
    Works on the output of `tally-plan-memory` with affine maps lowered. Every step
    becomes a static function on pointers, every constant a static const array behind
    the macro `NAME_WEIGHTS_SECTION`. The entry becomes `NAME_run`, whose parameters
    have the types of the codes, and the workspace: a block of memory with one arena
    an element width, so that nothing in it is ever accessed under two types. Between
    steps it calls the macro `TALLY_STEP(name, data, bytes)`, which does nothing unless
    it is defined before.
  }];
  let options = [Option<"name", "name", "std::string", "\"network\"",
                        "prefix of every name in the C source">];
  let dependentDialects = ["::mlir::emitc::EmitCDialect"];
}

def EvaluateOnce : Pass<"tally-evaluate-once", "::mlir::ModuleOp"> {
  let summary = "compute what a C expression uses several times in a variable before it";
  let description = [{
    Upstream's `form-expressions` joins values that one expression uses, however often it does, and C
    text has no other way than to repeat them. A chain of minimums would double with each. What is a
    word anyway stays: a variable, a constant, or a cast of one.
  }];
  let dependentDialects = ["::mlir::emitc::EmitCDialect"];
}

#endif // TALLY_EMIT_PASSES_TD

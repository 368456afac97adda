//===- Passes.td - passes about the flow itself ------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_PASSES_TD
#define TALLY_PIPELINE_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyStage : Pass<"tally-verify-stage", "::mlir::ModuleOp"> {
  let summary = "check that the module keeps the contract of a stage";
  let description = [{
    Each stage allows certain operations and element types; the table stands in
    `VerifyStage.cpp` and in docs/Flow.md. What else works on codes says so by
    `NetworkOpInterface`. Without the option, the stage is the
    module's attribute `tally.stage`. Checks what `tally-verify-contents` does, too. Every violation
    is reported, not only the first one.
  }];
  let options = [
    Option<"stage", "stage", "std::string", /*default=*/"",
           "imported, calibrated, quantized or integer">
  ];
  let dependentDialects = ["::tally::TallyDialect"];
}

def VerifyContents : Pass<"tally-verify-contents", "::mlir::ModuleOp"> {
  let summary = "check constants against their types, and sizes of tensors";
  let description = [{
    What `tally` checks of every module that it loads, and each pipeline of a module before it
    begins: no tensor without elements or with more than 2^40, and no constant of another shape, width or
    kind than its type, or with codes outside the range of it. Every violation is reported.
  }];
}

def SetBatch : Pass<"tally-set-batch", "::mlir::ModuleOp"> {
  let summary = "set how many images the network takes at once";
  let description = [{
    Rewrites the leading dimension of the network's inputs and of everything computed from
    them, in any stage. What a constant holds for each image is repeated for the images that come
    in addition. Refuses networks that mix the batch with other
    dimensions, or have operations that do not say whether they do.
  }];
  let options = [
    Option<"batch", "batch", "int64_t", "1", "images in one call">
  ];
  let dependentDialects = ["::tally::TallyDialect"];
}

def SetTarget : Pass<"tally-set-target", "::mlir::ModuleOp"> {
  let summary = "say what the module is lowered for";
  let description = [{
    Writes the module's `tally.target` in place of the one that it has. Without options the
    module is for any core, and may multiply.
  }];
  let options = [
    Option<"mulFree", "mul-free", "std::string", "\"no\"", "no, macs, compute or strict">,
    Option<"core", "core", "std::string", "\"multiplier\"",
           "multiplier, barrel-shifter or serial-shifter">,
    Option<"arch", "arch", "std::string", "\"\"", "architecture by LLVM's name, for machine code">,
    Option<"cpu", "cpu", "std::string", "\"\"", "processor by LLVM's name">,
    ListOption<"features", "features", "std::string", "features that kernels ask for">
  ];
  let dependentDialects = ["::tally::TallyDialect"];
}

def StripAttributes : Pass<"tally-strip-attributes", "::mlir::ModuleOp"> {
  let summary = "remove the attributes that only Tally understands";
  let description = [{
    Every discardable attribute named `tally.*`, on operations, on arguments and results of functions
    and of calls. Behind a lowering, nothing of the dialect is left.
  }];
}

#endif // TALLY_PIPELINE_PASSES_TD

//===- Passes.td - tally -> linalg -> loops -> llvm -------------*- tablegen -*-===//

#ifndef TALLY_LOWER_PASSES_TD
#define TALLY_LOWER_PASSES_TD

include "mlir/Pass/PassBase.td"

def TallyToLinalg : Pass<"tally-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower tally operations and quantized types to linalg on integers";
  let description = [{
    Every operation on codes becomes `linalg` on signless integers of the storage
    width; whether codes are extended with or without a sign is decided here,
    once. TOSA operations on plain types stay for `tosa-to-linalg`.

    With `outline`, requantization and the absolute difference of integers are
    calls of two private functions that the pass adds, for targets that want
    small and readable code.

    With `shift-adds`, requantization multiplies by additions and subtractions of
    shifted codes, as many as the multiplier has signed digits, with the same result. A
    multiplier for each channel becomes a table of places and one of signs for each digit.
  }];
  let options = [Option<"outline", "outline", "bool", "false",
                        "call functions for requantization and absolute difference">,
                 Option<"shiftAdds", "shift-adds", "bool", "false",
                        "requantize without a multiplication">];
  let dependentDialects = [
    "::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
}

def PackFilters : Pass<"tally-pack-filters", "::mlir::ModuleOp"> {
  let summary = "lay out constant filters with the output channel last";
  let description = [{
    A reduction whose constant operand has the last output dimension anywhere
    but last reads it with a stride. The constant is transposed at compile time,
    so that neighbouring channels are neighbours in memory.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def LinalgToSteps : Pass<"tally-linalg-to-steps", "::mlir::ModuleOp"> {
  let summary = "turn linalg on tensors into one loop nest per stored value";
  let description = [{
    Decides which tensors are stored (see docs/Rationale.md), and makes a
    function for each: a loop nest over its elements that computes everything
    else in registers. The entry function becomes the list of calls, with one
    `memref.alloc` per stored value. Buffers are flat.

    With `lanes` above 1, the innermost dimension is computed in vectors of up to
    that many elements.

    A value that is read under another shape has indices that are quotients and
    remainders, unless it is stored. `no-division` stores it: dividing by a
    constant takes a multiplication.
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "1", "most elements a vector may have">,
    Option<"noDivision", "no-division", "bool", "false", "store what is read under another shape">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def MultipliesToShifts : Pass<"tally-multiplies-to-shifts", "::mlir::ModuleOp"> {
  let summary = "write multiplications by constants as shifts and additions";
  let description = [{
    Every `arith.muli` by a constant becomes additions and subtractions of shifted
    values, as many as the constant has signed digits. Meant for the indices of loop
    nests, on targets where a multiplication is a call.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def PlanMemory : Pass<"tally-plan-memory", "::mlir::ModuleOp"> {
  let summary = "give every buffer a place in one arena per element width";
  let description = [{
    Buffers whose lifetimes do not overlap share memory (best fit over the
    list of calls). Each `memref.alloc` gets its offset, in elements, as
    `tally.offset`; the function the sizes of its arenas as `tally.arena`, a
    dictionary from element width in bits to elements.
  }];
}

def ArenaToWorkspace : Pass<"tally-arena-to-workspace", "::mlir::ModuleOp"> {
  let summary = "place planned buffers in a workspace that the caller passes";
  let description = [{
    The entry function gets one more argument, a byte buffer, and every planned
    `memref.alloc` becomes a `memref.view` into it. Arenas follow each other from the
    widest element to the narrowest, each aligned to 64 bytes; the total
    is the function's `tally.workspace_bytes`. All other functions get internal
    linkage.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

#endif // TALLY_LOWER_PASSES_TD

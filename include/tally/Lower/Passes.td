//===- Passes.td - tally -> linalg -> loops -> llvm --------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_PASSES_TD
#define TALLY_LOWER_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyMulFree : Pass<"tally-verify-mul-free", "::mlir::ModuleOp"> {
  let summary = "check that a network needs no multiplications";
  let description = [{
    For networks before lowering. `macs`: no layer multiplies in its sums. `compute` and `strict`:
    nothing multiplies; integer requantization does not, because it lowers to shifts and
    additions. The levels differ in addresses, which have no operations yet.
    Operations say it of themselves, by `NetworkOpInterface`; those that do not are refused.
    Every violation is reported.
  }];
  let options = [
    Option<"level", "level", "std::string", "\"strict\"",
           "macs, compute or strict; or target: what the module's tally.target says">
  ];
  let dependentDialects = ["::tally::TallyDialect"];
}

def NameLayers : Pass<"tally-name-layers", "::mlir::ModuleOp"> {
  let summary = "record in locations which layer each operation belongs to";
  let description = [{
    Names outlive the operations that carry them: whatever is made of an operation has its
    location, and with it the operation's layer, what it does for that layer and the name of its
    result. `--tally-linalg-to-steps` names steps after them (docs/Spec.md, section 12).
  }];
}

def FoldRequantize : Pass<"tally-fold-requantize", "::mlir::ModuleOp"> {
  let summary = "clamp codes to a smaller range where they are requantized";
  let description = [{
    A requantization of multiplier 1 without offset and shift only clamps. Where it is all that
    takes the codes of another one, whose range holds its own, the other one clamps to its range.
    Exact: `min(max(min(max(t, a), b), c), d) = min(max(t, c), d)` for `a <= c <= d <= b`.
  }];
  let dependentDialects = ["::tally::TallyDialect"];
}

def JoinGroups : Pass<"tally-join-groups", "::mlir::ModuleOp"> {
  let summary = "make one sum of the convolutions of groups of channels";
  let description = [{
    A convolution with groups is one convolution a group: each of its own slice of the channels,
    requantized, then put together with the others. Where a kernel of the target computes such
    sums, all of them become one `tally.kernel` on the whole input, and one requantization of all
    channels, with the same results. Elsewhere nothing changes.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::quant::QuantDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tosa::TosaDialect", "::tally::TallyDialect"
  ];
}

def NarrowRequantize : Pass<"tally-narrow-requantize", "::mlir::ModuleOp"> {
  let summary = "requantize by numbers of fewer bits with the same results";
  let description = [{
    Requantizations with numbers for each channel take tables. Where it is proven for every code
    that the input's type allows, all channels get one shift, and offsets that fit 32 bits
    but for zeros at their ends, which all have. Multipliers change only where that needs it,
    and never for targets without multiplications. The rounding half becomes part of the
    offset. What cannot be proven stays.
  }];
  let dependentDialects = ["::tally::TallyDialect"];
}

def TallyToLinalg : Pass<"tally-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower tally operations and quantized types to linalg on integers";
  let description = [{
    Every operation on codes becomes `linalg` on signless integers of the storage
    width; whether codes are extended with or without a sign is decided here,
    once. TOSA operations on plain types stay for `tosa-to-linalg`.

    With `outline`, requantization and the absolute difference of integers are
    calls of two private functions that the pass adds, for targets that want
    small and readable code.

    What the module's `tally.target` says decides between forms with the same result. From
    `mul_free = macs` on, requantization multiplies by additions and subtractions of shifted
    codes, as many as the multiplier has signed digits; a multiplier for each channel becomes a
    table of places and one of signs for each digit.

    A layer whose filter holds powers of two unpacks them and multiplies (`levels`), adds
    shifted activations (`shifts`), or adds activations up per exponent and shifts the sums
    (`buckets`), whichever `PowerArithmetic.h` estimates to be cheapest on the target's core;
    never by multiplying where `mul_free` is not `no`.

    A layer that one of the target's kernels computes becomes a `tally.kernel`, with its weights
    laid out for it.
  }];
  let options = [Option<"outline", "outline", "bool", "false",
                        "call functions for requantization and absolute difference">,
                 Option<"kernels", "kernels", "bool", "true",
                        "where a kernel of the target computes a layer, use it">,
                 Option<"powers", "powers", "std::string", "\"auto\"",
                        "how layers of powers of two compute: auto, levels, shifts or buckets">];
  let dependentDialects = [
    "::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::tally::TallyDialect"
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

def RecomputeForward : Pass<"tally-recompute-forward", "::mlir::ModuleOp"> {
  let summary = "compute again what gradients need, instead of keeping it";
  let description = [{
    In a function that `tally.backward` marks, gradients read values of the forward pass: normalised,
    clamped, quantized, padded. Where such a value is cheap and made of one large value that is kept
    anyway, gradients read a second one, computed right before the first of them. A training step of
    ResNet-20 with quantizers takes 93 MB of 163.

    Elementwise operations of `linalg` and `tensor.pad` are cheap. Runs behind the last CSE, which would
    undo it.
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

    The innermost dimension is computed in vectors of as many elements as the module's
    `tally.target` has lanes, or as `lanes` says.

    A value that is read under another shape has indices that are quotients and
    remainders, unless it is stored. At `mul_free = strict` it is stored: dividing by a
    constant takes a multiplication. From `macs` on, a step that shifts 32-bit lanes by different
    amounts is built on scalars where the target multiplies by powers of two instead.
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "0",
           "most elements a vector may have (0: as many as the target has lanes)">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect", "::tally::TallyDialect"
  ];
}

def MultipliesToShifts : Pass<"tally-multiplies-to-shifts", "::mlir::ModuleOp"> {
  let summary = "write multiplications by constants as shifts and additions";
  let description = [{
    Where the module's `tally.target` has `mul_free = strict`, every `arith.muli` by a constant
    becomes additions and subtractions of shifted values, as many as the constant has signed
    digits. Meant for the indices of loop nests. Where it has `mul_free = compute`, those that go
    into nothing but indices of buffers and bounds of loops, by arithmetic on indices, stay.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::tally::TallyDialect"];
}

def PlanMemory : Pass<"tally-plan-memory", "::mlir::ModuleOp"> {
  let summary = "give every buffer a place in one arena per element width";
  let description = [{
    Buffers whose lifetimes do not overlap share memory (best fit over the
    list of calls). Each `memref.alloc` gets its offset, in elements, as
    `tally.offset`; the function the sizes of its arenas as `tally.arena`, a
    dictionary from element width in bits to elements.
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", "64",
           "bytes; offsets are multiples of it, and of the elements' size">,
  ];
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

def SplitSteps : Pass<"tally-split-steps", "::mlir::ModuleOp"> {
  let summary = "let steps be done in shares";
  let description = [{
    A step that is worth it gets two more arguments, `share` and `shares`, and its outermost loop
    with enough iterations does those of one share only. Calls do all of them, and say with
    `shares` how many are the most that are worth their start. All shares, in any order or
    at once, store what the whole step does, each element computed by the same code.

    Steps that store an element twice, such as a border that the inside is written over, stay whole,
    and those of fewer than `least` operations a share. Not for targets with `mul_free = strict`:
    finding a share divides.
  }];
  let options = [
    Option<"least", "least", "int64_t", "4096", "operations that a share is to have">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def ParallelEntry : Pass<"tally-parallel-entry", "::mlir::ModuleOp"> {
  let summary = "give a lowered network a second entry whose caller runs shares of steps";
  let description = [{
    For the LLVM dialect, where calls still say what `--tally-split-steps` found. The entry `@f`
    stays as it is; `@f.parallel` takes two more arguments, `parallel` and `context`. Instead of a
    step that is split it calls `parallel(context, most, run, task)`, which is to call
    `run(task, i, n)` for every `i < n`, for some `n` of at least 1 (more than `most` are not worth
    it), on any threads, and to return when all of them have.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ShareSteps : Pass<"tally-share-steps", "::mlir::ModuleOp"> {
  let summary = "in a long network, steps that differ only in constants share their code";
  let description = [{
    LLVM's time grows with the code that it sees, and faster than what it inlines into one
    function. In a network of more than `most-inlined` steps, none is inlined, and the code of those that
    are equal but for the constants they read becomes one function with the constants as
    arguments. Each step keeps its own function, by its layer's name, which passes them.
  }];
  let options = [
    Option<"mostInlined", "most-inlined", "int64_t", "256",
           "up to so many steps, nothing changes">,
  ];
}

#endif // TALLY_LOWER_PASSES_TD

//===- TallyDialect.td - the tally dialect -----------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYDIALECT_TD
#define TALLY_IR_TALLYDIALECT_TD

include "mlir/IR/OpBase.td"

def Tally_Dialect : Dialect {
  let name = "tally";
  let cppNamespace = "::tally";
  let summary = "neural networks that need no multipliers";
  let description = [{
    The words that adder (L1-norm) networks need and upstream dialects lack.
    Everything a network has in common with an ordinary one is said in TOSA;
    quantized values have upstream `!quant.uniform` element types; parameters
    are `ml_program.global` symbols that keep their names from the source file.

    A module carries its stage as `tally.stage` (see `tally-verify-stage`), and
    each layer its name from the source file as `tally.name`. Files that `tally`
    writes say in `tally.format` which version of these words they use.
  }];
  let dependentDialects = [
    "::mlir::tosa::TosaDialect", "::mlir::quant::QuantDialect",
    "::mlir::ml_program::MLProgramDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    // Discardable attributes; lib/IR/Attributes.cpp says where each may stand and what it is.

    /// What the module is lowered for.
    static constexpr llvm::StringLiteral kTargetAttr = "tally.target";
    /// The level of that target, in files from before there was a format version.
    static constexpr llvm::StringLiteral kMulFreeAttr = "tally.mul_free";
    /// How images are normalised, per channel: `(pixel - mean) / std`. Both or none.
    static constexpr llvm::StringLiteral kMeanAttr = "tally.mean";
    static constexpr llvm::StringLiteral kStdAttr = "tally.std";
    /// What images of folders are scaled to and what is cut out of them: `N` or `HxW`.
    static constexpr llvm::StringLiteral kResizeAttr = "tally.resize";
    static constexpr llvm::StringLiteral kCropAttr = "tally.crop";
    /// The integer type that an argument has in the file that the network comes from: integers
    /// go in as they are.
    static constexpr llvm::StringLiteral kIntegerAttr = "tally.integer";
    /// What calibration saw of an argument: the smallest and the largest value.
    static constexpr llvm::StringLiteral kRangeAttr = "tally.range";
    /// What a recipe wants of a layer or of the network.
    static constexpr llvm::StringLiteral kPlanAttr = "tally.plan";
    /// What passes decided against a layer's plan: the same keys.
    static constexpr llvm::StringLiteral kDecisionsAttr = "tally.decisions";
    /// The interval that an adder layer's operands share.
    static constexpr llvm::StringLiteral kIntervalAttr = "tally.interval";
    /// Marks the channel_affine that holds what a lossless clamp took from a layer.
    static constexpr llvm::StringLiteral kClampConstantAttr = "tally.clamp_constant";
    /// Marks a `quant.dcast` whose rounding is part of what the network computes, such as a
    /// shift, and not an approximation that a recipe may drop.
    static constexpr llvm::StringLiteral kRoundsAttr = "tally.rounds";
    /// Marks a generic that is too cheap to store, in spite of what it reads.
    static constexpr llvm::StringLiteral kRecomputeAttr = "tally.recompute";
    /// Marks functions that return their argument, and C whose compiler must not know that.
    static constexpr llvm::StringLiteral kOpaqueAttr = "tally.opaque";
    /// Marks arguments and results whose codes have no sign.
    static constexpr llvm::StringLiteral kUnsignedAttr = "tally.unsigned";
    /// Marks arguments that are results.
    static constexpr llvm::StringLiteral kOutputAttr = "tally.output";
    /// A step's name, the layers that it computes, the value that it stores (its name, or
    /// the number of an argument), and the shape and border it stores it with.
    static constexpr llvm::StringLiteral kStepAttr = "tally.step";
    static constexpr llvm::StringLiteral kLayersAttr = "tally.layers";
    static constexpr llvm::StringLiteral kValueAttr = "tally.value";
    static constexpr llvm::StringLiteral kShapeAttr = "tally.shape";
    static constexpr llvm::StringLiteral kLowAttr = "tally.low";
    static constexpr llvm::StringLiteral kHighAttr = "tally.high";
    static constexpr llvm::StringLiteral kBorderAttr = "tally.border";
    /// A buffer's place in its arena, in elements; the arenas' sizes by width in bits.
    static constexpr llvm::StringLiteral kOffsetAttr = "tally.offset";
    static constexpr llvm::StringLiteral kArenaAttr = "tally.arena";
    /// Bytes of the workspace that a function's caller passes.
    static constexpr llvm::StringLiteral kWorkspaceAttr = "tally.workspace_bytes";
    /// Marks functions whose first result is a loss: what is computed behind it are gradients.
    static constexpr llvm::StringLiteral kBackwardAttr = "tally.backward";
    /// How far training has come: epoch, step, seed, and what recipe and data it is of.
    static constexpr llvm::StringLiteral kTrainingAttr = "tally.training";
    /// Name of the module attribute that holds the stage.
    static constexpr llvm::StringLiteral kStageAttr = "tally.stage";
    /// Name of the module attribute that holds the format of the file, a FormatAttr.
    static constexpr llvm::StringLiteral kFormatAttr = "tally.format";
    /// Name of the discardable attribute that holds a layer's source name.
    /// On a layer with weights that were codes in the file: the name of the node that computed
    /// something else of them, so that the recipe `imported` cannot keep them.
    static constexpr llvm::StringLiteral kCodesLostByAttr = "tally.codes_lost_by";
    static constexpr llvm::StringLiteral kNameAttr = "tally.name";
  }];
}

#endif // TALLY_IR_TALLYDIALECT_TD

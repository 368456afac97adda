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
  let extraClassDeclaration = [{
    /// Name of the module attribute that holds the stage.
    static constexpr llvm::StringLiteral kStageAttr = "tally.stage";
    /// Name of the module attribute that holds the format of the file, a FormatAttr.
    static constexpr llvm::StringLiteral kFormatAttr = "tally.format";
    /// Name of the discardable attribute that holds a layer's source name.
    static constexpr llvm::StringLiteral kNameAttr = "tally.name";
  }];
}

#endif // TALLY_IR_TALLYDIALECT_TD

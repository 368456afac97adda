//===- TallyAttrs.td - attributes of the tally dialect -----*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYATTRS_TD
#define TALLY_IR_TALLYATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "tally/IR/TallyDialect.td"

def Tally_Stage : I32EnumAttr<"Stage", "how far a module has come", [
    I32EnumAttrCase<"Imported", 0, "imported">,
    I32EnumAttrCase<"Calibrated", 1, "calibrated">,
    I32EnumAttrCase<"Quantized", 2, "quantized">,
    I32EnumAttrCase<"Integer", 3, "integer">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

def Tally_StageAttr : EnumAttr<Tally_Dialect, Tally_Stage, "stage"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tally_Rounding : I32EnumAttr<"Rounding", "how a requantization rounds", [
    I32EnumAttrCase<"HalfUp", 0, "half_up">,
    I32EnumAttrCase<"Floor", 1, "floor">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

def Tally_RoundingAttr : EnumAttr<Tally_Dialect, Tally_Rounding, "rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tally_FormatAttr : AttrDef<Tally_Dialect, "Format"> {
  let mnemonic = "format";
  let summary = "the version of the words that a file is written in";
  let description = [{
    Counts up whenever a file of the version before would no longer be read as
    what it meant. It is checked where it is parsed, and `tally` writes its alias as
    the first line of a file, so that a version above the reader's is refused
    before words that the reader does not know.

    ```mlir
    #format = #tally.format<1>
    module attributes {tally.format = #format} {}
    ```
  }];
  let parameters = (ins "int64_t":$version);
  let assemblyFormat = "`<` $version `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What this build writes, and the highest version that it reads.
    static constexpr int64_t kCurrent = 1;
  }];
}

def Tally_SketchAttr : AttrDef<Tally_Dialect, "Sketch"> {
  let mnemonic = "sketch";
  let summary = "what calibration saw of a value";
  let description = [{
    A histogram of bounded size. Bin `i` counts the values `v` with
    `(first + i) * 2^exponent <= v < (first + i + 1) * 2^exponent`; `min` and
    `max` are exact. Bin widths are powers of two, so two sketches merge
    exactly and the result does not depend on the order of the data.

    ```mlir
    #tally.sketch<count = 6, min = 0.0, max = 2.5, exponent = -1, first = 0, bins = [3, 0, 1, 1, 0, 1]>
    ```
  }];
  let parameters = (ins
    "int64_t":$count, "::mlir::FloatAttr":$min, "::mlir::FloatAttr":$max,
    "int64_t":$exponent,
    "int64_t":$first, ArrayRefParameter<"int64_t">:$bins);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // TALLY_IR_TALLYATTRS_TD

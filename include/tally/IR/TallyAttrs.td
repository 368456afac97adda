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

def Tally_DifferenceRule : I32EnumAttr<"DifferenceRule", "what an absolute difference passes back", [
    I32EnumAttrCase<"HardTanh", 0, "hard_tanh">,
    I32EnumAttrCase<"Sign", 1, "sign">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

def Tally_DifferenceRuleAttr : EnumAttr<Tally_Dialect, Tally_DifferenceRule, "difference_rule"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tally_CategoricalOperand : I32EnumAttr<"CategoricalOperand", "what a gradient goes to", [
    I32EnumAttrCase<"Input", 0, "input">,
    I32EnumAttrCase<"Scale", 1, "scale">,
    I32EnumAttrCase<"Sigma", 2, "sigma">,
    I32EnumAttrCase<"Masks", 3, "masks">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

def Tally_CategoricalOperandAttr
    : EnumAttr<Tally_Dialect, Tally_CategoricalOperand, "categorical_operand"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tally_MulFree : I32EnumAttr<"MulFree", "how free of multiplications code is", [
    I32EnumAttrCase<"No", 0, "no">,
    I32EnumAttrCase<"Macs", 1, "macs">,
    I32EnumAttrCase<"Compute", 2, "compute">,
    I32EnumAttrCase<"Strict", 3, "strict">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

def Tally_Core : I32EnumAttr<"Core", "what kind of integer unit a target has", [
    I32EnumAttrCase<"Multiplier", 0, "multiplier">,
    I32EnumAttrCase<"BarrelShifter", 1, "barrel-shifter">,
    I32EnumAttrCase<"SerialShifter", 2, "serial-shifter">]> {
  let cppNamespace = "::tally";
  let genSpecializedAttr = 0;
}

// The parser that TableGen writes doubles names with dashes in its message.
def Tally_CoreParameter
    : DefaultValuedParameter<"::tally::Core", "::tally::Core::Multiplier"> {
  let parser = "parseCore($_parser)";
}

def Tally_TargetAttr : AttrDef<Tally_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "what code is for";
  let description = [{
    Stands on the module as `tally.target`; `setTarget` writes it, every pass that lowers
    reads it.

    * `mul_free`: how free of multiplications code is to be. Each level contains the ones before
      it: `no`, `macs` (none inside the sums of layers), `compute` (none on data), `strict` (none at
      all, addresses included). See docs/Spec.md, section 11.
    * `core`: `multiplier` multiplies about as fast as it adds (CPUs, RV32IM, Cortex-M3 and up),
      `barrel-shifter` has no multiplier but shifts by any amount in one step (RV32I),
      `serial-shifter` shifts one place at a time (AVR, MSP430, bit-serial cores). Chooses
      between ways to compute that give the same result.
    * `arch`, `cpu`: the architecture and processor that machine code is for, by LLVM's names;
      empty for code in C. Names are checked where LLVM was built with code for `arch`.
    * `features`: those of the processor that kernels ask for, by LLVM's names, with commas.

    A module without this attribute has `#tally.target<mul_free = no>`: scalar code for any core.

    ```mlir
    module attributes {tally.target = #tally.target<mul_free = strict>} {}
    module attributes {tally.target = #tally.target<arch = "x86_64", cpu = "znver4",
                                                    features = "avx2,avx512vnni">} {}
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"::tally::MulFree", "::tally::MulFree::No">:$mul_free,
    Tally_CoreParameter:$core,
    StringRefParameter<"", [{""}]>:$arch,
    StringRefParameter<"", [{""}]>:$cpu,
    StringRefParameter<"", [{""}]>:$features);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether the processor has `feature`, by LLVM's name.
    bool has(::llvm::StringRef feature) const;

    /// Elements of 32 bits that four vector registers of the processor hold: enough
    /// independent sums to hide latency without spilling. 1 without vectors and for code in C.
    int64_t getLanes() const;

    /// Whether 32-bit lanes of a vector may be shifted by different amounts without a
    /// multiplication: x86 before AVX2 multiplies by powers of two instead.
    bool shiftsLanes() const;
  }];
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

//===- TallyOpBase.td - what operations of networks share --*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYOPBASE_TD
#define TALLY_IR_TALLYOPBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "tally/IR/TallyAttrs.td"
include "tally/IR/TallyInterfaces.td"
include "tally/IR/TallyTypes.td"

def AnyQuantized
    : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "quantized type">;

defvar OnCodes = true;
defvar OnFloats = false;

// An operation of networks. `multiplies` is a word of `Multiplies`; `networkOp` is the two answers
// to NetworkOpInterface, which an operation with declarations of its own puts before them.
class Tally_Op<string mnemonic, string multiplies, bit worksOnCodes, list<Trait> traits = []>
    : Op<Tally_Dialect, mnemonic, !listconcat(traits, [NetworkOpInterface, Pure])> {
  string networkOp = "::tally::Multiplies getMultiplies() { return ::tally::Multiplies::"
      # multiplies # "; }\n"
      # "bool worksOnCodes() { return " # !if(worksOnCodes, "true", "false") # "; }\n";
  let extraClassDeclaration = networkOp;
}

// Float tensors in the stages `imported` and `calibrated`, tensors of quantized
// type in `quantized` and `integer`.
def Tally_Tensor : RankedTensorOf<[AnyFloat, AnyInteger, AnyQuantized]>;
class Tally_TensorOfRank<int rank>
    : TensorRankOf<[AnyFloat, AnyInteger, AnyQuantized], [rank]>;
def Tally_Vector : TensorRankOf<[AnyFloat], [1]>;

#endif // TALLY_IR_TALLYOPBASE_TD

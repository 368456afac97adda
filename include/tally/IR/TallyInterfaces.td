//===- TallyInterfaces.td - what operations say of themselves -*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYINTERFACES_TD
#define TALLY_IR_TALLYINTERFACES_TD

include "mlir/IR/OpBase.td"

def NetworkOpInterface : OpInterface<"NetworkOpInterface"> {
  let cppNamespace = "::tally";
  let description = [{
    What every operation of a network says of itself, whichever dialect it is from. An operation
    without it is unknown: it may multiply, means nothing on codes, and may mix the images of a
    batch.
  }];
  let methods = [
    InterfaceMethod<"Where it multiplies.", "::tally::Multiplies", "getMultiplies">,
    InterfaceMethod<"Whether it is defined on quantized codes.", "bool", "worksOnCodes">,
    InterfaceMethod<[{
      Whether it stays the same operation when codes become the signless integers that store
      them, so that upstream can lower it from there.
    }], "bool", "actsOnStorage", (ins), "", "return false;">,
    InterfaceMethod<[{
      Whether each element of the result comes from one element of the first operand and from
      what the other operands hold for its channel.
    }], "bool", "isChannelwise", (ins), "", "return false;">,
    InterfaceMethod<[{
      Whether image i of the result comes from image i of each operand that holds images, where
      all have as many: the leading dimension.
    }], "bool", "keepsBatch", (ins), "", "return true;">,
    InterfaceMethod<"What an operand may be to the images of a batch.", "::tally::BatchRole",
                    "getBatchRole", (ins "unsigned":$operand), "", [{
      return operand == 0 ? ::tally::BatchRole::Images : ::tally::BatchRole::Shared;
    }]>,
    InterfaceMethod<"The operand that holds the result's shape, or null.", "::mlir::OpOperand *",
                    "getShapeOperand", (ins), "", "return nullptr;">
  ];
}

def DataMovementOpInterface : OpInterface<"DataMovementOpInterface"> {
  let cppNamespace = "::tally";
  let description = [{
    Moves or selects elements without computing: each element of the result is one of the leading
    operands' or, where the operation fills gaps, the filler. So what holds for every element
    (an interval, a quantized type, that it is a level) holds for the result.
  }];
  let methods = [
    InterfaceMethod<"How it moves them.", "::tally::Movement", "getMovement">,
    InterfaceMethod<"As many leading operands hold the elements that are moved.", "unsigned",
                    "getNumMoved", (ins), "", "return 1;">,
    InterfaceMethod<"The operand whose one element fills gaps, or null.", "::mlir::OpOperand *",
                    "getFiller", (ins), "", "return nullptr;">
  ];
  let extraClassDeclaration = [{
    /// The operands whose elements are moved.
    ::mlir::OperandRange getMoved() {
      return getOperation()->getOperands().take_front(getNumMoved());
    }
  }];
}

def ReductionOpInterface : OpInterface<"ReductionOpInterface"> {
  let cppNamespace = "::tally";
  let description = [{
    Makes each element of the result of several of the first operand: convolutions, matrix
    products, adder layers, pooling.
  }];
  let methods = [
    InterfaceMethod<"What becomes of them.", "::tally::Reduction", "getReduction">,
    InterfaceMethod<"How many of them make one element of the result.", "int64_t", "getNumTerms">,
    InterfaceMethod<"The operand that they are combined with one by one, or null.",
                    "::mlir::OpOperand *", "getWeightOperand", (ins), "", "return nullptr;">,
    InterfaceMethod<"The window that they lie in, of `[N, H, W, C]`; none where they lie elsewhere.",
                    "::std::optional<::tally::Window>", "getWindow", (ins), "",
                    "return ::std::nullopt;">
  ];
}

#endif // TALLY_IR_TALLYINTERFACES_TD

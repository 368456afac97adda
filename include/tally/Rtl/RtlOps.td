//===- RtlOps.td - the structure of a circuit --------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_RTLOPS_TD
#define TALLY_RTL_RTLOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rtl_Dialect : Dialect {
  let name = "rtl";
  let cppNamespace = "::tally::rtl";
  let summary = "the structure of a circuit";
  let description = [{
    What `tally-to-rtl` makes of a network and Verilog is printed from: modules, instances of modules
    that are written by hand, constant tables, and the few operations between them. A wire is a value
    of type `iN`. Names are those of CIRCT's `hw` and `comb` where these have the operation.
  }];
}

class Rtl_Op<string mnemonic, list<Trait> traits = []> : Op<Rtl_Dialect, mnemonic, traits>;

def Rtl_ModuleOp : Rtl_Op<"module", [
    IsolatedFromAbove, Symbol, SingleBlock, RegionKindInterface, HasOnlyGraphRegion]> {
  let summary = "a module that is made of instances";
  let description = [{
    The block's arguments are the inputs, what its `rtl.output` names the outputs. Operations stand in
    any order: all work at once.

    Constraints:

    * C1: `inputs` has a name for each argument, `outputs` for each operand of the `rtl.output`, and
      all differ.

    Example:

    ```mlir
    rtl.module @twice inputs ["a"] outputs ["s"] {
    ^bb0(%a: i8):
      %s = rtl.shl %a by 1 : i8
      rtl.output %s : i8
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$inputs, StrArrayAttr:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `inputs` $inputs `outputs` $outputs attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Rtl_OutputOp : Rtl_Op<"output", [Terminator, HasParent<"ModuleOp">]> {
  let summary = "what a module gives";
  let description = [{
    ```mlir
    rtl.output %a, %b : i1, i8
    ```
  }];
  let arguments = (ins Variadic<AnySignlessInteger>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Rtl_ExternOp : Rtl_Op<"extern", [Symbol]> {
  let summary = "a module that is written by hand";
  let description = [{
    `widths` gives the bits of each input, then of each output, from the parameters; those that are
    names of files do not occur in it.

    Constraints:

    * C1: `widths` has a symbol for each parameter and a result for each input and output.

    Example:

    ```mlir
    rtl.extern @tally_rom params ["DEPTH", "WIDTH", "ADDRESS", "FILE"]
        inputs ["clk", "raddr"] outputs ["rdata"] widths affine_map<()[d, w, a, f] -> (1, a, w)>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$params, StrArrayAttr:$inputs,
                       StrArrayAttr:$outputs, AffineMapAttr:$widths);
  let assemblyFormat = [{
    $sym_name `params` $params `inputs` $inputs `outputs` $outputs `widths` $widths attr-dict
  }];
  let hasVerifier = 1;
}

def Rtl_TableOp : Rtl_Op<"table", [Symbol]> {
  let summary = "the words of a constant memory";
  let description = [{
    A word for each row of `words`; its first element stands in the lowest bits.

    Constraints:

    * C1: `words` has two dimensions and elements `iN`.

    Example:

    ```mlir
    rtl.table @weights dense<[[1, 2, 3]]> : tensor<1x3xi4>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ElementsAttr:$words);
  let assemblyFormat = "$sym_name $words attr-dict";
  let extraClassDeclaration = [{
    int64_t getDepth() { return getWords().getShapedType().getDimSize(0); }
    /// Bits of a word.
    int64_t getWidth() {
      auto type = getWords().getShapedType();
      return type.getDimSize(1) * type.getElementTypeBitWidth();
    }
  }];
  let hasVerifier = 1;
}

def Rtl_InstanceOp : Rtl_Op<"instance", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "one of a module that is written by hand";
  let description = [{
    Constraints:

    * C1: `module` is an `rtl.extern`, and `params` gives all its parameters and no others: integers
      of 32 bits, or a table, of as many words and bits as the parameters DEPTH and WIDTH say.
    * C2: operands and results are as many as its inputs and outputs, and as wide.

    Example:

    ```mlir
    %w = rtl.instance "w" of @tally_rom {ADDRESS = 1, DEPTH = 1, FILE = @weights, WIDTH = 12} (%clk, %k)
        : (i1, i1) -> i12
    ```
  }];
  let arguments = (ins StrAttr:$name, FlatSymbolRefAttr:$module, DictionaryAttr:$params,
                       Variadic<AnySignlessInteger>:$ports);
  let results = (outs Variadic<AnySignlessInteger>:$values);
  let assemblyFormat = [{
    $name `of` $module $params `(` $ports `)` attr-dict `:` functional-type($ports, $values)
  }];
}

def Rtl_ConstantOp : Rtl_Op<"constant", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "bits that never change";
  let description = [{
    ```mlir
    %c = rtl.constant 5 : i8
    ```
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$value attr-dict";
}

def Rtl_ExtendOp : Rtl_Op<"extend", [Pure]> {
  let summary = "the same number in more bits";
  let description = [{
    Above the input stand copies of its highest bit where it `isSigned`, else zeros.

    Constraints:

    * C1: `result` is wider than `input`.

    Example:

    ```mlir
    %y = rtl.extend %x signed : i4 to i8
    ```
  }];
  let arguments = (ins AnySignlessInteger:$input, UnitAttr:$isSigned);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$input (`signed` $isSigned^)? attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}

def Rtl_TruncateOp : Rtl_Op<"truncate", [Pure]> {
  let summary = "the lowest bits";
  let description = [{
    Constraints:

    * C1: `result` is narrower than `input`.

    Example:

    ```mlir
    %y = rtl.truncate %x : i8 to i4
    ```
  }];
  let arguments = (ins AnySignlessInteger:$input);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}

def Rtl_ExtractOp : Rtl_Op<"extract", [Pure]> {
  let summary = "some of the bits, from a place on";
  let description = [{
    Constraints:

    * C1: `input` has the bits from `low` on that `result` has.

    Example:

    ```mlir
    %y = rtl.extract %x from 4 : i12 to i4
    ```
  }];
  let arguments = (ins AnySignlessInteger:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$low);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$input `from` $low attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}

def Rtl_ConcatOp : Rtl_Op<"concat", [Pure]> {
  let summary = "bits of several beside one another";
  let description = [{
    The first of `inputs` stands in the highest bits.

    Constraints:

    * C1: `result` has as many bits as all of `inputs`, of which there is one at least.

    Example:

    ```mlir
    %y = rtl.concat %a, %b : i8, i4 -> i12
    ```
  }];
  let arguments = (ins Variadic<AnySignlessInteger>:$inputs);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$inputs attr-dict `:` type($inputs) `->` type($result)";
  let hasVerifier = 1;
}

class Rtl_BinaryOp<string mnemonic> : Rtl_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = (ins AnySignlessInteger:$a, AnySignlessInteger:$b);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($result)";
}

def Rtl_AddOp : Rtl_BinaryOp<"add"> {
  let summary = "sum, modulo 2^N";
  let description = [{
    ```mlir
    %s = rtl.add %a, %b : i8
    ```
  }];
}

def Rtl_SubOp : Rtl_BinaryOp<"sub"> {
  let summary = "difference, modulo 2^N";
  let description = [{
    ```mlir
    %d = rtl.sub %a, %b : i8
    ```
  }];
}

def Rtl_OrOp : Rtl_BinaryOp<"or"> {
  let summary = "bit by bit: one of both";
  let description = [{
    ```mlir
    %o = rtl.or %a, %b : i8
    ```
  }];
}

def Rtl_AndOp : Rtl_BinaryOp<"and"> {
  let summary = "bit by bit: both";
  let description = [{
    ```mlir
    %o = rtl.and %a, %b : i8
    ```
  }];
}

class Rtl_ShiftOp<string mnemonic> : Rtl_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = (ins AnySignlessInteger:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$places);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$input `by` $places attr-dict `:` type($result)";
}

def Rtl_ShlOp : Rtl_ShiftOp<"shl"> {
  let summary = "left shift by a constant";
  let description = [{
    ```mlir
    %y = rtl.shl %x by 3 : i8
    ```
  }];
}

def Rtl_ShrSOp : Rtl_ShiftOp<"shrs"> {
  let summary = "right shift by a constant, towards minus infinity";
  let description = [{
    ```mlir
    %y = rtl.shrs %x by 3 : i8
    ```
  }];
}

def Rtl_ClampOp : Rtl_Op<"clamp", [Pure]> {
  let summary = "the nearest number of a range";
  let description = [{
    `min(max(input, low), high)` of a signed number, in the bits of `result`.

    Constraints:

    * C1: `low` is at most `high`, and `result` no wider than `input`.

    Example:

    ```mlir
    %y = rtl.clamp %x, 0 to 15 : i20 to i4
    ```
  }];
  let arguments = (ins AnySignlessInteger:$input, I64Attr:$low, I64Attr:$high);
  let results = (outs AnySignlessInteger:$result);
  let assemblyFormat = "$input `,` $low `to` $high attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}

#endif // TALLY_RTL_RTLOPS_TD

//===- TallyTypes.td - types of the tally dialect ----------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYTYPES_TD
#define TALLY_IR_TALLYTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "tally/IR/TallyDialect.td"

def Tally_PowerOfTwoType : TypeDef<Tally_Dialect, "PowerOfTwo"> {
  let mnemonic = "pot";
  let summary = "codes of powers of two, or of sums of them";
  let description = [{
    An element type of tensors: a code of `bits` bits that stands for
    `level * scale`. The levels are integers: `0, 1, 2, 4, ...` with a sign or
    without; `additive` levels are the sums of APoT; `nonzero` ones have no 0
    and reach one power of two further. `PowerOfTwo.h` lists the levels and the
    bits of each code; `docs/Spec.md` says what is computed with them.

    ```
    !tally.pot<s4, 0.05>                    signed, 4 bits, one scale
    !tally.pot<additive s4:0, {0.1, 0.2}>   sums, one scale an index of dimension 0
    !tally.pot<u3 nonzero, 0.25>            unsigned, without 0
    ```

    Constant tensors of this type are stored packed, as `tensor<Bxui8>`: the codes
    in row-major order as one stream of bits, the first in the lowest bits of the
    first byte. The type is a table of up to 32 levels and a uniform scale, so it
    converts 1:1 to storage types with a look-up table.
  }];
  let parameters = (ins
    "int":$bits, "bool":$isSigned, "bool":$additive, "bool":$hasZero,
    "::mlir::DenseF64ArrayAttr":$scaleAttr,
    "int32_t":$axis);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::tally::PowerOfTwoFormat getFormat() const {
      return {getBits(), getIsSigned(), getAdditive(), getHasZero()};
    }
    /// Levels, codes and terms; the format was verified.
    ::tally::PowerOfTwoLevels getLevels() const;
    ::llvm::ArrayRef<double> getScales() const { return getScaleAttr().asArrayRef(); }
    /// The dimension that the scales run along, or -1 where there is one for all.
    bool isPerAxis() const { return getAxis() >= 0; }
  }];
}

#endif // TALLY_IR_TALLYTYPES_TD

//===- RandomMovement.h - codes elsewhere, at random ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reordered, repeated, cut out, joined: the forms that importers write movements in. Values have
// rank 4, one image in front.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TEST_UNIT_TARGET_RANDOMMOVEMENT_H
#define TALLY_TEST_UNIT_TARGET_RANDOMMOVEMENT_H

#include "RandomBuilder.h"

namespace tally::test {

class RandomMovement : protected RandomBuilder {
protected:
  using RandomBuilder::RandomBuilder;

  Value reshape(Value value, mlir::ArrayRef<int64_t> shape);
  Value transpose(Value value, mlir::ArrayRef<int32_t> permutation);
  Value slice(Value value, mlir::ArrayRef<int64_t> start, mlir::ArrayRef<int64_t> size);
  Value take(Value value, int64_t axis, mlir::ArrayRef<int64_t> indices);
  /// Channels to pixels of `rows` by `columns`, which divide them.
  Value depthToSpace(Value value, int64_t rows, int64_t columns);

  /// Any movement of one value.
  Value move(Value value);
  /// `value` with some of `others`, requantized where they have other types, and now and then a
  /// constant.
  Value concatenate(Value value, mlir::ArrayRef<Value> others);

private:
  Value shuffle(Value value);
  Value pad(Value value);
  Value cut(Value value);
  Value takeSome(Value value);
  Value enlarge(Value value);
  Value spaceToDepth(Value value);
};

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_RANDOMMOVEMENT_H

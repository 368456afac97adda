//===- Moves.cpp - codes of a map elsewhere -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Moves.h"

#include "Rtl/Refuse.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally {

Move moveAll(ArrayRef<int64_t> shape) {
  Move move(shape.size());
  int64_t place = 1;
  for (size_t dim = shape.size(); dim-- > 0; place *= shape[dim])
    move[dim] = {shape[dim], 0, 1, shape[dim], place};
  return move;
}

Move moveBroadcast(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  Move move = moveAll(from);
  for (auto [loop, rounds] : llvm::zip_equal(move, to))
    if (loop.rounds != rounds) {
      loop.rounds = rounds;
      loop.step = 0;
    }
  return move;
}

/// The numbers of a `tosa.const_shape`.
static std::optional<SmallVector<int64_t>> getShapeNumbers(Value shape) {
  auto constant = shape.getDefiningOp<tosa::ConstShapeOp>();
  if (!constant)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (const APInt &number : constant.getValues().getValues<APInt>())
    numbers.push_back(number.getSExtValue());
  return numbers;
}

FailureOr<Move> getMove(Operation *op) {
  ArrayRef<int64_t> from = cast<RankedTensorType>(op->getOperand(0).getType()).getShape();
  ArrayRef<int64_t> to = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  Move move = moveAll(from);
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op)) {
    Move moved;
    for (int32_t dim : transpose.getPerms())
      moved.push_back(move[dim]);
    return moved;
  }
  auto slice = dyn_cast<tosa::SliceOp>(op);
  std::optional<SmallVector<int64_t>> numbers = getShapeNumbers(op->getOperand(1));
  if (!numbers)
    return refuseLayer(op, "has a shape that is no constant");
  for (size_t dim = 0; dim < move.size(); ++dim) {
    move[dim].rounds = to[dim];
    move[dim].first = slice ? (*numbers)[dim] : -(*numbers)[2 * dim];
  }
  return move;
}

Move collapse(const Move &move) {
  Move result;
  for (const MoveLoop &loop : move) {
    if (loop.rounds == 1 && loop.first == 0)
      continue;
    if (!result.empty()) {
      MoveLoop &outer = result.back();
      if (outer.step == 0 && loop.step == 0) {
        outer.rounds *= loop.rounds;
        continue;
      }
      bool whole = loop.first == 0 && loop.step == 1 && loop.rounds == loop.size;
      if (whole && outer.step == 1 && outer.place == loop.place * loop.size) {
        outer = {outer.rounds * loop.size, outer.first * loop.size, 1, outer.size * loop.size,
                 loop.place};
        continue;
      }
    }
    result.push_back(loop);
  }
  return result;
}

} // namespace tally

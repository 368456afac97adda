//===- Moves.h - codes of a map elsewhere -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_MOVES_H
#define TALLY_LIB_RTL_MOVES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include <vector>

namespace tally {

/// Round n of the loop reads what stands at `first + n * step` of `size` in a dimension of the map,
/// where neighbours are `place` codes apart; outside is nothing.
struct MoveLoop {
  int64_t rounds = 1, first = 0, step = 1, size = 1, place = 1;
};

/// Loops over a result, the outermost first: where in a map its codes come from.
using Move = std::vector<MoveLoop>;

/// Loops that tally_move has.
constexpr size_t kMoveLoops = 6;

/// Reads a map of `shape` from end to end.
Move moveAll(llvm::ArrayRef<int64_t> shape);

/// Repeats a map of `from` along the dimensions where it has one element and `to` has more.
Move moveBroadcast(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Where `op` takes the codes of its result from: slices, paddings, transpositions. An error that
/// names the layer where that is not known.
mlir::FailureOr<Move> getMove(mlir::Operation *op);

/// The same move in as few loops as that takes.
Move collapse(const Move &move);

} // namespace tally

#endif // TALLY_LIB_RTL_MOVES_H

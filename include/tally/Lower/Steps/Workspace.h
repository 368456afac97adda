//===- Workspace.h - all arenas in one block of memory ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_STEPS_WORKSPACE_H
#define TALLY_LOWER_STEPS_WORKSPACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <functional>
#include <map>

namespace tally {

/// Alignment of workspaces and of buffers in them for CPUs, in bytes: a cache line.
constexpr int64_t kCpuAlignment = 64;
/// Of buffers in emitted C: that of words, which bytes are read as.
constexpr int64_t kCAlignment = 4;

/// One block of memory for what a network keeps between its steps.
struct Workspace {
  /// Where the arena of each element width (in bits) begins, in bytes; widest first, so that no
  /// byte is ever accessed under two types.
  std::map<unsigned, int64_t, std::greater<>> arenas;
  int64_t bytes = 1;     ///< at least 1: memory of no size has no address
  int64_t alignment = 1; ///< in bytes; what the arenas begin at multiples of

  /// For the arenas that tally-plan-memory noted on `entry`. `alignment`: the least one; that
  /// of the widest elements where it is more.
  static Workspace of(mlir::func::FuncOp entry, int64_t alignment);

  /// Gives `entry` the block as its last argument, and its buffers places there. Fails, with an
  /// emitted error, where a buffer has no place in an arena.
  mlir::LogicalResult addTo(mlir::func::FuncOp entry) const;
};

} // namespace tally

#endif // TALLY_LOWER_STEPS_WORKSPACE_H

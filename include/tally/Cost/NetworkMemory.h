//===- NetworkMemory.h - what of a network lies where -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_NETWORKMEMORY_H
#define TALLY_COST_NETWORKMEMORY_H

#include "tally/IR/MulFree.h"
#include "tally/Support/Result.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

/// The memory that an integer network takes as C (`emit-c`), in bytes.
struct NetworkMemory {
  /// Between two steps. It exists from step `first` to step `last`, both included.
  struct Buffer {
    std::string name;              ///< of the step that stores it
    int64_t bytes = 0, offset = 0; ///< where it lies in the arena
    int64_t first = 0, last = 0;
  };

  int64_t weights = 0; ///< constants of the network, as stored
  int64_t tables = 0;  ///< other constants: factors, offsets, shifts, levels
  int64_t arena = 0;   ///< NAME_WORKSPACE_BYTES
  int64_t input = 0, output = 0;
  std::vector<std::string> steps; ///< names
  std::vector<Buffer> buffers;    ///< in the order in which they are stored

  int64_t flash() const { return weights + tables; }
  int64_t ram() const { return arena + input + output; }
  /// Bytes of the arena that are needed at each step.
  std::vector<int64_t> used() const;
};

/// Lowers a copy of the module to the steps that `emit-c` writes. Fails where it cannot be, with
/// the reason; emits nothing.
Result<NetworkMemory> planMemory(mlir::ModuleOp module, MulFree level = MulFree::No);

/// A row for each buffer, a column for each step or for several: which buffers exist when. At
/// most 80 columns, and the `most` largest buffers.
std::string drawArena(const NetworkMemory &memory, size_t most = 40);

} // namespace tally

#endif // TALLY_COST_NETWORKMEMORY_H

//===- Batch.h - several batches at once ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What has to hold of an operation so that batches one behind the other, along the leading
// dimension, can go through it together.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_BATCH_H
#define TALLY_IR_BATCH_H

#include "tally/IR/TallyInterfaces.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace tally {

/// Whether `op` makes of batches one behind the other its results one behind the other. `holds`
/// says which operands differ between batches; the others are as in one.
bool keepsBatchesApart(mlir::Operation *op, llvm::function_ref<bool(unsigned)> holds);

/// Whether `operand`, which is the same for all batches, has to be there once for each.
bool isNeededByEach(mlir::Operation *op, unsigned operand);

} // namespace tally

#endif // TALLY_IR_BATCH_H

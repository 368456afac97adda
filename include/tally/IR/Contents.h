//===- Contents.h - what a module holds, checked once -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upstream's verifiers do not compare a global's value with its type, nor bound shapes, nor
// slices. Whoever
// reads a module that others may have written calls this first; everything behind may then
// take elements at their type's word.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_CONTENTS_H
#define TALLY_IR_CONTENTS_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Reports, in its place, every tensor without elements or with too many of them
/// (`countElements`), every one of a calibrated type, every symbol with an empty name, and every
/// constant whose value does not fit its type: another shape, floats for codes, another width,
/// codes outside the range of the type, bytes that are missing; and slices, paddings and
/// repetitions of elements that are not there, or of another number than the result has.
mlir::LogicalResult verifyContents(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_IR_CONTENTS_H

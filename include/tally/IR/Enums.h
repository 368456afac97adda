//===- Enums.h - words of the dialect that are not operations ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_ENUMS_H
#define TALLY_IR_ENUMS_H

#include "mlir/IR/OpImplementation.h"
#include <optional>

#include "tally/IR/TallyEnums.h.inc"

#endif // TALLY_IR_ENUMS_H

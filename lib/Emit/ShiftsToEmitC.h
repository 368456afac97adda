//===- ShiftsToEmitC.h - shifts without a check of the amount ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_EMIT_SHIFTSTOEMITC_H
#define TALLY_LIB_EMIT_SHIFTSTOEMITC_H

#include "mlir/Transforms/DialectConversion.h"

namespace tally {

/// `arith.shli` and `arith.shrsi`, whose amounts are below the width in all code that is made
/// here. Upstream's patterns guard every shift by a comparison.
void populateShiftPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

} // namespace tally

#endif // TALLY_LIB_EMIT_SHIFTSTOEMITC_H

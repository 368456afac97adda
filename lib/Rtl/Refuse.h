//===- Refuse.h - layers without a stage ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_REFUSE_H
#define TALLY_LIB_RTL_REFUSE_H

#include "tally/IR/Parameters.h"

namespace tally {

/// An error that names the layer of `op`.
inline mlir::InFlightDiagnostic refuseLayer(mlir::Operation *op, const llvm::Twine &reason) {
  return op->emitError() << "finds no stage in Verilog for layer '" << getLayerName(op)
                         << "', which " << reason;
}

} // namespace tally

#endif // TALLY_LIB_RTL_REFUSE_H

//===- ModuleState.cpp - what a module says about itself ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/ModuleState.h"

#include "tally/Quantize/Passes.h"

namespace tally {

Status expectWhole(mlir::ModuleOp module) {
  if (isQuantized(module) || !module.lookupSymbol(kReferenceName))
    return Done();
  return Error{nameOf(module) + " is half quantized, '@" + kReferenceName.str() +
               "' is its float version; go on with qopt, or quantize the calibrated network"};
}

} // namespace tally

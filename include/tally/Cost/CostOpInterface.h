//===- CostOpInterface.h - what an operation costs --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generated from CostOpInterface.td.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_COST_COSTOPINTERFACE_H
#define TALLY_COST_COSTOPINTERFACE_H

#include "tally/Cost/CountOperation.h"

#include "mlir/IR/OpDefinition.h"

#include "tally/Cost/CostOpInterface.h.inc"

namespace tally {

/// Models for the operations of networks, ours and upstream's.
void registerCostModels(mlir::DialectRegistry &registry);

} // namespace tally

#endif // TALLY_COST_COSTOPINTERFACE_H

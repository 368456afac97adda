//===- Passes.h - passes about the flow itself ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_PASSES_H
#define TALLY_PIPELINE_PASSES_H

#include "mlir/Pass/Pass.h"
#include <memory>

namespace tally {

#define GEN_PASS_DECL
#include "tally/Pipeline/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tally/Pipeline/Passes.h.inc"

} // namespace tally

#endif // TALLY_PIPELINE_PASSES_H

//===- Passes.h - tally -> tally: quantization ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_PASSES_H
#define TALLY_QUANTIZE_PASSES_H

#include "tally/IR/Tally.h"

#include "mlir/Pass/Pass.h"
#include <memory>

namespace tally {

/// The float version of a network that `tally-keep-reference` keeps beside it, until
/// `tally-to-quantized`.
constexpr llvm::StringLiteral kReferenceName = "reference";

#define GEN_PASS_DECL
#include "tally/Quantize/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tally/Quantize/Passes.h.inc"

} // namespace tally

#endif // TALLY_QUANTIZE_PASSES_H

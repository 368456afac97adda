//===- TallyOps.td - operations of the tally dialect -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TALLYOPS_TD
#define TALLY_IR_TALLYOPS_TD

include "tally/IR/CodeOps.td"
include "tally/IR/GradientOps.td"
include "tally/IR/KernelOp.td"
include "tally/IR/LayerOps.td"
include "tally/IR/LearnedOps.td"
include "tally/IR/MovementOps.td"
include "tally/IR/PowerOfTwoOps.td"
include "tally/IR/QuantizationOps.td"
include "tally/IR/WindowSumOps.td"

#endif // TALLY_IR_TALLYOPS_TD

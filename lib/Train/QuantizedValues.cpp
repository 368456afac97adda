//===- QuantizedValues.cpp - what quantizers of activations make ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "QuantizedValues.h"

#include "StepSignature.h"
#include "tally/IR/Tally.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace tally {

SmallVector<Value> listQuantizedValues(func::FuncOp function) {
  // Intervals go through quantizers too, but they are no values of the network.
  llvm::DenseSet<Value> computed;
  for (BlockArgument argument : function.getArguments()) {
    StringRef name = getArgumentName(function, argument.getArgNumber());
    if (!name.starts_with(kParameterPrefix) && !isOfIntervals(name))
      computed.insert(argument);
  }
  SmallVector<Value> values;
  for (Operation &op : function.front().without_terminator()) {
    if (llvm::none_of(op.getOperands(), [&](Value v) { return computed.contains(v); }))
      continue;
    computed.insert(op.result_begin(), op.result_end());
    if (isa<LearnedQuantizerOp, quant::DequantizeCastOp>(op))
      values.push_back(op.getResult(0));
  }
  return values;
}

} // namespace tally

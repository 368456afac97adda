//===- StepSignature.cpp - what a training step takes and returns ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StepSignature.h"

#include "tally/IR/Tally.h"
#include "tally/Train/TrainingStep.h"

using namespace mlir;

namespace tally {

static StringRef nameIn(DictionaryAttr attributes) {
  auto name = attributes ? attributes.getAs<StringAttr>(TallyDialect::kNameAttr) : StringAttr();
  return name ? name.getValue() : StringRef();
}

static DictionaryAttr makeName(MLIRContext *context, StringRef name) {
  return DictionaryAttr::get(context, {{StringAttr::get(context, TallyDialect::kNameAttr),
                                        StringAttr::get(context, name)}});
}

StringRef getArgumentName(func::FuncOp function, unsigned index) {
  return nameIn(function.getArgAttrDict(index));
}

StringRef getResultName(func::FuncOp function, unsigned index) {
  return nameIn(function.getResultAttrDict(index));
}

bool isOfIntervals(StringRef argument) {
  return argument == kLowName || argument == kHighName || argument == kIntervalShareName;
}

Value addArgument(func::FuncOp function, StringRef name, Type type) {
  unsigned index = function.getNumArguments();
  LogicalResult inserted = function.insertArgument(
      index, type, makeName(function.getContext(), name), function.getLoc());
  (void)inserted;
  assert(succeeded(inserted) && "arguments may be added to functions");
  return function.getArgument(index);
}

void insertResult(func::FuncOp function, unsigned index, StringRef name, Value value) {
  LogicalResult inserted =
      function.insertResult(index, value.getType(), makeName(function.getContext(), name));
  (void)inserted;
  assert(succeeded(inserted) && "results may be added to functions");
  function.front().getTerminator()->insertOperands(index, value);
}

void addResult(func::FuncOp function, StringRef name, Value value) {
  insertResult(function, function.getNumResults(), name, value);
}

} // namespace tally

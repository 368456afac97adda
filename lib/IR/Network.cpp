//===- Network.cpp - the function that is the network ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Network.h"

using namespace mlir;

namespace tally {

/// Of what networks are made, ours or another tool's: they compute on values.
static constexpr llvm::StringLiteral kDialects[] = {"tally",  "tosa",   "quant", "ml_program",
                                                    "linalg", "tensor", "arith", "math"};

FailureOr<func::FuncOp> getEntry(ModuleOp module) {
  func::FuncOp entry;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    if (entry)
      return module.emitError() << "requires one public function, which is the network, but has '@"
                                << entry.getSymName() << "' and '@" << function.getSymName()
                                << "': make the others private";
    entry = function;
  }
  if (!entry)
    return module.emitError() << "requires one public function, which is the network, but has none";
  if (!llvm::hasSingleElement(entry.getBody()))
    return entry.emitError() << "requires a body of one block";
  return entry;
}

/// Whoever compiles or emits it wants something that goes in and something that comes out.
static LogicalResult checkBoundary(func::FuncOp entry) {
  if (entry.getNumArguments() > 0 && entry.getNumResults() > 0)
    return success();
  return entry.emitError() << "'@" << entry.getSymName()
                           << "' requires inputs and results to be a network, but has "
                           << entry.getNumArguments() << " and " << entry.getNumResults();
}

LogicalResult checkOperations(ModuleOp module) {
  auto visit = [](Operation *op) -> WalkResult {
    StringRef dialect = op->getName().getDialectNamespace();
    bool isFunction = isa<func::FuncOp, func::ReturnOp>(op);
    auto function = dyn_cast<func::FuncOp>(op);
    if (function && function.isExternal())
      return op->emitError() << "'@" << function.getSymName()
                             << "' has no body, so a network cannot contain it";
    if (function && function.isPublic() && failed(checkBoundary(function)))
      return failure();
    if (!isFunction && !isa<ModuleOp>(op) && !llvm::is_contained(kDialects, dialect))
      return op->emitError() << "'" << op->getName() << "' is no operation of a network";
    return success();
  };
  return failure(module.walk<WalkOrder::PreOrder>(visit).wasInterrupted());
}

} // namespace tally

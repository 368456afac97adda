//===- Network.cpp - the function that is the network -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Network.h"

using namespace mlir;

namespace tally {

FailureOr<func::FuncOp> getEntry(ModuleOp module) {
  if (auto main = module.lookupSymbol<func::FuncOp>("main"))
    return main;
  func::FuncOp entry;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal()) {
      if (entry)
        return module.emitError()
               << "requires a function '@main' or only one public function, but has '@"
               << entry.getSymName() << "' and '@" << function.getSymName() << "'";
      entry = function;
    }
  if (!entry)
    return module.emitError() << "requires a function '@main'";
  return entry;
}

} // namespace tally

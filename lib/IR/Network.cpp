//===- Network.cpp - the function that is the network ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Network.h"

using namespace mlir;

namespace tally {

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

} // namespace tally

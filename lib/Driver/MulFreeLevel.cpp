//===- MulFreeLevel.cpp - how free of multiplications a job is ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/MulFreeLevel.h"

#include "tally/IR/Target.h"
#include "tally/Lower/Multiplications.h"

using namespace mlir;

namespace tally {

MulFree chooseLevel(ModuleOp module, std::optional<MulFree> wanted) {
  return wanted ? *wanted : getTarget(module).getMulFree();
}

Result<MulFree> checkedLevel(ModuleOp module, std::optional<MulFree> wanted) {
  MulFree level = chooseLevel(module, wanted);
  std::vector<Multiplication> found = findMultiplications(module, level);
  for (const Multiplication &one : found)
    one.op->emitError() << "'" << one.layer << "': '" << one.operation << "' " << one.reason
                        << " (mul-free=" << stringifyMulFree(level) << ")";
  if (!found.empty())
    return Error{"", ErrorKind::Check};
  return level;
}

void recordLevel(ModuleOp module, MulFree level) {
  setTarget(module, makeTarget(module.getContext(), level));
}

} // namespace tally

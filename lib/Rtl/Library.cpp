//===- Library.cpp - modules that are written by hand ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Library.h"

#include "tally/Rtl/Rtl.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace tally {

static constexpr char kStages[] = {
#include "Stages.inc"
};

void declareLibrary(ModuleOp module) {
  OwningOpRef<ModuleOp> library =
      parseSourceString<ModuleOp>(StringRef(kStages, sizeof(kStages)), module.getContext());
  assert(library && "hardware/stages/stages.mlir was parsed when Tally was tested");
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  for (Operation &op : *library->getBody())
    b.clone(op);
}

} // namespace tally

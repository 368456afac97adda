//===- FormatVersion.cpp - what version a file is written in --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/FormatVersion.h"

#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t version) {
  if (version > kCurrent)
    return emitError() << "is in format " << version << ", but this build reads formats up to "
                       << kCurrent;
  if (version < 1)
    return emitError() << "requires a format of at least 1, but got " << version;
  return success();
}

void setFormat(ModuleOp module) {
  module->setAttr(TallyDialect::kFormatAttr,
                  FormatAttr::get(module.getContext(), FormatAttr::kCurrent));
}

} // namespace tally

//===- ModuleCopy.cpp - a module in a context of its own ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/ModuleCopy.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tally {

static void emitIn(MLIRContext *context, Diagnostic &diagnostic) {
  Location nowhere = UnknownLoc::get(context);
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    emitError(nowhere) << diagnostic.str();
    break;
  case DiagnosticSeverity::Warning:
    emitWarning(nowhere) << diagnostic.str();
    break;
  default:
    emitRemark(nowhere) << diagnostic.str();
  }
}

ModuleCopy::ModuleCopy(ModuleOp original) {
  MLIRContext *outer = original.getContext();
  context =
      std::make_unique<MLIRContext>(outer->getDialectRegistry(), MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler([outer](Diagnostic &diagnostic) {
    emitIn(outer, diagnostic);
    return success();
  });
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags whole;
  whole.elideLargeElementsAttrs(INT64_MAX).elideLargeResourceString(INT64_MAX);
  original->print(stream, whole.useLocalScope(false).skipRegions(false).enableDebugInfo());
  module = parseSourceString<ModuleOp>(text, context.get());
  assert(module && "what was printed can be read");
}

} // namespace tally

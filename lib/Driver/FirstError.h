//===- FirstError.h - why one of many networks failed -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_FIRSTERROR_H
#define TALLY_LIB_DRIVER_FIRSTERROR_H

#include "tally/Support/Result.h"

#include "mlir/IR/Diagnostics.h"
#include <set>

namespace tally {

/// Keeps the first error of a context. Every other message passes once, where `said` remembers
/// them, else none does.
class FirstError {
public:
  FirstError(mlir::MLIRContext &context, std::set<std::string> *said)
      : said(said), handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
            return mlir::success(!this->said || !this->said->insert(diagnostic.str()).second);
          if (first.empty())
            first = diagnostic.str();
          return mlir::success();
        }) {}

  /// Why something failed.
  std::string explain(const Error &error) const {
    if (!error.message.empty())
      return error.message;
    return first.empty() ? "failed without a message" : first;
  }

private:
  std::set<std::string> *said;
  std::string first;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_FIRSTERROR_H

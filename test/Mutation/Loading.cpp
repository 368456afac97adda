//===- Loading.cpp - what a file with mistakes may not do -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Loading.h"

#include "ModuleMutator.h"
#include "OnnxMutator.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include <cstdio>

namespace tally::mutation {

const Kind kOnnxFiles = {".onnx", mutateOnnx, [](Session &session, const std::string &path) {
                           return session.importOnnx(path);
                         }};
const Kind kModules = {".mlir", mutateModule, [](Session &session, const std::string &path) {
                         return session.load(path);
                       }};

Verdict checkLoading(const Kind &kind, Session &session, const std::string &path,
                     const std::string &copy) {
  unsigned errors = 0, empty = 0;
  mlir::ScopedDiagnosticHandler handler(&session.context(), [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    empty += diagnostic.str().empty();
  });
  Result<Network> network = kind.load(session, path);
  if (empty)
    return {false, "a message is empty"};
  if (!network)
    return {false, errors || !network.error().message.empty() ? "" : "a refusal does not say why"};
  if (errors)
    return {true, "an error is reported, but the file is accepted"};
  if (failed(mlir::verify(**network)))
    return {true, "what was accepted is no valid module"};
  Status saved = session.save(**network, copy);
  Result<Network> again = saved ? session.load(copy) : Result<Network>(saved.error());
  std::remove(copy.c_str());
  return {true, again ? "" : "what was accepted is refused when it is read again"};
}

} // namespace tally::mutation

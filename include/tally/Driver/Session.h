//===- Session.h - networks in and out --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The driver is what a program calls that uses Tally: the verbs of `tally` are programs of
// that kind. Each job has a header with a struct of options and a function:
//
//   tally::Session session;
//   auto network = session.importOnnx("net.onnx");
//   tally::CalibrateJob calibration;
//   calibration.images.data = "mnist:DIR:train";
//   tally::QuantizeJob quantization;
//   quantization.recipe = "adder-w4a4";
//   quantization.images = calibration.images;
//   if (!network || !calibrate(**network, calibration) ||
//       !quantize(**network, quantization) || !session.save(**network, "net.q.mlir"))
//     return 1;
//
// Jobs work on modules of any context that `registerDialects` prepared. What went wrong is in
// the `Error` of the result, or, where that has no message, was reported through the
// diagnostics of the module's context. Remarks there say what a job did on its own.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DRIVER_SESSION_H
#define TALLY_DRIVER_SESSION_H

#include "tally/Import/Onnx.h"
#include "tally/Support/File.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace tally {

using Network = mlir::OwningOpRef<mlir::ModuleOp>;

/// A context with everything registered, whose diagnostics go to stderr. A handler that is
/// registered on the context takes them away from there.
class Session {
public:
  Session();
  mlir::MLIRContext &context() { return mlirContext; }

  /// Loads a module from a file or stdin ("-").
  Result<Network> load(const std::string &path);

  /// Imports an ONNX file or stdin ("-").
  Result<Network> importOnnx(const std::string &path, const OnnxImportOptions &options = {});

  /// Imports a float module of TOSA operations that another tool wrote.
  Result<Network> importTosa(const std::string &path);

  /// Imports an ONNX file, loads any other.
  Result<Network> open(const std::string &path, const OnnxImportOptions &options = {});

  /// A module as the text of a file, and in it the version of its format.
  static std::string print(mlir::ModuleOp module);

  /// Writes that text to a file (whole or not at all) or stdout ("-").
  Status save(mlir::ModuleOp module, const std::string &path);

private:
  mlir::MLIRContext mlirContext;
};

} // namespace tally

#endif // TALLY_DRIVER_SESSION_H

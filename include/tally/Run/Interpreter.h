//===- Interpreter.h - runs a module operation by operation ------*- C++ -*-===//
//
// Executes a function of any stage from `imported` to `integer` with the scalar
// reference (Reference.h). What it computes on quantized networks is the
// normative result; calibration and quantization use it to look at values on
// the way.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_INTERPRETER_H
#define TALLY_RUN_INTERPRETER_H

#include "tally/Run/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LLVM.h"
#include <functional>
#include <optional>

namespace tally {

/// The element type that holds values of `type` or of a tensor of it: f32, or the
/// storage of an integer or quantized type. Null for others.
std::optional<ElementType> getTensorElementType(mlir::Type type);

struct InterpreterOptions {
  /// Worker threads for the images of a batch; 0 asks the machine.
  int threads = 0;
  /// Called with every operation's results, in program order. May replace them.
  std::function<void(mlir::Operation *, mlir::MutableArrayRef<Tensor>)> onResults;
};

/// Runs `function` on `inputs`: one tensor per argument, row-major, float or
/// integer codes of the argument's storage type. The leading dimension of the
/// inputs may be any multiple of the one in the function's type: that many
/// copies of the network run as one batch. Emits an error at the operation
/// that cannot be executed.
mlir::FailureOr<std::vector<Tensor>>
interpret(mlir::func::FuncOp function, mlir::ArrayRef<Tensor> inputs,
          const InterpreterOptions &options = {});

} // namespace tally

#endif // TALLY_RUN_INTERPRETER_H

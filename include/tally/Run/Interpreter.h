//===- Interpreter.h - runs a module operation by operation -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Executes a function of any stage from `imported` to `integer` with the scalar
// reference (Reference.h). What it computes on quantized networks is the
// normative result; calibration and quantization use it to look at values on
// the way.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_INTERPRETER_H
#define TALLY_RUN_INTERPRETER_H

#include "tally/Data/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>
#include <optional>

namespace tally {

/// The element type that holds values of `type` or of a tensor of it: f32, or the
/// storage of an integer or quantized type. Null for others.
std::optional<ElementType> getTensorElementType(mlir::Type type);

/// What floats are computed in.
enum class Precision : uint8_t {
  Single, ///< as the types say: F32
  /// What has type f32 in the IR is F64: constants and parameters are widened, operations on floats
  /// run on doubles, quantizers divide them as doubles. Codes are what they are, and so is all that
  /// is computed from codes alone. For tests that tell errors of rounding from others.
  Double,
};

/// A function that runs one operation at a time on a batch of inputs.
class NetworkRun {
public:
  /// `inputs`: one tensor per argument, row-major, float or integer codes of the
  /// argument's storage type; in double precision floats may be F32 or F64. Their leading dimension
  /// may be any multiple of the one in the function's type: that many copies of the network run as
  /// one batch. `threads` = 0 asks the machine; results do not depend on it.
  static mlir::FailureOr<NetworkRun> start(mlir::func::FuncOp function,
                                           mlir::ArrayRef<Tensor> inputs, int threads = 0,
                                           Precision precision = Precision::Single);

  /// The operation that `advance` runs next; the return at the end.
  mlir::Operation *next() const { return nextOp; }

  /// Runs `next()`, or emits an error there. Must not be called at the return.
  mlir::LogicalResult advance();

  /// A value that was computed and has users left, or that was kept.
  const Tensor &get(mlir::Value value) const;
  bool has(mlir::Value value) const { return values.contains(value); }

  /// Replaces a value for the users to come.
  void set(mlir::Value value, Tensor tensor);

  /// Makes `value` outlive its last user, until it is released.
  void keep(mlir::Value value) { ++kept[value]; }
  void release(mlir::Value value);

  /// Goes on at `op` after operations from it on were added or changed, and with them the users
  /// of the values in `changed`.
  void continueAt(mlir::Operation *op, mlir::ValueRange changed);

  /// What the function returns; valid when `next()` is the return.
  std::vector<Tensor> results() const;

private:
  NetworkRun() = default;
  void eraseUnlessNeeded(mlir::Value value);

  /// A value, how often it is used in the network, and how often it was used so far.
  struct Held {
    Tensor tensor;
    int64_t uses = 0, consumed = 0;
  };

  mlir::Operation *nextOp = nullptr;
  llvm::DenseMap<mlir::Value, Held> values;
  llvm::DenseMap<mlir::Value, unsigned> kept;
  int64_t batch = 1;
  int threads = 0;
  Precision precision = Precision::Single;
};

struct InterpreterOptions {
  /// Worker threads for the images of a batch; 0 asks the machine.
  int threads = 0;
  Precision precision = Precision::Single;
  /// Called with every operation's result, in program order.
  std::function<void(mlir::Operation *, const Tensor &)> onResult;
};

/// Runs all of `function`; inputs as for `NetworkRun::start`.
mlir::FailureOr<std::vector<Tensor>> interpret(mlir::func::FuncOp function,
                                               mlir::ArrayRef<Tensor> inputs,
                                               const InterpreterOptions &options = {});

/// What `op` computes from `operands`, or an emitted error.
mlir::FailureOr<Tensor> interpretOperation(mlir::Operation *op, mlir::ArrayRef<Tensor> operands);

/// The same from operands that are all constants.
mlir::FailureOr<Tensor> interpretOnConstants(mlir::Operation *op);

} // namespace tally

#endif // TALLY_RUN_INTERPRETER_H

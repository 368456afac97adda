//===- Evaluate.h - a network on a data set ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_EVALUATE_H
#define TALLY_MEASURE_EVALUATE_H

#include "tally/Data/Accuracy.h"
#include "tally/IR/MulFree.h"
#include "tally/Run/NetworkImages.h"
#include "tally/Target/C/CTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// How inputs become codes and codes become results, from a function's types.
/// Identities on floats.
class Boundary {
public:
  /// Fails, with an emitted error, where inputs or results are not of static shape with one batch
  /// as leading dimension.
  static mlir::FailureOr<Boundary> of(mlir::ModuleOp module);

  /// Images per call.
  int64_t batch() const { return inputs[0].shape[0]; }
  /// Shapes, with the batch.
  std::vector<Shape> inputShapes() const;
  std::vector<Shape> resultShapes() const;

  /// Images, F32, as the network takes them. Black ones fill the last batch.
  std::vector<Tensor> encode(mlir::ArrayRef<Tensor> images) const;
  /// Real values of results, F32.
  std::vector<Tensor> decode(mlir::ArrayRef<Tensor> tensors) const;

private:
  struct Value {
    Shape shape;
    mlir::Type type;
  };
  std::vector<Value> inputs, results;
};

/// Says what of the inputs and results of `entry` will not go image by image, before anyone has
/// calibrated for it: a remark on inputs that nothing uses, a warning of results without a row for
/// each image.
void remarkBoundary(mlir::func::FuncOp entry);

enum class Backend { Reference, Cpu, C, Rtl };

struct EvaluateOptions {
  Backend backend = Backend::Cpu;
  int64_t limit = 0; ///< images, 0 for all
  int threads = 0;
  MulFree mulFree = MulFree::No;
  CTarget target;       ///< what C is emitted for
  bool outputs = false; ///< whether they are wanted
  /// A network with the same inputs and results, whose results are compared.
  mlir::ModuleOp against = nullptr;
};

/// How far a result is from what it is compared with.
struct ResultError {
  std::string name;
  Comparison comparison; ///< of all elements of all images
};

struct Evaluation {
  /// Fractions of images; only with labels, for the first result, and `top5` of more than 5
  /// classes only.
  std::optional<double> top1, top5;
  double seconds = 0;
  int64_t images = 0;
  bool interrupted = false;
  std::optional<int64_t> cycles; ///< of the slowest image, on `Backend::Rtl`
  /// By name, F32 `[images, ...]`; where they are wanted.
  std::vector<std::pair<std::string, Tensor>> outputs;
  /// From the other network and from the targets that the data set has, result by result.
  std::vector<ResultError> against, targets;
};

/// Runs `module` on the images, in order. Labels count for the first result.
mlir::FailureOr<Evaluation> evaluate(mlir::ModuleOp module, const NetworkImages &data,
                                     const EvaluateOptions &options);

} // namespace tally

#endif // TALLY_MEASURE_EVALUATE_H

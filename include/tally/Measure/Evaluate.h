//===- Evaluate.h - a network on a data set ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_EVALUATE_H
#define TALLY_MEASURE_EVALUATE_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Lower/Linalg/PowerArithmetic.h"
#include "tally/Run/NetworkImages.h"

#include "mlir/IR/BuiltinOps.h"
#include <functional>

namespace tally {

/// How inputs become codes and codes become results, from a function's types.
/// Identities on floats.
class Boundary {
public:
  /// Fails, with an emitted error, where the network does not have one input and
  /// one result of static shape with a batch as leading dimension.
  static mlir::FailureOr<Boundary> of(mlir::ModuleOp module);

  /// Images per call.
  int64_t batch() const { return inputShape[0]; }
  const Shape &input() const { return inputShape; }
  /// Results for one image.
  int64_t classes() const;

  /// Images, F32, as the network takes them. Black ones fill the last batch.
  Tensor encode(const Tensor &images) const;
  /// Real values of results, F32.
  Tensor decode(const Tensor &result) const;

private:
  Shape inputShape, resultShape;
  mlir::Type inputType, resultType;
};

enum class Backend { Reference, Cpu, C };

struct EvaluateOptions {
  Backend backend = Backend::Cpu;
  int64_t limit = 0; ///< images, 0 for all
  int threads = 0;
  MulFree mulFree = MulFree::No;
  Core core = Core::Multiplier; ///< what C is emitted for
};

struct Evaluation {
  double top1 = 0, top5 = 0, seconds = 0;
  int64_t images = 0;
  bool interrupted = false;
  Tensor outputs; ///< F32 [images, classes]
  /// The codes themselves, for comparing backends; F32 where the network is float.
  Tensor codes;
};

/// Runs `module` on the images, in order.
mlir::FailureOr<Evaluation> evaluate(mlir::ModuleOp module, const NetworkImages &images,
                                     const EvaluateOptions &options);

} // namespace tally

#endif // TALLY_MEASURE_EVALUATE_H

//===- LayerErrors.h - what each layer adds to the error --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_MEASURE_LAYERERRORS_H
#define TALLY_LIB_MEASURE_LAYERERRORS_H

#include "tally/Measure/CompareLayers.h"
#include "tally/Measure/Evaluate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace tally {

/// Which results stand for layers.
struct LayerResults {
  std::vector<LayerComparison> layers;
  /// What passes a layer's values on, in the integer network and in the float one; null where the
  /// layer is left out.
  struct Pair {
    mlir::Operation *quantized = nullptr, *reference = nullptr;
    /// The layer for which the values are rounded: one that takes them, or this one.
    size_t roundedFor = 0;
  };
  std::vector<Pair> pairs; ///< of each layer
  llvm::DenseMap<mlir::Operation *, size_t> compared;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<size_t>> expected; ///< in the float network
};

/// Runs batches of images and adds to the comparisons of the layers.
class LayerErrors {
public:
  LayerErrors(mlir::func::FuncOp reference, mlir::func::FuncOp quantized, LayerResults &results)
      : reference(reference), quantized(quantized), results(results) {}

  /// `inputs` are images as the float network takes them, `codes` the same for the integer
  /// network, a tensor for each argument; the first `count` images are compared. `alone` says
  /// whether to find what each layer does to the results.
  mlir::LogicalResult add(mlir::ArrayRef<Tensor> inputs, mlir::ArrayRef<Tensor> codes,
                          int64_t count, bool alone);

private:
  using Values = std::vector<float>;
  /// Differences that a layer makes, by the operation of the float network that they come behind.
  using Changes = llvm::DenseMap<mlir::Operation *, Values>;

  mlir::LogicalResult runQuantized(mlir::ArrayRef<Tensor> codes);
  mlir::LogicalResult runForced(mlir::ArrayRef<Tensor> codes, int64_t count);
  mlir::LogicalResult runReference(mlir::ArrayRef<Tensor> inputs, int64_t count, bool alone);
  mlir::LogicalResult runAlone(const class NetworkRun &start, size_t layer);
  void change(Changes &changes, size_t layer, const Values &difference) const;
  static void add(Comparison &to, const Tensor &expected, const Values &got, int64_t count);

  mlir::func::FuncOp reference, quantized;
  LayerResults &results;
  // Of one batch, by layer.
  std::map<size_t, Values> got;
  std::vector<Changes> changes;
  /// What runs with one layer in integers return, until the float network's results are known.
  std::map<size_t, std::vector<Tensor>> returned;
};

/// The real values of a tensor of floats or of codes with one scale; empty for others.
std::vector<float> toReal(mlir::Type type, const Tensor &tensor);

} // namespace tally

#endif // TALLY_LIB_MEASURE_LAYERERRORS_H

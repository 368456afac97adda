//===- CompareLayers.h - where quantization loses ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_COMPARELAYERS_H
#define TALLY_MEASURE_COMPARELAYERS_H

#include "tally/Data/Accuracy.h"
#include "tally/Run/NetworkImages.h"

#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

struct LayerComparison {
  std::string name;      ///< of the layer
  std::string value;     ///< whose results are compared, by its `tally.name`
  Comparison comparison; ///< with the float network
  std::string leftOut;   ///< why the layer is not compared; empty where it is

  /// With what the float layer makes of the inputs that the integer network gives it: what the
  /// layer adds by itself.
  Comparison own;
  /// The results of the float network with those that it would have if this layer alone were in
  /// integers, and the inputs that it takes rounded for it.
  Comparison alone;

  /// For layers with constant weights, else 0. Of an adder layer, both are those of its inputs.
  int inputBits = 0, weightBits = 0;
  std::string layer;      ///< what recipes call it
  std::string arithmetic; ///< "adder", "uniform" or "powers"
};

/// Runs both networks on the first `images` images and compares what the layers of `quantized`
/// pass on, in their order: the last operation of each that carries a `tally.name` of an operation
/// in `reference`, with results of the same size. Sums are left out, their float values are not
/// observable. Fails where no layer can be compared. `alone` takes a run of the float network for
/// each layer and is found on fewer images in deep networks.
mlir::FailureOr<std::vector<LayerComparison>> compareLayers(mlir::ModuleOp reference,
                                                            mlir::ModuleOp quantized,
                                                            const NetworkImages &images,
                                                            int64_t count);

/// The layer that costs the result most and could be wider, and the rule that makes it so.
struct Widening {
  const LayerComparison *layer;
  std::string rule; ///< JSON, for the end of a recipe's "layers"
};
/// None where nothing is lost, or nothing can be wider.
std::optional<Widening> adviseWidening(const std::vector<LayerComparison> &layers);

} // namespace tally

#endif // TALLY_MEASURE_COMPARELAYERS_H

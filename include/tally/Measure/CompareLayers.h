//===- CompareLayers.h - where quantization loses ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_COMPARELAYERS_H
#define TALLY_MEASURE_COMPARELAYERS_H

#include "tally/Data/Accuracy.h"
#include "tally/Run/NetworkImages.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

struct LayerComparison {
  std::string name;  ///< of the layer
  std::string value; ///< whose results are compared, by its `tally.name`
  Comparison comparison;
  std::string leftOut; ///< why the layer is not compared; empty where it is
};

/// Runs both networks on the first `images` images and compares what the layers of `quantized`
/// pass on, in their order: the last operation of each that carries a `tally.name` of an operation
/// in `reference`, with results of the same size. Sums are left out, their float values are not
/// observable. Fails where no layer can be compared.
mlir::FailureOr<std::vector<LayerComparison>> compareLayers(mlir::ModuleOp reference,
                                                            mlir::ModuleOp quantized,
                                                            const NetworkImages &images,
                                                            int64_t count);

} // namespace tally

#endif // TALLY_MEASURE_COMPARELAYERS_H

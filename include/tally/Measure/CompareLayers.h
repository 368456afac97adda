//===- CompareLayers.h - where quantization loses ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_COMPARELAYERS_H
#define TALLY_MEASURE_COMPARELAYERS_H

#include "tally/Data/Accuracy.h"
#include "tally/Data/Dataset.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

struct LayerComparison {
  std::string name;
  Comparison comparison;
};

/// Runs both networks on the first `images` images and compares the results of the
/// operations that carry one `tally.name` in both: the stored results of layers, in the
/// order of `quantized`. Sums are left out, their float values are not observable.
mlir::FailureOr<std::vector<LayerComparison>> compareLayers(mlir::ModuleOp reference,
                                                            mlir::ModuleOp quantized,
                                                            const Dataset &dataset, int64_t images);

} // namespace tally

#endif // TALLY_MEASURE_COMPARELAYERS_H

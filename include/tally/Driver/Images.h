//===- Images.h - which images a job runs on --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_IMAGES_H
#define TALLY_DRIVER_IMAGES_H

#include "tally/Data/Dataset.h"

#include "mlir/IR/BuiltinOps.h"

namespace tally {

struct ImageOptions {
  std::string data;  ///< see Dataset.h
  int64_t limit = 0; ///< at most so many; 0: 500 to calibrate and quantize, all to evaluate
  /// See `DatasetOptions`; where both are empty, those that the network brought from its
  /// file.
  std::vector<float> mean, std;
};

/// Opens the images, normalised as the network wants them.
Result<Dataset> openImages(mlir::ModuleOp module, const ImageOptions &options);

} // namespace tally

#endif // TALLY_DRIVER_IMAGES_H

//===- Images.h - which images a job runs on --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_IMAGES_H
#define TALLY_DRIVER_IMAGES_H

#include "tally/Run/NetworkImages.h"
#include "tally/Support/ImageSize.h"

#include "mlir/IR/BuiltinOps.h"

namespace tally {

struct ImageOptions {
  std::string data;  ///< see Dataset.h
  int64_t limit = 0; ///< at most so many; 0: 500 to calibrate and quantize, all to evaluate
  /// See `DatasetOptions`. Jobs that change a network record them in it; later ones need not say
  /// them again, and may not say others.
  std::vector<float> mean, std;
  bool renormalise = false; ///< others than what is recorded may be given
  /// For folders of images; see Dataset.h, which has them in the text as well. The former is
  /// recorded like `mean` and `std`.
  Scaling scaling = {};
  bool strict = false;

  /// `data` with what is done to images of folders, as passes and `openDataset` take it.
  std::string spec() const;
};

/// Opens at most `limit` images, 0 for all, as the network takes them. A remark says where floats
/// are normalised or images scaled without being told, where bytes are not normalised, and what the
/// classes of a folder are.
Result<NetworkImages> openImages(mlir::ModuleOp module, const ImageOptions &options, int64_t limit);

/// Records in `module` what `options` say of mean, standard deviation and scaling. Whether others
/// were recorded before, which `renormalise` has to allow.
Result<bool> recordImages(mlir::ModuleOp module, const ImageOptions &options);

} // namespace tally

#endif // TALLY_DRIVER_IMAGES_H

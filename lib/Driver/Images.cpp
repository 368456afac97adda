//===- Images.cpp - which images a job runs on ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/Images.h"

#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

ImageOptions normalised(ModuleOp module, ImageOptions options) {
  auto mean = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kMeanAttr);
  auto std = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kStdAttr);
  if (options.data.empty() || !options.mean.empty() || !options.std.empty() || !mean || !std)
    return options;
  options.mean = mean.asArrayRef().vec();
  options.std = std.asArrayRef().vec();
  emitRemark(UnknownLoc::get(module.getContext()))
      << "images are normalised by the network's own mean and std; --mean and --std override "
         "them";
  return options;
}

Result<Dataset> openImages(ModuleOp module, const ImageOptions &options) {
  ImageOptions images = normalised(module, options);
  return openDataset(images.data, {images.mean, images.std});
}

} // namespace tally

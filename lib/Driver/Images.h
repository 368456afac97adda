//===- Images.h - what a network knows about its images ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_IMAGES_H
#define TALLY_LIB_DRIVER_IMAGES_H

#include "tally/Driver/Images.h"

namespace tally {

/// Fills in mean and std that the network brought from its file where there are images and
/// neither is given, and says so in a remark.
ImageOptions normalised(mlir::ModuleOp module, ImageOptions options);

} // namespace tally

#endif // TALLY_LIB_DRIVER_IMAGES_H

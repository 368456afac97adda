//===- Images.h - what jobs look at in images -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_IMAGES_H
#define TALLY_LIB_DRIVER_IMAGES_H

#include "tally/Driver/Images.h"

namespace tally {

/// Warns where the first `limit` images (0: all) are not what `module` is made for; see
/// `warnOfOtherImages`.
void checkImages(mlir::ModuleOp module, const Dataset &images, int64_t limit);

} // namespace tally

#endif // TALLY_LIB_DRIVER_IMAGES_H

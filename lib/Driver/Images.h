//===- Images.h - what jobs look at in images -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_IMAGES_H
#define TALLY_LIB_DRIVER_IMAGES_H

#include "tally/Driver/Images.h"

namespace tally {

/// Says that nobody has said how images are normalised, which is right for few networks that take
/// floats.
void noteUnnormalised(mlir::ModuleOp module);

/// Says that a header's macro from bytes to what the network takes only scales, as nothing more is
/// recorded in `module`. `name` is the prefix of the C names.
void noteBytesInC(mlir::ModuleOp module, const std::string &name);

/// The data of `options` as passes take it, of folders with the scaling that is recorded in
/// `module` where they say none. Fails where they say another one.
Result<std::string> specFor(mlir::ModuleOp module, const ImageOptions &options);

/// Fails where `options` say what is done to images of folders, but name none.
Status expectFolder(const ImageOptions &options);

/// Says how many of the first `limit` images do not fill a batch of the network. To evaluate they
/// are taken nevertheless.
void noteLeftOut(mlir::ModuleOp module, const NetworkImages &images, int64_t limit);

/// Warns where the first `limit` images are not what `module` is made for; see
/// `warnOfOtherImages`. Fails where they cannot be read.
Status checkImages(mlir::ModuleOp module, const NetworkImages &images, int64_t limit);

} // namespace tally

#endif // TALLY_LIB_DRIVER_IMAGES_H

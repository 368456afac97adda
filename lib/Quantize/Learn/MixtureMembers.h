//===- MixtureMembers.h - quantizers that a layer mixes ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_LEARN_MIXTUREMEMBERS_H
#define TALLY_LIB_QUANTIZE_LEARN_MIXTUREMEMBERS_H

#include "Quantize/Recipe/Plan.h"

namespace tally {

/// Those that weights are mixed with, beside the layer's own.
std::vector<QuantizerMember> listFilterMembers(const LayerPlan &plan);

/// Whether inputs of so many bits are mixed with `member`.
bool mixesWith(const QuantizerMember &member, const LayerPlan &plan, int bits);

/// That attention of `layer` has several quantizers to choose among, all of them different.
mlir::LogicalResult checkMembers(mlir::Operation *layer);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_LEARN_MIXTUREMEMBERS_H

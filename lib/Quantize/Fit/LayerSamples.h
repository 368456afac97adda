//===- LayerSamples.h - inputs and outputs of layers, sampled ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_FIT_LAYERSAMPLES_H
#define TALLY_LIB_QUANTIZE_FIT_LAYERSAMPLES_H

#include "Quantize/Network.h"
#include "tally/IR/Window.h"

#include <map>

namespace tally {

/// At most `count` of the `total` output positions (n, oh, ow), one in each of as
/// many equal strata; rising.
std::vector<int64_t> samplePositions(int64_t total, int64_t count);

/// The input under the window at each position, `[positions, KH * KW * count]`, of
/// the channels `first .. first + count`; 0 outside.
std::vector<float> gatherPatches(const Tensor &input, const Window &window,
                                 const Shape &outputShape, mlir::ArrayRef<int64_t> positions,
                                 int64_t first, int64_t count);

/// Rows of the last dimension at `positions`, `[positions, channels]`.
std::vector<float> gatherRows(const Tensor &tensor, mlir::ArrayRef<int64_t> positions);

/// What the float network's layers do on a set of images.
struct LayerSamples {
  std::vector<int64_t> positions;
  /// The layer's input under the window; only where asked for. All channels.
  std::vector<float> patches;
  /// Their results, for adder layers `-sum |x - w|`: `[positions, filters]`.
  std::vector<float> outputs;
  /// What enters the next ReLU behind the layer, if there is one: same shape.
  std::vector<float> activations;
};

/// Runs `network` on `images`, batch by batch, and samples every layer that is `wanted` at up
/// to `count` positions. Keys are layer names.
mlir::FailureOr<std::map<std::string, LayerSamples>>
sampleLayers(mlir::func::FuncOp network, const Tensor &images, int64_t count, bool withPatches,
             llvm::function_ref<bool(mlir::Operation *)> wanted, llvm::StringRef title);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FIT_LAYERSAMPLES_H

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
#include "tally/Support/Parallel.h"

#include <map>

namespace tally {

/// At most `count` of the `total` output positions (n, oh, ow), one in each of as
/// many equal strata; rising.
std::vector<int64_t> samplePositions(int64_t total, int64_t count);

/// The input `[N, H, W, C]` under the window at each position, `[positions, KH * KW * count]`, of
/// the channels `first .. first + count`; `outside` beyond its borders. Floats or bytes.
template <typename T>
std::vector<T> gatherPatches(const T *input, const Shape &shape, T outside, const Window &window,
                             const Shape &outputShape, mlir::ArrayRef<int64_t> positions,
                             int64_t first, int64_t count);

/// The same of a tensor of floats, with 0 outside.
std::vector<float> gatherPatches(const Tensor &input, const Window &window,
                                 const Shape &outputShape, mlir::ArrayRef<int64_t> positions,
                                 int64_t first, int64_t count);

/// Rows of the last dimension at `positions`, `[positions, channels]`.
std::vector<float> gatherRows(const Tensor &tensor, mlir::ArrayRef<int64_t> positions);

/// The transpose of a matrix with `columns` columns.
template <typename T> std::vector<T> transposeMatrix(mlir::ArrayRef<T> matrix, int64_t columns) {
  int64_t rows = matrix.size() / columns;
  std::vector<T> result(matrix.size());
  // In blocks of rows that caches hold.
  constexpr int64_t kRows = 64;
  parallelFor((rows + kRows - 1) / kRows, 0, [&](int64_t block) {
    int64_t begin = block * kRows, end = std::min(rows, begin + kRows);
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t r = begin; r < end; ++r)
        result[c * rows + r] = matrix[r * columns + c];
  });
  return result;
}

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
sampleLayers(mlir::func::FuncOp network, const PassImages &images, int64_t count, bool withPatches,
             llvm::function_ref<bool(mlir::Operation *)> wanted, llvm::StringRef title);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FIT_LAYERSAMPLES_H

//===- LevelWidths.h - how many bits of a quantizer are kept ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_LEVELWIDTHS_H
#define TALLY_QUANTIZE_LEVELWIDTHS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <utility>
#include <vector>

namespace tally {

/// How many masks each quantizer of `network` that has masks keeps, in their order: those before
/// the first that is more likely 0. With `averageBits` above 0, learned ones keep what is most
/// likely while the mean over their weights is at most that, and within 2 % of what is
/// possible (see Math/MaskBudget.h). Emits an error where logits are not constant.
mlir::FailureOr<std::vector<int64_t>> chooseKeptMasks(mlir::ModuleOp network, double averageBits);

/// Masks that are learned, of a quantizer of weights.
struct LearnedMasks {
  size_t index = 0;    ///< in the order of quantizers that have masks
  std::string name;    ///< the parameter of their logits
  int64_t weights = 0; ///< that share them
  int64_t most = 0;    ///< how many there are
};
std::vector<LearnedMasks> listLearnedMasks(mlir::ModuleOp network);

/// The same as `chooseKeptMasks` for a budget of another kind: keeping m of the masks that
/// `listLearnedMasks` has at place i costs `costs[i][m]`, and all of them `budget`
/// at most, or the least there is.
mlir::FailureOr<std::vector<int64_t>>
chooseKeptMasks(mlir::ModuleOp network, mlir::ArrayRef<std::vector<int64_t>> costs, int64_t budget);

/// Gives quantizers that have masks the levels that so many of them leave, and no masks. Fails
/// where there are not as many quantizers, or one has not as many masks.
mlir::LogicalResult narrowLevels(mlir::ModuleOp network, mlir::ArrayRef<int64_t> kept);

/// The bits of weights behind learned masks of which so many are kept, as `chooseKeptMasks` has
/// them, by the weights' names.
std::vector<std::pair<std::string, int64_t>> listLearnedBits(mlir::ModuleOp network,
                                                             mlir::ArrayRef<int64_t> kept);

/// The bits that weights behind learned masks have in expectation, by the masks' names.
std::vector<std::pair<std::string, double>> measureExpectedBits(mlir::ModuleOp network);

} // namespace tally

#endif // TALLY_QUANTIZE_LEVELWIDTHS_H

//===- LearnedQuantizers.h - quantizers as training has them ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_LEARNEDQUANTIZERS_H
#define TALLY_IR_LEARNEDQUANTIZERS_H

#include "tally/IR/Tally.h"

#include <optional>
#include <vector>

namespace tally {

/// Of a `tally.learned_quantizer` of uniform levels: what lies within the levels says nothing of
/// the scale, whose gradient is the outermost level outside and 0 inside. So it learns a clip
/// (PACT).
constexpr llvm::StringLiteral kLearnsClipAttr = "tally.learns_clip";

/// Levels of `type`, uniform or powers of two, with other scales: as many as it has.
mlir::Type withScales(mlir::Type type, mlir::ArrayRef<double> scales);

/// The scales of such a type; none of others.
llvm::SmallVector<double> getLevelScales(mlir::Type type);

/// The dimension that they run along; -1 where there is one for all.
int64_t getScaleAxis(mlir::Type type);

/// Whether scales run along a dimension with zero points of their own.
bool hasZeroPointsAlongAxis(mlir::Type type);

/// Uniform levels from -most to most, with the scales of `type`.
mlir::Type withSteps(mlir::Type type, int64_t most);

/// The levels of what quantizes in training, with scales of 1: a learned quantizer, or one of
/// filters; null of other operations, and of none.
mlir::Type getQuantizerLevels(mlir::Operation *op);

/// Whether codes of its only operand become codes of its result: moved, or the largest of some.
bool keepsCodes(mlir::Operation *op);

/// The learned quantizer whose codes `value` has; null where there is none.
LearnedQuantizerOp findLearned(mlir::Value value);

/// Whether `op` has the codes already that it rounds to: those of a quantizer with its own scale
/// and levels. It is there for types, and passes every gradient on.
bool repeatsCodes(LearnedQuantizerOp op);

/// The share of each member of `op`; none where its logits are not constant.
std::optional<std::vector<double>> getAttention(MixtureOp op);

/// The member that `op` deploys, with that attention.
size_t getDeployedMember(MixtureOp op, llvm::ArrayRef<double> attention);

} // namespace tally

#endif // TALLY_IR_LEARNEDQUANTIZERS_H

//===- TrainingStep.h - loss and gradients of one shard ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function that passes make of a network, and its compiled form. It is pure: what it returns
// depends on its arguments alone.
//
//   arguments   the network's inputs, `targets`, with a teacher `teacher`, with masks `noise`, with
//               intervals `interval:low`, `interval:high` and `interval:share`, parameters, with
//               `take-values` the values of quantized activations
//   results     `loss`, the network's results, statistics, gradients
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_TRAININGSTEP_H
#define TALLY_TRAIN_TRAININGSTEP_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace tally {

/// How names of arguments and results begin; the parameter's own follows.
inline constexpr llvm::StringLiteral kParameterPrefix = "parameter:";
inline constexpr llvm::StringLiteral kGradientPrefix = "gradient:";
inline constexpr llvm::StringLiteral kStatisticPrefix = "statistic:";
inline constexpr llvm::StringLiteral kValuePrefix = "value:";
inline constexpr llvm::StringLiteral kLossName = "loss";
inline constexpr llvm::StringLiteral kTargetsName = "targets";
inline constexpr llvm::StringLiteral kTeacherName = "teacher";
inline constexpr llvm::StringLiteral kNoiseName = "noise";
inline constexpr llvm::StringLiteral kLowName = "interval:low";
inline constexpr llvm::StringLiteral kHighName = "interval:high";
inline constexpr llvm::StringLiteral kIntervalShareName = "interval:share";

struct StepOptions : mlir::PassPipelineOptions<StepOptions> {
  Option<std::string> loss{*this, "loss", llvm::cl::desc("cross_entropy or mean_squared_error"),
                           llvm::cl::init("cross_entropy")};
  Option<double> teacherWeight{*this, "teacher-weight",
                               llvm::cl::desc("how much a teacher's answers count"),
                               llvm::cl::init(0)};
  Option<double> teacherTemperature{*this, "teacher-temperature",
                                    llvm::cl::desc("what results are divided by to learn them"),
                                    llvm::cl::init(4)};
  Option<bool> batchStatistics{*this, "batch-statistics",
                               llvm::cl::desc("normalise by the batch, not by running statistics"),
                               llvm::cl::init(true)};
  Option<bool> intervals{*this, "intervals",
                         llvm::cl::desc("a share of the loss is that of the worst image nearby"),
                         llvm::cl::init(false)};
  Option<bool> takeValues{
      *this, "take-values",
      llvm::cl::desc("take the values of activations from arguments: another network's"),
      llvm::cl::init(false)};
  Option<int64_t> images{*this, "images", llvm::cl::desc("images in a shard"), llvm::cl::init(32)};
};

/// Float network -> training step.
void buildStepPipeline(mlir::OpPassManager &manager, const StepOptions &options);

/// Registers it as `tally-training-step`.
void registerTrainPipelines();

} // namespace tally

#endif // TALLY_TRAIN_TRAININGSTEP_H

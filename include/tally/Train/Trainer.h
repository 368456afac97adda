//===- Trainer.h - a network learns from images -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch is cut into shards of a fixed size. Threads take shards, not parts of them; gradients,
// losses and statistics are added in the order of shards. So the same seed makes the same network
// on any number of threads, and after any interruption.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_TRAINER_H
#define TALLY_TRAIN_TRAINER_H

#include "tally/Run/NetworkImages.h"
#include "tally/Train/CompiledStep.h"
#include "tally/Train/IntegerForward.h"
#include "tally/Train/MaskCosts.h"
#include "tally/Train/Ranks.h"
#include "tally/Train/Update.h"

#include <map>
#include <memory>
#include <set>

namespace tally {

/// Where training is. All of it is in a checkpoint.
struct TrainProgress {
  int64_t epoch = 0; ///< whole ones
  int64_t step = 0;  ///< within the next
  double loss = 0;   ///< of the next: sum of the batches' losses
  int64_t right = 0; ///< of its images
};

struct TrainerOptions {
  TrainPlan plan;
  uint64_t seed = 0;
  int64_t epochs = 1;
  int threads = 1;
  CpuTarget target = CpuTarget::host(); ///< that code is made for; runs here
  Ranks ranks;                          ///< who have joined
};

/// Emits an error where a label of `dataset` is no class of the network, whose first result has a
/// row of classes for each image.
mlir::LogicalResult checkClasses(mlir::func::FuncOp entry, const Dataset &dataset);

class Trainer {
public:
  /// For the float network `module`, which is not changed until `store`; `teacher` answers beside
  /// the labels where the plan says so. Emits an error where it cannot be trained or the images do
  /// not fit.
  static mlir::FailureOr<Trainer> create(mlir::ModuleOp module, mlir::ModuleOp teacher,
                                         const NetworkImages &images,
                                         const TrainerOptions &options);

  int64_t stepsPerEpoch() const { return images->size() / plan.batch; }
  const TrainProgress &progress() const { return now; }
  /// The epoch that the last step ended; its `step` is the number of its steps.
  const TrainProgress &finished() const { return last; }

  /// The next batch. Emits an error where the loss is no finite number, with the layer whose
  /// gradient was none first.
  mlir::LogicalResult step();

  /// Whether this process or another rank was told to end before the last step was done.
  bool isEnding() const { return ending; }

  /// Spent so far on making code for steps.
  double secondsCompiling() const { return compiling; }

  /// Bytes that each thread needs: the compiled step's memory and one shard.
  int64_t memoryOfThread() const { return code->memory(); }

  /// Whether the forward pass is the integer network's by now: quantizers and statistics do not
  /// change any more.
  bool frozen() const { return isFrozen; }

  /// The rate of the next step.
  double rate() const;
  /// Puts parameters and statistics into the module.
  void store() const;
  /// Takes one quantizer of those that attention mixes, if there are any left, and says where it
  /// chose none. For the end: no step may follow.
  mlir::LogicalResult takeMembers();
  /// Which members were taken, in the order of mixtures; empty while they are mixed.
  const std::vector<int64_t> &getChosen() const { return chosen; }
  /// As a run did that had taken these. Fails where there are not as many mixtures.
  mlir::LogicalResult collapseTo(const std::vector<int64_t> &members);

  /// Takes the bits that masks keep, if there are any left. For the end: no step may follow.
  mlir::LogicalResult takeBits();
  /// How many masks quantizers kept, in their order; empty while they are drawn.
  const std::vector<int64_t> &getKept() const { return kept; }
  /// As a run did that had kept so many. Fails where there are not as many quantizers with masks.
  mlir::LogicalResult narrowTo(const std::vector<int64_t> &masks);

  /// Values of scales by name: the smallest of each.
  std::vector<std::pair<std::string, double>> scales() const;

  /// What a checkpoint holds beside the network.
  const std::vector<Tensor> &getMoments() const { return moments; }
  /// Takes parameters from the module again, and goes on from `progress`.
  void restore(const TrainProgress &progress, std::vector<Tensor> moments);

  const std::vector<CompiledStep::Slot> &parameters() const { return code->parameters(); }
  const std::vector<CompiledStep::Slot> &statistics() const { return code->statistics(); }

private:
  mlir::LogicalResult load(Shard &shard, int64_t first, mlir::ArrayRef<int64_t> order);
  void drawNoise(Shard &shard) const;
  void copyImage(const Tensor &from, int64_t row, int64_t image, Tensor &to) const;
  Certification::Now getIntervals() const;
  mlir::LogicalResult loadIntervals(Shard &shard, int64_t row, int64_t image) const;
  mlir::LogicalResult loadTargets(Shard &shard, int64_t row, int64_t image);
  mlir::FailureOr<CompiledStep> compile();
  mlir::LogicalResult enterPhase(double done);
  mlir::LogicalResult freeze();
  mlir::LogicalResult rebuild();
  void tellBits();
  mlir::FailureOr<std::vector<int64_t>> chooseMasks() const;
  mlir::LogicalResult measureCosts();
  mlir::LogicalResult prepareUpdate();
  mlir::LogicalResult takeIntegers();
  void makeWorkspaces();
  mlir::LogicalResult runShard(int64_t index, CompiledStep::Workspace &workspace);
  mlir::LogicalResult runShards();
  void shareShards();
  void addGradients();
  void addStatistics();
  mlir::LogicalResult checkFinite(double loss) const;
  mlir::LogicalResult checkUpdate() const;
  void warnOfDivergence(double loss, const std::vector<Tensor> &before);
  void warnOfShrunkScales();

  mlir::ModuleOp module;
  const NetworkImages *images = nullptr;
  TrainPlan plan;
  uint64_t seed = 0;
  int64_t epochs = 0;
  int threads = 0;
  CpuTarget target;
  Ranks ranks;
  bool ending = false;
  std::optional<CompiledStep> code;
  double compiling = 0;
  bool isFrozen = false;
  std::optional<ModuleCopy> integers; ///< of this step; in the last phase
  std::optional<Update> update;
  std::optional<MaskCosts> costs; ///< where a budget steers bits
  /// Of members of mixtures, by their attention; where they are not their bits.
  std::map<std::string, std::vector<double>> memberCosts;
  std::optional<JitNetwork> teacher;
  std::vector<int64_t> chosen, kept;   ///< members of mixtures; masks of quantizers
  std::map<std::string, Tensor> first; ///< parameters before the first step
  std::vector<float> border;           ///< black, for each channel
  std::vector<Tensor> parameters_, statistics_, moments, gradients;
  std::vector<Shard> shards;
  std::vector<CompiledStep::Workspace> workspaces; ///< one for each thread
  std::vector<int64_t> order;                      ///< of the images of this epoch
  TrainProgress now, last;
  std::optional<double> firstLoss; ///< of this run
  bool hasDiverged = false;        ///< which was said
  std::set<std::string> shrunk;    ///< scales of which that was said
};

} // namespace tally

#endif // TALLY_TRAIN_TRAINER_H

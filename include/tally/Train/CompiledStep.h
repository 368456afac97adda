//===- CompiledStep.h - loss and gradients by compiled code -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_COMPILEDSTEP_H
#define TALLY_TRAIN_COMPILEDSTEP_H

#include "tally/Data/Tensor.h"
#include "tally/Target/Cpu/Jit.h"
#include "tally/Train/TrainingStep.h"

#include <optional>
#include <string>
#include <vector>

namespace tally {

/// How a parameter is learned.
enum class ParameterClass {
  Weight,      ///< of products: decays
  AdderWeight, ///< of absolute differences: decays, with a learning rate of its layer's own
  Scale,       ///< of a learned quantizer: stays above 0
  Sigma,       ///< of one with probabilities: likewise
  Span,        ///< a scale that follows the largest weight
  Fraction,    ///< numbers of fractional bits
  Attention,   ///< logits of quantizers that are mixed
  Masks,       ///< logits of bits that are kept
  Other,       ///< biases, factors and offsets of channels
};

/// What one shard reads and writes.
struct Shard {
  std::vector<Tensor> inputs; ///< one for each input of the network
  Tensor targets;             ///< of the shape of the first result
  Tensor teacher;             ///< likewise; with a teacher only
  Tensor noise;               ///< a number for each mask; with masks only
  /// With intervals only: images at the low and the high end, and the share of the loss.
  std::vector<Tensor> around;
  std::vector<Tensor> values; ///< of quantized activations, with `take-values`; the caller's
  double leastLoss = 0; ///< part of the loss that no network is without: the teacher's entropy
  float loss = 0;
  std::vector<Tensor> results;               ///< of the network
  std::vector<Tensor> statistics, gradients; ///< in the order of the step's names
};

/// A training step of a network, compiled for this machine. Calls on different shards are safe
/// from several threads at once.
class CompiledStep {
public:
  /// A parameter that is learned, or a statistic that is taken from batches.
  struct Slot {
    std::string name; ///< that of the parameter in the module
    Shape shape;
    ParameterClass kind = ParameterClass::Other; ///< of parameters
    /// What gradients of scales are multiplied by: 1 / sqrt(n q) for n elements of an image or a
    /// filter that share the scale and the outermost level q (LSQ: Esser et al., 2020).
    double factor = 1;
    /// Of `Span`: the parameter whose largest magnitude is `outermost` scales, and the dimension
    /// that scales run along, or -1. Of `Fraction`: the filter, its largest code, its channels.
    std::string of = {};
    double outermost = 1;
    int64_t axis = -1;
    /// Of `Masks`: how many weights they are of, and what each mask adds to the bits that are
    /// steered; empty for a bit each.
    int64_t weights = 0;
    std::vector<double> steps = {};
    /// Of `Attention`: what a member costs, (bits / fewest bits)^2 unless others are given.
    std::vector<double> costs = {};
    /// Of `Fraction`: products of the layer, times the bits of their inputs.
    double bitProducts = 0;
  };

  /// Of a float network, which is not changed, for `target`, which runs here. Emits an error where
  /// it cannot be differentiated.
  static mlir::FailureOr<CompiledStep> create(mlir::ModuleOp network, const StepOptions &options,
                                              const CpuTarget &target);

  const std::vector<Slot> &parameters() const { return learned; }
  const std::vector<Slot> &statistics() const { return taken; }

  /// Takes how parameters are learned from another step of the same network.
  void keepClasses(const std::vector<Slot> &others);
  /// Images in a shard.
  int64_t images() const { return targets[0]; }
  bool hasTeacher() const { return !teacher.empty(); }
  bool hasMasks() const { return !noise.empty(); }
  bool hasIntervals() const { return !around.empty(); }

  Shard makeShard() const;
  /// Bytes that a thread needs to run it: a workspace and a shard.
  int64_t memory() const;
  /// Memory for one call at a time, whatever shard it is for.
  using Workspace = std::vector<char>;
  Workspace makeWorkspace() const;
  /// `parameters` in the order of `parameters()`, F32.
  void run(const std::vector<Tensor> &parameters, Shard &shard, Workspace &workspace) const;

private:
  std::optional<JitNetwork> code;
  std::vector<Slot> learned, taken;
  std::vector<Shape> inputs, around, values, results;
  Shape targets, teacher, noise;
};

/// How each parameter of `step`, the module that `buildStepPipeline` made, is learned: by name,
/// with its shape, in the order of its arguments.
std::vector<CompiledStep::Slot> listParameters(mlir::ModuleOp step);

} // namespace tally

#endif // TALLY_TRAIN_COMPILEDSTEP_H

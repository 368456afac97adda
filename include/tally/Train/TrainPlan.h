//===- TrainPlan.h - what a recipe says of training -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The object `train` of a recipe; docs/Recipes.md lists its keys. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_TRAINPLAN_H
#define TALLY_TRAIN_TRAINPLAN_H

#include "tally/Cost/CostKind.h"
#include "tally/Train/Sampler.h"
#include "tally/Train/Schedule.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tally {

enum class Optimizer { Sgd, Adam };
enum class Loss { CrossEntropy, MeanSquaredError };

/// Learning from what the float network answers, beside the labels:
///
///   loss = (1 - weight) * loss(labels)
///          + weight * temperature^2 * KL(softmax(teacher / temperature), softmax(logits /
///          temperature))
struct Distillation {
  double weight = 0; ///< 0: no teacher
  double temperature = 4;
};

/// How quantizers that are mixed by attention become one (DQA). Attention is
/// softmax(alpha / T), with T = start * (end / start)^(s / (until * steps)) in step s; after each
/// step alpha is divided by its deviation. From `until` on one quantizer is left.
struct Attention {
  double start = 2, end = 0.03;
  double until = 0.5; ///< share of all steps
  double rate = 1;    ///< of alpha, times the rate, by plain gradients
  /// In the loss, for the mean over mixtures of the mean by attention of what members cost.
  double penalty = 0;
  /// (bits / fewest bits)^2, or the energy of their layers' sums, as a multiple of the least.
  enum class Penalty { Bits, Energy } penaltyOn = Penalty::Bits;

  double temperature(int64_t step, int64_t steps) const;
};

/// How many bits weights get where masks learn that. In the loss, with E the mean of the bits that
/// weights have in expectation:
///
///   strength / 2 * (E - average)^2
///
/// From `until` on each layer has the bits that masks chose, at most `average` of them in the mean.
struct LearnedBits {
  double average = 3;
  double strength = 1;
  double rate = 10; ///< of the masks' logits, times the rate, by natural gradients
  /// Share of all steps; also where masks are not learned, and bits are dropped until then.
  double until = 0.7;
};

/// What bits of weights cost where their fractional bits are learned (HGQ). With EBOPs, the sum
/// over all products of the bits of the weight, without a sign, times those of the input, the loss
/// has in addition
///
///   beta * EBOPs / sum over products of the bits of the input
///
/// or beta times the mean number of bits. It rises to that until `until`, a share of all steps.
struct BitCost {
  double beta = 0.02;
  double until = 0.5;
  double rate = 0.5; ///< of fractional bits, times the rate; a layer's gradient is evened in size

  double at(int64_t step, int64_t steps) const;
};

/// What the network may cost whose bits are learned, in place of their average.
struct CostBudget {
  CostKind kind = CostKind::Bytes;
  double most = 0; ///< 0: no budget
};

/// How far classes are to hold. In step s of `steps` a share of the loss is that of the worst image
/// whose pixels, 0 to 1, differ by at most a radius; both rise from nothing at `from` to what is
/// said here at `until`, shares of all steps:
///
///   loss = (1 - share) * loss(labels) + share * cross_entropy(bounds of the margins)
struct Certification {
  double radius = 0; ///< 0: no such part
  double weight = 0.5;
  double from = 0, until = 0.5;

  struct Now {
    double radius, share;
  };
  Now at(int64_t step, int64_t steps) const;
};

/// How a network is trained. The defaults are those of recipes.
struct TrainPlan {
  Loss loss = Loss::CrossEntropy;
  double smoothing = 0; ///< targets are 1 - smoothing + smoothing / K and smoothing / K
  Distillation distill;

  Optimizer optimizer = Optimizer::Sgd;
  double momentum = 0.9;             ///< of SGD
  double beta1 = 0.9, beta2 = 0.999; ///< of Adam: decay of the two moments
  double epsilon = 1e-8;             ///< of Adam
  double decay = 1e-4;               ///< of weights: added to the gradient, times the weight
  /// Its rate has a default for each optimizer: 0.02, of Adam 0.001.
  Schedule schedule;
  double scaleRate = 0.1; ///< of learned scales, times the rate
  double adderRate = 0.1; ///< eta: gradients F of adder layers become eta * sqrt(n) / ||F||_2 * F
  Attention attention;
  LearnedBits bits;
  BitCost ebops;
  CostBudget budget;
  Certification certified;
  double freeze = 0.95; ///< share of all steps after which quantizers do not change any more

  int64_t batch = 128; ///< images of a step, a multiple of `shard`
  int64_t shard = 32;  ///< images of one call of the compiled step
  Augmentation augmentation;
};

/// Reads `train`; what it does not say has the default. `where` begins errors, which name the key
/// and what it may be. Keys that would have no effect beside others, such as `beta1` without Adam,
/// are errors as unknown ones are.
Result<TrainPlan> readTrainPlan(const nlohmann::json &train, const std::string &where);

/// The same from JSON text. Empty text is a recipe without `train`.
Result<TrainPlan> parseTrainPlan(const std::string &text, const std::string &where);

/// What `train` may say, for people: `augment.shift` is key `shift` of the object `augment`.
struct TrainKeyRow {
  std::string name, values, standard, about;
};
std::vector<TrainKeyRow> listTrainKeys();

} // namespace tally

#endif // TALLY_TRAIN_TRAINPLAN_H

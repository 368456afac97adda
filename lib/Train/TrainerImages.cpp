//===- TrainerImages.cpp - what a shard learns from -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Trainer.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

LogicalResult Trainer::loadTargets(Shard &shard, int64_t row, int64_t image) {
  int64_t size = shard.targets.size() / shard.targets.dim(0);
  float *to = shard.targets.data<float>() + row * size;
  if (plan.loss == Loss::CrossEntropy) {
    float rest = float(plan.smoothing / double(size));
    std::fill_n(to, size, rest);
    to[images->dataset().label(image)] += float(1 - plan.smoothing);
    return success();
  }
  FailureOr<std::optional<Tensor>> wanted = images->loadTargets(0, image, 1);
  if (failed(wanted))
    return failure();
  if (!*wanted)
    return module.emitError() << "'" << images->dataset().spec()
                              << "' has no targets to train by: mean_squared_error requires "
                                 "what the network is to return";
  std::copy_n((*wanted)->data<float>(), size, to);
  return success();
}

/// Rows of probabilities, of scores at a temperature. Returns the mean of their entropies.
static double softmax(const Tensor &scores, double temperature, Tensor &to) {
  int64_t rows = scores.dim(0), classes = scores.size() / rows;
  double entropy = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const float *from = scores.data<float>() + row * classes;
    double largest = *std::max_element(from, from + classes), sum = 0;
    std::vector<double> parts(classes);
    for (int64_t c = 0; c < classes; ++c)
      sum += parts[c] = std::exp((from[c] - largest) / temperature);
    for (int64_t c = 0; c < classes; ++c) {
      double p = parts[c] / sum;
      to.data<float>()[row * classes + c] = float(p);
      entropy -= p > 0 ? p * std::log(p) / double(rows) : 0;
    }
  }
  return entropy;
}

/// The same for all shards of a step: of 23 random bits the middle of what they stand for.
void Trainer::drawNoise(Shard &shard) const {
  uint64_t step = uint64_t(now.epoch * stepsPerEpoch() + now.step);
  for (int64_t i = 0; i < shard.noise.size(); ++i) {
    constexpr int kBits = 23;
    float bits = float(hash(seed, step, uint64_t(i), Purpose::Noise) >> (64 - kBits));
    shard.noise.data<float>()[i] = (bits + 0.5f) / float(1 << kBits);
  }
}

/// As `augmentation` says, into `row`.
void Trainer::copyImage(const Tensor &from, int64_t row, int64_t image, Tensor &to) const {
  int64_t size = from.size();
  if (border.empty())
    std::copy_n(from.data<float>(), size, to.data<float>() + row * size);
  else
    augment(from.data<float>(), images->dataset().imageShape(), plan.augmentation, border, seed,
            now.epoch, image, to.data<float>() + row * size);
}

Certification::Now Trainer::getIntervals() const {
  return plan.certified.at(now.epoch * stepsPerEpoch() + now.step, epochs * stepsPerEpoch());
}

/// Shifted and flipped as the image is.
LogicalResult Trainer::loadIntervals(Shard &shard, int64_t row, int64_t image) const {
  Certification::Now wanted = getIntervals();
  FailureOr<ImagesAround> around = images->loadAround(image, 1, wanted.radius);
  if (failed(around))
    return failure();
  copyImage(around->low, row, image, shard.around[0]);
  copyImage(around->high, row, image, shard.around[1]);
  shard.around[2].data<float>()[0] = float(wanted.share);
  return success();
}

LogicalResult Trainer::load(Shard &shard, int64_t first, ArrayRef<int64_t> order) {
  for (int64_t row = 0; row < code->images(); ++row) {
    int64_t image = order[first + row];
    FailureOr<std::vector<Tensor>> one = images->load(image, 1);
    if (failed(one))
      return failure();
    for (auto [to, from] : llvm::zip_equal(shard.inputs, *one))
      copyImage(from, row, image, to);
    if (code->hasIntervals() && failed(loadIntervals(shard, row, image)))
      return failure();
    if (failed(loadTargets(shard, row, image)))
      return failure();
  }
  if (code->hasMasks())
    drawNoise(shard);
  if (teacher)
    shard.leastLoss =
        (1 - getIntervals().share) * plan.distill.weight * plan.distill.temperature *
        plan.distill.temperature *
        softmax(teacher->run(shard.inputs).front(), plan.distill.temperature, shard.teacher);
  return success();
}

} // namespace tally

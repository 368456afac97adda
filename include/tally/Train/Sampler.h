//===- Sampler.h - order, shifts, flips and noise from counters -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is random in training is a function of a seed and of where it is used. There is no state:
// nothing to save in a checkpoint, and neither threads nor the order of calls matter. Only integers
// and exact floats are computed, so that every machine and library gets the same. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_SAMPLER_H
#define TALLY_TRAIN_SAMPLER_H

#include "tally/Data/Dataset.h"

#include <cstdint>
#include <vector>

namespace tally {

/// What random bits are for. The numbers are part of what a seed stands for: none may change.
enum class Purpose : uint64_t {
  Order = 1,      ///< position: of the image in the data set
  ShiftDown = 2,  ///< likewise
  ShiftRight = 3, ///< likewise
  Flip = 4,       ///< likewise
  Noise = 5,      ///< epoch: the step; position: of the number in the noise of that step
  Initial = 6,    ///< epoch: the parameter; position: of the number in it
};

/// 64 random bits. With `mix` the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable
/// Pseudorandom Number Generators, 2014; constants of its variant 13 by Stafford) and g its odd
/// constant 2^64 / golden ratio:
///
///   h0 = 0,  h = mix((h xor word) + g)  for the words seed, purpose, epoch, position
///
/// `mix` is a bijection, so no two positions of an epoch have the same bits.
uint64_t hash(uint64_t seed, uint64_t epoch, uint64_t position, Purpose purpose);

/// A number in [0, 1), a multiple of 2^-24: the highest bits of a hash.
float uniform01(uint64_t bits);

/// A number in 0..count-1 from the highest 32 bits of a hash, with floor(bits * count / 2^32). No
/// number is more likely than another by more than a factor of 1 + count / 2^32.
uint32_t uniformBelow(uint64_t bits, uint32_t count);

/// The images of an epoch, each of `count` once: in the order of their hashes.
std::vector<int64_t> epochOrder(uint64_t seed, uint64_t epoch, int64_t count);

/// What is done to an image before it is learned from.
struct Augmentation {
  int64_t shift = 0; ///< at most so many pixels in each direction
  bool flip = false; ///< from left to right, with probability 1/2
};

/// Fails for images `[H, W, C]` that cannot be shifted so far and still show anything.
Status checkAugmentation(const Augmentation &augmentation, const Shape &image);

/// Where an image goes: every pixel (y, x) to (y + down, x + right), and then, if it is flipped,
/// to column W - 1 - x.
struct Placement {
  int64_t down = 0, right = 0;
  bool isFlipped = false;
};

/// `down` and `right` are equally likely in -shift..shift. `image` is
/// the position in the data set, so what happens to an image does not depend on its batch.
Placement drawPlacement(const Augmentation &augmentation, uint64_t seed, uint64_t epoch,
                        int64_t image);

/// Copies an image `[H, W, C]` to where `placement` says; what it leaves free becomes `border`, a
/// value for each channel.
void placeImage(const float *from, const Shape &shape, const Placement &placement,
                const std::vector<float> &border, float *to);

/// `placeImage` where `drawPlacement` says.
void augment(const float *from, const Shape &shape, const Augmentation &augmentation,
             const std::vector<float> &border, uint64_t seed, uint64_t epoch, int64_t image,
             float *to);

/// What a black pixel is for the network: (0 - mean) / std of each channel, to the bit as data
/// sets have it.
std::vector<float> getBlackPixel(const DatasetOptions &options, int64_t channels);

} // namespace tally

#endif // TALLY_TRAIN_SAMPLER_H

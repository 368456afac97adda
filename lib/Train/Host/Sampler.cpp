//===- Sampler.cpp - order, shifts, flips and noise from counters ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Sampler.h"

#include <algorithm>
#include <cassert>

namespace tally {

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

uint64_t hash(uint64_t seed, uint64_t epoch, uint64_t position, Purpose purpose) {
  uint64_t h = 0;
  for (uint64_t word : {seed, uint64_t(purpose), epoch, position})
    h = mix((h ^ word) + 0x9E3779B97F4A7C15u);
  return h;
}

float uniform01(uint64_t bits) { return float(bits >> 40) * 0x1p-24f; }

uint32_t uniformBelow(uint64_t bits, uint32_t count) {
  assert(count > 0 && "there is no number below 0");
  return uint32_t((bits >> 32) * count >> 32);
}

std::vector<int64_t> epochOrder(uint64_t seed, uint64_t epoch, int64_t count) {
  // Hashes differ, so any correct sort gives the same order.
  std::vector<std::pair<uint64_t, int64_t>> keys(count);
  for (int64_t image = 0; image < count; ++image)
    keys[image] = {hash(seed, epoch, image, Purpose::Order), image};
  std::sort(keys.begin(), keys.end());
  std::vector<int64_t> order(count);
  for (int64_t i = 0; i < count; ++i)
    order[i] = keys[i].second;
  return order;
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

Status checkAugmentation(const Augmentation &augmentation, const Shape &image) {
  bool wanted = augmentation.shift > 0 || augmentation.flip;
  if (wanted && image.size() != 3)
    return Error{"'augment' requires images of height, width and channels, but got " +
                 toText(image)};
  if (wanted && augmentation.shift >= std::min(image[0], image[1]))
    return Error{"'augment' requires 'shift' below height and width of the images, but got " +
                 std::to_string(augmentation.shift) + " and images " + toText(image)};
  return Done();
}

Placement drawPlacement(const Augmentation &augmentation, uint64_t seed, uint64_t epoch,
                        int64_t image) {
  auto shift = [&](Purpose purpose) {
    uint32_t count = uint32_t(2 * augmentation.shift + 1);
    return int64_t(uniformBelow(hash(seed, epoch, image, purpose), count)) - augmentation.shift;
  };
  Placement placement;
  placement.down = shift(Purpose::ShiftDown);
  placement.right = shift(Purpose::ShiftRight);
  placement.isFlipped =
      augmentation.flip && uniformBelow(hash(seed, epoch, image, Purpose::Flip), 2) == 1;
  return placement;
}

void placeImage(const float *from, const Shape &shape, const Placement &placement,
                const std::vector<float> &border, float *to) {
  assert(shape.size() == 3 && int64_t(border.size()) == shape[2] && "a value for each channel");
  int64_t height = shape[0], width = shape[1], channels = shape[2];
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x, to += channels) {
      int64_t fromY = y - placement.down;
      int64_t fromX = (placement.isFlipped ? width - 1 - x : x) - placement.right;
      bool isInside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
      const float *pixel = isInside ? from + (fromY * width + fromX) * channels : border.data();
      std::copy(pixel, pixel + channels, to);
    }
}

void augment(const float *from, const Shape &shape, const Augmentation &augmentation,
             const std::vector<float> &border, uint64_t seed, uint64_t epoch, int64_t image,
             float *to) {
  placeImage(from, shape, drawPlacement(augmentation, seed, epoch, image), border, to);
}

std::vector<float> getBlackPixel(const DatasetOptions &options, int64_t channels) {
  constexpr int64_t kBytes = 256;
  std::vector<float> table = tabulateBytes(options, channels), pixel;
  for (int64_t c = 0; c < channels; ++c)
    pixel.push_back(table[c * kBytes]);
  return pixel;
}

} // namespace tally

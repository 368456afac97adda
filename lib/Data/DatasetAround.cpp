//===- DatasetAround.cpp - images that differ little ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Dataset.h"

#include "DatasetFormats.h"

#include <algorithm>
#include <limits>

namespace tally {

namespace {

/// The ends of an interval of pixels, as floats.
struct Ends {
  float low, high;
};

/// A radius above 0 is wider by the rounding of a pixel, of the same pixel perturbed, and of the
/// end, each half a unit of single precision just below 1 at most: bytes that differ by k are
/// within k / 255, whoever divides them.
Ends around(double pixel, double radius, double most) {
  if (radius == 0)
    return {float(pixel), float(pixel)};
  radius += most * double(std::numeric_limits<float>::epsilon());
  return {std::max(float(pixel - radius), 0.0f), std::min(float(pixel + radius), float(most))};
}

} // namespace

Result<ImagesAround> Dataset::imagesAround(int64_t start, int64_t size, double radius) const {
  constexpr int64_t kBytes = 256;
  // Integers are bytes as they are, so a pixel of 1 is 255.
  if (integers && (integers->lowest != 0 || integers->highest != kBytes - 1))
    return Error{"the network takes integers from " + std::to_string(integers->lowest) + " to " +
                 std::to_string(integers->highest) + ", which are no pixels between 0 and 1"};
  const double most = integers ? double(kBytes - 1) : 1.0, reach = radius * most;
  const int64_t channels = shape[2], perImage = numElements(shape);
  const Shape all = {size, shape[0], shape[1], channels};
  auto normalised = [&](float value, int64_t c) {
    return integers ? value : (value - mean[c]) / std[c];
  };
  ImagesAround result{Tensor(ElementType::F32, all), Tensor(ElementType::F32, all)};
  if (type == ElementType::U8) {
    std::vector<float> low, high;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t byte = 0; byte < kBytes; ++byte) {
        Ends ends = around(integers ? float(byte) : float(byte) / 255.0f, reach, most);
        low.push_back(normalised(ends.low, c));
        high.push_back(normalised(ends.high, c));
      }
    if (Status read = convertStored(start, size, low, result.low.data<float>()); !read)
      return read.error();
    if (Status read = convertStored(start, size, high, result.high.data<float>()); !read)
      return read.error();
    return result;
  }
  float *low = result.low.data<float>(), *high = result.high.data<float>();
  return dispatch(type, [&](auto tag) -> Result<ImagesAround> {
    const auto *from =
        reinterpret_cast<const decltype(tag) *>(pixels.get()) + (first + start) * perImage;
    for (int64_t i = 0, e = size * perImage; i < e; ++i) {
      float pixel = float(from[i]);
      if (!(pixel >= 0 && double(pixel) <= most))
        return Error{name(start + i / perImage) + " holds " + std::to_string(pixel) +
                     " at element " + std::to_string(i % perImage) +
                     ", which is no pixel between 0 and " + std::to_string(int64_t(most)) +
                     "; hint: give images that are not normalised yet, with --mean and --std"};
      Ends ends = around(pixel, reach, most);
      low[i] = normalised(ends.low, i % channels);
      high[i] = normalised(ends.high, i % channels);
    }
    return result;
  });
}

} // namespace tally

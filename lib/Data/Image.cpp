//===- Image.cpp - one image file -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Image.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tally {

static Result<Image> decode(std::string_view file, bool check) {
  if (file.substr(0, 3) == "\xff\xd8\xff")
    return decodeJpeg(file, check);
  if (file.substr(0, 8) == "\x89PNG\r\n\x1a\n")
    return decodePng(file);
  if (file.empty())
    return Error{"is empty"};
  return Error{"begins like neither JPEG nor PNG"};
}

Result<Image> decodeImage(std::string_view file) { return decode(file, /*check=*/false); }

Result<Image> checkImage(std::string_view file) {
  Result<Image> image = decode(file, /*check=*/true);
  if (image)
    image->pixels.clear();
  return image;
}

Image withChannels(Image image, int64_t channels) {
  if (image.channels == channels)
    return image;
  Image result{image.height, image.width, channels, {}};
  result.pixels.reserve(image.height * image.width * channels);
  const uint8_t *from = image.pixels.data();
  for (int64_t i = 0, e = image.height * image.width; i < e; ++i, from += image.channels)
    if (channels == 3)
      result.pixels.insert(result.pixels.end(), 3, *from);
    else
      result.pixels.push_back(
          uint8_t((from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + (1 << 15)) >> 16));
  return result;
}

void scaleSides(int64_t &height, int64_t &width, ImageSize size) {
  if (size.width) {
    height = size.height, width = size.width;
    return;
  }
  int64_t &shorter = height < width ? height : width;
  int64_t &longer = height < width ? width : height;
  longer = int64_t(double(size.height * longer) / double(shorter));
  shorter = size.height;
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

namespace {

/// The pixels that one pixel of the result is made of, and how much each counts.
struct Taps {
  int64_t first = 0;
  std::vector<int32_t> weights;
};

} // namespace

static constexpr int kFraction = 22;

/// Of every pixel of a side that is scaled from `from` to `to` pixels.
static std::vector<Taps> computeTaps(int64_t from, int64_t to) {
  std::vector<Taps> taps(to);
  double scale = double(from) / double(to), width = std::max(scale, 1.0);
  for (int64_t i = 0; i < to; ++i) {
    double centre = (double(i) + 0.5) * scale;
    int64_t first = std::max<int64_t>(0, int64_t(std::floor(centre - width + 0.5)));
    int64_t end = std::min(from, int64_t(std::floor(centre + width + 0.5)));
    std::vector<double> weights;
    double sum = 0, inverse = 1.0 / width;
    for (int64_t x = first; x < end; ++x) {
      double distance = std::fabs((double(x) - centre + 0.5) * inverse);
      weights.push_back(distance < 1 ? 1 - distance : 0);
      sum += weights.back();
    }
    taps[i].first = first;
    for (double weight : weights) // none is negative
      taps[i].weights.push_back(
          int32_t(std::floor((sum != 0 ? weight / sum : weight) * (1 << kFraction) + 0.5)));
  }
  return taps;
}

/// Scales one line of pixels: `channels` bytes each, `step` bytes from one pixel to the next.
static void scaleSide(const uint8_t *from, uint8_t *to, const std::vector<Taps> &taps, int64_t step,
                      int64_t channels) {
  for (const Taps &tap : taps) {
    for (int64_t c = 0; c < channels; ++c) {
      const uint8_t *pixel = from + tap.first * step + c;
      int32_t sum = 1 << (kFraction - 1);
      for (int32_t weight : tap.weights) {
        sum += *pixel * weight;
        pixel += step;
      }
      to[c] = uint8_t(std::clamp(sum >> kFraction, 0, 255));
    }
    to += step;
  }
}

static Image resizeWidth(const Image &image, int64_t width) {
  Image result{image.height, width, image.channels, {}};
  result.pixels.resize(image.height * width * image.channels);
  std::vector<Taps> taps = computeTaps(image.width, width);
  for (int64_t y = 0; y < image.height; ++y)
    scaleSide(image.pixels.data() + y * image.width * image.channels,
              result.pixels.data() + y * width * image.channels, taps, image.channels,
              image.channels);
  return result;
}

static Image resizeHeight(const Image &image, int64_t height) {
  Image result{height, image.width, image.channels, {}};
  int64_t row = image.width * image.channels;
  result.pixels.resize(height * row);
  // A whole row is one pixel of many channels.
  scaleSide(image.pixels.data(), result.pixels.data(), computeTaps(image.height, height), row, row);
  return result;
}

Image resize(const Image &image, int64_t height, int64_t width) {
  if (width == image.width)
    return height == image.height ? image : resizeHeight(image, height);
  Image result = resizeWidth(image, width);
  return height == image.height ? result : resizeHeight(result, height);
}

Image cropCentre(const Image &image, int64_t height, int64_t width) {
  assert(height <= image.height && width <= image.width && "no such pixels");
  // Halves are rounded to even, as Python does.
  auto top = int64_t(std::nearbyint(double(image.height - height) / 2));
  auto left = int64_t(std::nearbyint(double(image.width - width) / 2));
  Image result{height, width, image.channels, {}};
  for (int64_t y = 0; y < height; ++y) {
    auto from = image.pixels.begin() + ((top + y) * image.width + left) * image.channels;
    result.pixels.insert(result.pixels.end(), from, from + width * image.channels);
  }
  return result;
}

} // namespace tally

//===- Image.h - one image file -----------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JPEG and PNG files as bytes, scaled and cut as the usual evaluation transforms do: the results
// are those of Pillow, bit for bit. Private to Data.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DATA_IMAGE_H
#define TALLY_LIB_DATA_IMAGE_H

#include "tally/Support/ImageSize.h"
#include "tally/Support/Result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tally {

/// Bytes `[height, width, channels]` of 1 or 3 channels, grayscale or RGB.
struct Image {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;
};

/// More pixels than any camera's; files that promise more are taken for damaged.
constexpr int64_t kMaxPixels = int64_t(1) << 28;

/// The image in `file`, the contents of a JPEG or PNG file, which its first bytes tell. Of a JPEG
/// of CMYK and of a palette the colours, of 16 bits the upper 8; transparency, gamma, profiles and
/// EXIF's orientation are ignored. Errors say what is wrong with the file but do not name it: no
/// image, or one of which a part is missing or damaged.
Result<Image> decodeImage(std::string_view file);

/// Fails where decodeImage does, and is faster for JPEG. The image has no pixels.
Result<Image> checkImage(std::string_view file);

/// How they read either kind; `check`: as checkImage.
Result<Image> decodeJpeg(std::string_view file, bool check);
Result<Image> decodePng(std::string_view file);

/// `image` with so many channels, 1 or 3: RGB to luma as `(19595 R + 38470 G + 7471 B + 2^15) >>
/// 16`.
Image withChannels(Image image, int64_t channels);

/// Height and width after scaling to `size`: where it is one number the shorter side becomes that,
/// and the longer one is rounded down.
void scaleSides(int64_t &height, int64_t &width, ImageSize size);

/// Bilinear with a filter as wide as a pixel of the result, so that every pixel counts: sums of 22
/// bits of fraction, rows first, rounded to bytes between.
Image resize(const Image &image, int64_t height, int64_t width);

/// The middle `height` x `width` pixels of an image that has them.
Image cropCentre(const Image &image, int64_t height, int64_t width);

} // namespace tally

#endif // TALLY_LIB_DATA_IMAGE_H

//===- ImageSize.h - what images are scaled or cut to -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_IMAGESIZE_H
#define TALLY_SUPPORT_IMAGESIZE_H

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

namespace tally {

/// Pixels. Written `HxW`, or as one number `N`: of a size to scale to the shorter side, of one to
/// cut both.
struct ImageSize {
  int64_t height = 0, width = 0; ///< width 0: `N`; both 0: images stay as they are
  static constexpr int64_t kMax = 1 << 16;

  explicit operator bool() const { return height != 0; }
  bool operator==(const ImageSize &other) const {
    return std::tie(height, width) == std::tie(other.height, other.width);
  }
  bool operator<(const ImageSize &other) const {
    return std::tie(height, width) < std::tie(other.height, other.width);
  }
  std::string toText() const;
  /// Nothing where `text` is none, or a side is not 1 to `kMax`.
  static std::optional<ImageSize> parse(const std::string &text);
};

/// What is done to every image of a folder, one after the other.
struct Scaling {
  ImageSize resize = {}, crop = {};

  explicit operator bool() const { return resize || crop; }
  bool operator==(const Scaling &other) const {
    return resize == other.resize && crop == other.crop;
  }
  /// `--resize 256 --crop 224`, for messages.
  std::string toText() const;
};

} // namespace tally

#endif // TALLY_SUPPORT_IMAGESIZE_H

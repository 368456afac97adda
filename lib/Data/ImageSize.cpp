//===- ImageSize.cpp - what images are scaled or cut to -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/ImageSize.h"

#include <charconv>

namespace tally {

std::string ImageSize::toText() const {
  return std::to_string(height) + (width ? "x" + std::to_string(width) : "");
}

std::optional<ImageSize> ImageSize::parse(const std::string &text) {
  ImageSize size;
  const char *at = text.data(), *end = at + text.size();
  auto read = [&](int64_t &side) {
    auto [next, error] = std::from_chars(at, end, side);
    at = next;
    return error == std::errc() && side >= 1 && side <= kMax;
  };
  if (!read(size.height))
    return std::nullopt;
  if (at != end && (*at++ != 'x' || !read(size.width)))
    return std::nullopt;
  return at == end ? std::optional(size) : std::nullopt;
}

} // namespace tally

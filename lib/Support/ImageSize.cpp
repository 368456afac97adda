//===- ImageSize.cpp - what images are scaled or cut to -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/ImageSize.h"

#include <charconv>

namespace tally {

std::string ImageSize::toText() const {
  return std::to_string(height) + (width ? "x" + std::to_string(width) : "");
}

std::string Scaling::toText() const {
  std::string text = resize ? "--resize " + resize.toText() : "";
  return text + (resize && crop ? " " : "") + (crop ? "--crop " + crop.toText() : "");
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

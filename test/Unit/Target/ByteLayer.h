//===- ByteLayer.h - one layer over bytes -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_BYTELAYER_H
#define TALLY_TEST_UNIT_TARGET_BYTELAYER_H

#include <string>

namespace tally::test {

/// One layer over bytes.
struct ByteLayer {
  int height, width, channels, filters, kernel, stride, dilation;
  int largest = 64; ///< magnitude of a convolution's weights
};

/// Tiles that do not come out even, runs of bytes and filters that registers do not divide.
constexpr ByteLayer kByteLayers[] = {{1, 1, 24, 70, 1, 1, 1},  {1, 1, 3, 10, 1, 1, 1, 127},
                                     {4, 9, 1, 5, 3, 1, 1},    {3, 19, 3, 16, 3, 2, 1, 127},
                                     {7, 7, 8, 24, 3, 1, 1},   {6, 13, 5, 33, 3, 1, 2, 127},
                                     {9, 17, 12, 17, 2, 1, 2}, {2, 28, 16, 15, 3, 1, 1, 127}};

/// An adder layer or a convolution of bytes as `codes` says, padded and requantized.
std::string makeByteLayer(const ByteLayer &layer, bool adder, const std::string &codes);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_BYTELAYER_H

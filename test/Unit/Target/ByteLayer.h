//===- ByteLayer.h - one layer over bytes -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_BYTELAYER_H
#define TALLY_TEST_UNIT_TARGET_BYTELAYER_H

#include <string>

namespace tally::test {

/// One layer over bytes.
struct ByteLayer {
  int height, width, channels, filters, kernel, stride, dilation;
  int largest = 64;    ///< magnitude of a convolution's weights
  int groups = 1;      ///< of channels; as many as those: a depthwise layer
  int kernelWidth = 0; ///< 0: as its height
};

/// Tiles that do not come out even, runs of bytes and filters that registers do not divide.
constexpr ByteLayer kByteLayers[] = {{1, 1, 24, 70, 1, 1, 1},  {1, 1, 3, 10, 1, 1, 1, 127},
                                     {4, 9, 1, 5, 3, 1, 1},    {3, 19, 3, 16, 3, 2, 1, 127},
                                     {7, 7, 8, 24, 3, 1, 1},   {6, 13, 5, 33, 3, 1, 2, 127},
                                     {9, 17, 12, 17, 2, 1, 2}, {2, 28, 16, 15, 3, 1, 1, 127}};

/// Depthwise layers: odd channels, vectors of one filter, several filters a channel, windows that
/// are read by rows, and so large ones that there is a loop around their lines.
constexpr ByteLayer kDepthwiseLayers[] = {
    {5, 9, 13, 13, 3, 1, 1, 127, 13},   {9, 11, 16, 16, 3, 2, 1, 64, 16},
    {4, 7, 6, 12, 3, 1, 2, 127, 6},     {5, 7, 13, 39, 3, 2, 1, 127, 13},
    {3, 5, 70, 70, 5, 1, 1, 127, 70},   {1, 19, 5, 5, 1, 1, 1, 127, 5, 7},
    {7, 6, 24, 24, 3, 1, 1, 64, 24},    {3, 4, 2, 70, 1, 1, 1, 127, 2},
    {3, 4, 130, 130, 3, 1, 2, 64, 130}, {16, 16, 2, 2, 17, 1, 1, 127, 2},
    {2, 3, 30, 150, 2, 1, 1, 127, 30},  {3, 30, 4, 4, 3, 1, 1, 64, 4}};

/// Groups of one to 32 channels, read by one to 32 filters, adder layers alone.
constexpr ByteLayer kGroupedLayers[] = {
    {5, 6, 12, 12, 3, 1, 1, 64, 6}, {5, 6, 16, 8, 3, 2, 1, 64, 4},  {5, 5, 21, 14, 3, 1, 1, 64, 7},
    {4, 6, 20, 50, 3, 1, 1, 64, 5}, {4, 4, 32, 64, 1, 1, 1, 64, 2}, {3, 3, 50, 2, 3, 1, 1, 64, 2},
    {4, 5, 64, 64, 3, 1, 1, 64, 8}, {5, 5, 48, 48, 2, 1, 2, 64, 16}};

/// Where the input of a layer comes from: what comes from outside may be any byte.
enum class CodesFrom { Outside, Layer };

/// An adder layer or a convolution of bytes as `codes` says, padded with `zero` and requantized.
std::string makeByteLayer(const ByteLayer &layer, bool adder, const std::string &codes,
                          CodesFrom from = CodesFrom::Outside, int zero = 3);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_BYTELAYER_H

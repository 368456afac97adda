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
    {5, 6, 12, 12, 3, 1, 1, 64, 6}, {5, 6, 16, 8, 3, 2, 1, 64, 4},
    {5, 5, 21, 14, 3, 1, 1, 64, 7}, {4, 6, 20, 50, 3, 1, 1, 64, 5},
    {4, 4, 32, 64, 1, 1, 1, 64, 2}, {3, 3, 50, 2, 3, 1, 1, 64, 2},
    {4, 5, 64, 64, 3, 1, 1, 64, 8}, {5, 5, 48, 48, 2, 1, 2, 64, 16},
    {5, 6, 33, 57, 3, 1, 1, 64, 3}, {4, 7, 48, 20, 3, 2, 1, 64, 2},
    {3, 9, 80, 48, 2, 1, 2, 64, 2}, {1, 9, 18, 80, 1, 1, 1, 64, 2}};

/// Convolutions with groups: fewer filters in each than a register has lanes, as many, more that
/// they divide and that they do not; channels that words divide or not, and too many of them.
constexpr ByteLayer kGroupedConvolutions[] = {
    {5, 9, 12, 12, 3, 1, 1, 127, 6},   {5, 7, 16, 8, 3, 2, 1, 64, 4},
    {5, 5, 21, 14, 3, 1, 1, 127, 7},   {4, 6, 20, 50, 3, 1, 1, 64, 5},
    {4, 4, 32, 64, 1, 1, 1, 127, 2},   {3, 3, 50, 2, 3, 1, 1, 64, 2},
    {4, 5, 64, 64, 3, 1, 1, 127, 8},   {5, 5, 48, 48, 2, 1, 2, 64, 16},
    {3, 9, 8, 40, 3, 1, 1, 127, 2},    {2, 18, 6, 48, 3, 1, 1, 64, 2},
    {1, 19, 15, 240, 3, 2, 1, 127, 3}, {4, 4, 200, 4, 3, 1, 1, 64, 2},
    {6, 6, 34, 34, 3, 1, 2, 127, 2},   {2, 30, 130, 34, 1, 1, 1, 127, 2},
    {16, 16, 4, 4, 17, 1, 1, 127, 2},  {7, 7, 128, 128, 3, 1, 1, 64, 32},
    {3, 5, 40, 64, 3, 1, 1, 127, 4}};

/// Where the input of a layer comes from: what comes from outside may be any byte.
enum class CodesFrom { Outside, Layer };

/// An adder layer or a convolution of bytes as `codes` says, padded with `zero` and requantized.
std::string makeByteLayer(const ByteLayer &layer, bool adder, const std::string &codes,
                          CodesFrom from = CodesFrom::Outside, int zero = 3);

/// A convolution with groups, each of which is one of a slice of the channels, and requantized.
std::string makeGroupedConvolution(const ByteLayer &layer, const std::string &codes);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_BYTELAYER_H

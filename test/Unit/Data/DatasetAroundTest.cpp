// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The ends of images that differ little, against pixels that are perturbed in single precision.

#include "tally/Data/Dataset.h"

#include "Support/Files.h"
#include "tally/Data/Npy.h"

#include <cmath>

using namespace tally;

namespace {

constexpr float kMean = 0.4914f, kStd = 0.2023f;

class PixelsAround : public testing::Test {
protected:
  Dataset open(const Tensor &x, const DatasetOptions &options) {
    EXPECT_TRUE(writeNpy(folder / "x.npy", x));
    Result<Dataset> data = openDataset("npy:" + (folder / "x.npy"), options);
    EXPECT_TRUE(data) << data.error().message;
    return *data;
  }
  static std::vector<float> values(const Tensor &tensor) {
    return {tensor.data<float>(), tensor.data<float>() + tensor.size()};
  }
  static Tensor allBytes() {
    std::vector<uint8_t> bytes(256);
    for (int i = 0; i < 256; ++i)
      bytes[i] = uint8_t(i);
    return Tensor::of<uint8_t>({1, 1, 1, 256}, bytes);
  }
  std::string errorOf(const Tensor &x, const DatasetOptions &options) {
    Result<ImagesAround> around = open(x, options).imagesAround(0, x.dim(0), 0.1);
    EXPECT_FALSE(around);
    return around.error().message;
  }

  TemporaryFolder folder;
};

} // namespace

TEST_F(PixelsAround, OfNoRadiusAreTheImages) {
  Dataset bytes = open(allBytes(), {{kMean}, {kStd}});
  Dataset floats = open(Tensor::of<float>({1, 1, 1, 3}, {0, 0.3f, 1}), {{kMean}, {kStd}});
  for (const Dataset *data : {&bytes, &floats}) {
    ImagesAround around = *data->imagesAround(0, 1, 0);
    EXPECT_EQ(values(around.low), values(*data->images(0, 1)));
    EXPECT_EQ(values(around.high), values(*data->images(0, 1)));
  }
}

// Bytes that differ by k are within k / 255, whatever they are rounded to.
TEST_F(PixelsAround, HoldBytesThatDifferBySo) {
  Dataset data = open(allBytes(), {{kMean}, {kStd}});
  std::vector<float> clean = values(*data.images(0, 1));
  for (int k : {1, 2, 3, 8, 16, 100, 254, 255}) {
    ImagesAround around = *data.imagesAround(0, 1, k / 255.0);
    std::vector<float> low = values(around.low), high = values(around.high);
    for (int byte = 0; byte < 256; ++byte) {
      EXPECT_LE(low[byte], clean[std::max(byte - k, 0)]) << byte << " " << k;
      EXPECT_GE(high[byte], clean[std::min(byte + k, 255)]) << byte << " " << k;
      // Not much beyond, and never beyond black and white.
      EXPECT_GE(low[byte], clean[0]);
      EXPECT_LE(high[byte], clean[255]);
      EXPECT_NEAR(low[byte], clean[std::max(byte - k, 0)], 1e-6);
      EXPECT_NEAR(high[byte], clean[std::min(byte + k, 255)], 1e-6);
    }
  }
}

TEST_F(PixelsAround, HoldFloatsThatDifferBySo) {
  std::vector<float> pixels;
  for (int i = 0; i <= 1000; ++i)
    pixels.push_back(float(i) / 1000);
  Dataset data = open(Tensor::of({1, 1, 1, 1001}, pixels), {{kMean}, {kStd}});
  for (double radius : {1e-9, 0.001, 1.0 / 255, 0.3, 1.0}) {
    ImagesAround around = *data.imagesAround(0, 1, radius);
    std::vector<float> low = values(around.low), high = values(around.high);
    for (size_t i = 0; i < pixels.size(); ++i) {
      float less = std::max(pixels[i] - float(radius), 0.0f);
      float more = std::min(pixels[i] + float(radius), 1.0f);
      EXPECT_LE(low[i], (less - kMean) / kStd) << pixels[i] << " " << radius;
      EXPECT_GE(high[i], (more - kMean) / kStd) << pixels[i] << " " << radius;
    }
  }
}

TEST_F(PixelsAround, OfIntegersCountIn255ths) {
  DatasetOptions options;
  options.integers = IntegerLimits{0, 255};
  for (const Tensor &x : {Tensor::of<uint8_t>({1, 1, 1, 3}, {0, 7, 255}),
                          Tensor(Tensor::of<int32_t>({1, 1, 1, 3}, {0, 7, 255}))}) {
    ImagesAround around = *open(x, options).imagesAround(0, 1, 2 / 255.0);
    std::vector<float> low = values(around.low), high = values(around.high);
    EXPECT_EQ(low[0], 0);
    EXPECT_EQ(high[2], 255);
    EXPECT_TRUE(low[1] < 5 && low[1] > 4.9999f) << low[1];
    EXPECT_TRUE(high[1] > 9 && high[1] < 9.0001f) << high[1];
  }
}

TEST_F(PixelsAround, AreOfPixelsOnly) {
  EXPECT_EQ(errorOf(Tensor::of<float>({2, 1, 1, 2}, {0, 1, 0.5f, 1.5f}), {}),
            "image 1 of 'npy:" + (folder / "x.npy") +
                "' holds 1.500000 at element 1, which is no pixel between 0 and 1; hint: give "
                "images that are not normalised yet, with --mean and --std");
  DatasetOptions options;
  options.integers = IntegerLimits{-128, 127};
  EXPECT_EQ(errorOf(Tensor::of<int8_t>({1, 1, 1, 1}, {3}), options),
            "the network takes integers from -128 to 127, which are no pixels between 0 and 1");
}

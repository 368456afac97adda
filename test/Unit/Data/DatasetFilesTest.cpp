// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Dataset.h"

#include "Support/Files.h"

using namespace tally;

static std::string bigEndian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

static std::string idx(const std::vector<uint32_t> &shape, const std::string &data) {
  std::string text = bigEndian(0x800 + uint32_t(shape.size()));
  for (uint32_t size : shape)
    text += bigEndian(size);
  return text + data;
}

/// Byte `i` of any data set in this file.
static uint8_t byteAt(int64_t i) { return uint8_t(i * 73 + (i >> 8) * 11); }

static std::string bytes(int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i)
    text += char(byteAt(i));
  return text;
}

static const std::string kImages = "t10k-images-idx3-ubyte";
static const std::string kLabels = "t10k-labels-idx1-ubyte";

/// Four images of 3 x 2.
static std::string imageFile() { return idx({4, 3, 2}, bytes(24)); }
static std::string labelFile() { return idx({4}, {"\3\1\0\2", 4}); }

//===----------------------------------------------------------------------===//
// MNIST
//===----------------------------------------------------------------------===//

static void checkFourImages(const Result<Dataset> &data) {
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 4);
  EXPECT_EQ(data->imageShape(), (Shape{3, 2, 1}));
  EXPECT_EQ(data->numClasses(), 4);
  EXPECT_EQ(data->label(0), 3);
  EXPECT_EQ(data->label(3), 2);
  Tensor images = *data->images(1, 2);
  EXPECT_EQ(images.shape(), (Shape{2, 3, 2, 1}));
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(images.data<float>()[i], float(byteAt(6 + i)) / 255.0f);
  EXPECT_EQ(data->images(4, 0)->size(), 0);
}

TEST(Mnist, ReadsPlainAndGzip) {
  TemporaryFolder plain, packed, dotted;
  plain.write(kImages, imageFile());
  plain.write(kLabels, labelFile());
  packed.writeGzip(kImages + ".gz", imageFile());
  packed.writeGzip(kLabels + ".gz", labelFile());
  dotted.write("train-images.idx3-ubyte", imageFile());
  dotted.writeGzip("train-labels.idx1-ubyte.gz", labelFile());
  checkFourImages(openDataset("mnist:" + plain.string() + ":test"));
  checkFourImages(openDataset("mnist:" + packed.string() + ":test"));
  checkFourImages(openDataset("mnist:" + dotted.string() + ":train"));
}

TEST(Mnist, SaysWhatItLookedFor) {
  TemporaryFolder folder;
  expectError(openDataset("mnist:" + (folder / "none") + ":train"),
              {"none' does not exist", "train-images-idx3-ubyte", "dataset-fashion-mnist",
               "/usr/share/datasets/fashion-mnist"});
  folder.write(kImages, imageFile());
  expectError(openDataset("mnist:" + folder.string() + ":test"),
              {"t10k-labels-idx1-ubyte.gz", "dataset-fashion-mnist"});
}

TEST(Mnist, RefusesCorruptFiles) {
  TemporaryFolder folder;
  folder.write(kLabels, labelFile());
  auto open = [&](const std::string &images) {
    folder.write(kImages, images);
    return openDataset("mnist:" + folder.string() + ":test");
  };
  const char *file = kImages.c_str();
  expectError(open(""), {file, "after 0 bytes"});
  expectError(open(idx({4, 3}, bytes(12))), {file, "0x00000802", "0x00000803"});
  expectError(open(imageFile().substr(0, 30)), {file, "30 bytes", "40"});
  expectError(open(imageFile() + "x"), {file, "41 bytes", "40"});
  expectError(open(idx({5, 3, 2}, bytes(30))), {"5 images", "4 labels"});
  expectError(open(idx({0, 3, 2}, "")), {file, "0 x 3 x 2"});
  expectError(open(idx({4, 0, 2}, "")), {file, "4 x 0 x 2"});
  expectError(open(idx({~0u, ~0u, ~0u}, "x")), {file, "4294967295"});
  expectError(open(idx({~0u, 1, 1}, "x")), {file, "17 bytes", "4294967311"});
  std::filesystem::remove(folder / kImages);
  folder.writeGzip(kImages + ".gz", idx({~0u, 28, 28}, bytes(1000)));
  expectError(openDataset("mnist:" + folder.string() + ":test"),
              {file, "1016 bytes", "3367254359296"});
  folder.writeGzip(kImages + ".gz", imageFile());
  std::string packed = folder.read(kImages + ".gz");
  folder.write(kImages + ".gz", packed.substr(0, packed.size() - 9));
  expectError(openDataset("mnist:" + folder.string() + ":test"), {file, "damaged gzip"});
}

TEST(Mnist, ReadsDebiansFashionMnist) {
  std::string folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  Result<Dataset> data = openDataset("mnist:" + folder + ":test#0-999");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 1000);
  EXPECT_EQ(data->imageShape(), (Shape{28, 28, 1}));
  EXPECT_EQ(data->numClasses(), 10);
  EXPECT_EQ(data->label(0), 9) << "an ankle boot";
}

//===----------------------------------------------------------------------===//
// CIFAR-10
//===----------------------------------------------------------------------===//

static std::string record(int label) { return char(label) + bytes(3072); }

TEST(Cifar10, TurnsPlanesIntoChannels) {
  TemporaryFolder folder;
  folder.writeGzip("test_batch.bin.gz", record(2) + record(9));
  Result<Dataset> data =
      openDataset("cifar10:" + folder.string() + ":test", {{0.5f, 0.25f, 0}, {0.5f, 1, 2}});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->imageShape(), (Shape{32, 32, 3}));
  EXPECT_EQ(data->label(1), 9);
  Tensor image = *data->images(1, 1);
  float mean[] = {0.5f, 0.25f, 0}, std[] = {0.5f, 1, 2};
  for (int64_t i = 0; i < 1024; ++i)
    for (int64_t c = 0; c < 3; ++c)
      ASSERT_EQ(image.data<float>()[i * 3 + c],
                (float(byteAt(c * 1024 + i)) / 255.0f - mean[c]) / std[c]);
}

TEST(Cifar10, JoinsTheTrainingBatches) {
  TemporaryFolder folder;
  std::string data = "cifar10:" + folder.string() + ":train";
  for (int i = 1; i <= 4; ++i)
    folder.write("data_batch_" + std::to_string(i) + ".bin", record(i));
  expectError(openDataset(data), {"data_batch_5.bin"});
  folder.write("data_batch_5.bin", record(5) + record(6));
  Result<Dataset> range = openDataset(data + "#3-5");
  ASSERT_TRUE(range) << range.error().message;
  EXPECT_EQ(range->size(), 3);
  EXPECT_EQ(range->label(0), 4);
  EXPECT_EQ(range->label(2), 6);
}

TEST(Cifar10, RefusesCorruptFiles) {
  TemporaryFolder folder;
  auto open = [&](const std::string &contents) {
    folder.write("test_batch.bin", contents);
    return openDataset("cifar10:" + folder.string() + ":test");
  };
  expectError(open(""), {"test_batch.bin", "empty", "3073"});
  expectError(open(record(1) + "abc"), {"3076 bytes", "3073"});
  expectError(open(record(1) + record(10)), {"label 10", "record 1"});
  expectError(openDataset("cifar10:/none:test"), {"'/none' does not exist"});
}

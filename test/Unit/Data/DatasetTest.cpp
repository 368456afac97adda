// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Dataset.h"

#include "Support/Files.h"
#include "tally/Data/Npy.h"

#include <cmath>

using namespace tally;

//===----------------------------------------------------------------------===//
// npy
//===----------------------------------------------------------------------===//

class NpyData : public testing::Test {
protected:
  Result<Dataset> open(const Tensor &x, const Tensor &y, const DatasetOptions &options = {}) {
    EXPECT_TRUE(writeNpy(folder / "x.npy", x));
    EXPECT_TRUE(writeNpy(folder / "y.npy", y));
    return openDataset("npy:" + (folder / "x.npy") + "," + (folder / "y.npy"), options);
  }
  TemporaryFolder folder;
};

TEST_F(NpyData, FloatsAreTakenAsTheyAre) {
  std::vector<float> values(24);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = 0.7f * float(i) - 3;
  auto x = [&](Shape shape) { return Tensor::of(std::move(shape), values); };
  auto y = Tensor::of<int64_t>({2}, {7, 0});
  for (const auto &[given, shape] :
       {std::pair{Shape{2, 2, 3, 2}, Shape{2, 3, 2}}, std::pair{Shape{2, 4, 3}, Shape{4, 3, 1}},
        std::pair{Shape{2, 12}, Shape{1, 1, 12}}}) {
    Result<Dataset> data = open(x(given), y);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->imageShape(), shape);
    EXPECT_EQ(data->numClasses(), 8);
    Tensor images = *data->images(0, 2);
    EXPECT_EQ(std::vector<float>(images.data<float>(), images.data<float>() + 24), values);
  }
  Result<Dataset> data = open(x({2, 2, 3, 2}), y, {{1}, {2, 4}});
  ASSERT_TRUE(data);
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(data->images(1, 1)->data<float>()[i], (values[12 + i] - 1) / (i % 2 ? 4.0f : 2.0f));
}

TEST_F(NpyData, BytesAreScaled) {
  Result<Dataset> data =
      open(Tensor::of<uint8_t>({1, 1, 1, 2}, {255, 51}), Tensor::of<uint8_t>({1, 1}, {5}));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->images(0, 1)->data<float>()[0], 1);
  EXPECT_EQ(data->images(0, 1)->data<float>()[1], 0.2f);
  EXPECT_EQ(data->label(0), 5);
}

TEST_F(NpyData, IntegersStayWhatTheyAre) {
  auto expectImages = [&](const Tensor &x, IntegerLimits limits, std::vector<float> values) {
    Result<Dataset> data = open(x, Tensor::of<uint8_t>({2}, {0, 1}), {{}, {}, limits});
    ASSERT_TRUE(data) << data.error().message;
    Tensor images = *data->images(0, 2);
    EXPECT_EQ(std::vector<float>(images.data<float>(), images.data<float>() + 4), values);
  };
  expectImages(Tensor::of<uint8_t>({2, 2}, {0, 1, 200, 255}), {0, 255}, {0, 1, 200, 255});
  expectImages(Tensor::of<int8_t>({2, 2}, {-128, -1, 0, 127}), {-128, 127}, {-128, -1, 0, 127});
  expectImages(Tensor::of<int64_t>({2, 2}, {7, 0, 255, 1}), {0, 255}, {7, 0, 255, 1});
  expectImages(Tensor::of<uint16_t>({2, 2}, {7, 0, 65535, 1}), {0, 65535}, {7, 0, 65535, 1});
  expectImages(Tensor::of<float>({2, 2}, {0.5f, 0, 300, 1}), {0, 255}, {0.5f, 0, 300, 1});

  auto refuse = [&](const Tensor &x, IntegerLimits limits,
                    std::initializer_list<const char *> parts) {
    expectError(open(x, Tensor::of<uint8_t>({2}, {0, 1}), {{}, {}, limits}), parts);
  };
  refuse(Tensor::of<uint8_t>({2, 2}, {0, 1, 200, 255}), {-128, 127},
         {"image 1", "x.npy", "holds 200", "from -128 to 127"});
  refuse(Tensor::of<int32_t>({2, 2}, {0, -1, 2, 3}), {0, 255}, {"image 0", "holds -1"});
}

TEST_F(NpyData, TabulatesBytes) {
  Tensor x(ElementType::U8, {256, 1, 1, 2}), y(ElementType::U8, {256});
  for (int i = 0; i < 512; ++i)
    x.data<uint8_t>()[i] = uint8_t(i / 2);
  for (const DatasetOptions &options :
       {DatasetOptions{}, {{0.3f}, {0.2f, 0.7f}, {}}, {{}, {}, IntegerLimits{0, 255}}}) {
    Result<Dataset> data = open(x, y, options);
    ASSERT_TRUE(data) << data.error().message;
    std::vector<float> table = tabulateBytes(options, 2);
    Tensor images = *data->images(0, 256);
    for (int i = 0; i < 512; ++i)
      ASSERT_EQ(images.data<float>()[i], table[i % 2 * 256 + i / 2]);
  }
}

TEST_F(NpyData, RefusesWhatIsNoDataSet) {
  Tensor x(ElementType::U8, {2, 3, 3}), y(ElementType::I32, {2});
  EXPECT_TRUE(open(x, y));
  expectError(open(Tensor(ElementType::I8, {2, 3, 3}), y), {"x.npy", "holds int8", "uint8"});
  expectError(open(Tensor(ElementType::U16, {2, 3, 3}), y), {"x.npy", "holds uint16", "uint8"});
  expectError(open(Tensor(ElementType::U8, {2}), y), {"x.npy", "[2]"});
  expectError(open(Tensor(ElementType::U8, {0, 3, 3}), y), {"[0, 3, 3]"});
  expectError(open(Tensor(ElementType::U8, {2, 1, 1, 1, 1}), y), {"x.npy"});
  expectError(open(x, Tensor(ElementType::F32, {3})), {"2 images", "3 targets"});
  expectError(open(x, Tensor(ElementType::I8, {2, 2})), {"y.npy", "[2, 2]"});
  expectError(open(x, Tensor(ElementType::I8, {3})), {"2 images", "3 labels"});
  expectError(open(x, Tensor::of<int8_t>({2}, {0, -4})), {"-4", "element 1"});
  expectError(open(x, Tensor::of<int64_t>({2}, {INT64_MAX, 0})),
              {"9223372036854775807", "element 0"});
  expectError(openDataset("npy:/none/x.npy,/none/y.npy"), {"/none/x.npy"});
}

TEST_F(NpyData, LabelsMayBeMissingOrTargets) {
  Tensor x(ElementType::U8, {3, 2, 2});
  ASSERT_TRUE(writeNpy(folder / "x.npy", x));
  Result<Dataset> data = openDataset("npy:" + (folder / "x.npy") + "#1-2");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 2);
  EXPECT_FALSE(data->hasLabels());
  EXPECT_EQ(data->targets(), "");
  ASSERT_TRUE(open(x, Tensor::of<float>({3}, {5, 6, 7})));
  data = openDataset("npy:" + (folder / "x.npy") + "," + (folder / "y.npy") + "#1-2");
  ASSERT_TRUE(data);
  EXPECT_FALSE(data->hasLabels());
  EXPECT_EQ(data->targets(), "npy:" + (folder / "y.npy") + "#1-2");
  DatasetOptions anyRank;
  anyRank.array = "y";
  Result<Dataset> targets = openDataset(data->targets(), anyRank);
  ASSERT_TRUE(targets) << targets.error().message;
  EXPECT_EQ(targets->images(0, 2)->data<float>()[0], 6);
  EXPECT_EQ(targets->images(0, 2)->data<float>()[1], 7);
}

TEST_F(NpyData, FloatsAreFinite) {
  for (float wrong : {NAN, INFINITY, -INFINITY}) {
    Result<Dataset> data = open(Tensor::of<float>({3, 2}, {0, 1, 2, 3, 4, wrong}),
                                Tensor::of<uint8_t>({3}, {0, 1, 2}));
    ASSERT_TRUE(data);
    EXPECT_TRUE(data->images(0, 2));
    expectError(data->images(1, 2), {"image 2 of 'npy:", "at element 1"});
  }
}

//===----------------------------------------------------------------------===//
// Specs and options
//===----------------------------------------------------------------------===//

TEST_F(NpyData, Ranges) {
  Tensor x = Tensor::of<float>({5, 1}, {0, 10, 20, 30, 40});
  ASSERT_TRUE(open(x, Tensor::of<uint8_t>({5}, {4, 3, 2, 1, 0})));
  std::string all = "npy:" + (folder / "x.npy") + "," + (folder / "y.npy");
  for (int64_t first = 0; first < 5; ++first)
    for (int64_t last = first; last < 5; ++last) {
      std::string spec = all + "#" + std::to_string(first) + "-" + std::to_string(last);
      Result<Dataset> data = openDataset(spec);
      ASSERT_TRUE(data) << data.error().message;
      EXPECT_EQ(data->spec(), spec);
      ASSERT_EQ(data->size(), last - first + 1);
      EXPECT_EQ(data->numClasses(), 5) << "of the whole file";
      for (int64_t i = 0; i < data->size(); ++i) {
        EXPECT_EQ(data->label(i), 4 - first - i);
        EXPECT_EQ(data->images(i, 1)->data<float>()[0], 10.0f * (first + i));
      }
    }
  expectError(openDataset(all + "#3-2"), {"from 3 down to 2"});
  expectError(openDataset(all + "#3-5"), {"image 5", "last image is 4"});
  expectError(openDataset(all + "#0-99999999999999999999"), {"#FIRST-LAST"});
  for (const char *range : {"#", "#-", "#1", "#1-", "#-1", "#1-2-3", "#--"})
    expectError(openDataset(all + range), {range, "#FIRST-LAST"});
}

TEST(DatasetSpec, RefusesMalformedSpecs) {
  for (const char *spec : {"", "mnist", "cifar:/x:test", "/some/folder", ":"})
    expectError(openDataset(spec), {spec, "'"});
  for (const char *spec : {"mnist:", "mnist:/x", "mnist:/x:val", "cifar10::"})
    expectError(openDataset(spec), {spec, ":DIR:train"});
  for (const char *spec : {"npy:", "npy:a,b,c"})
    expectError(openDataset(spec), {spec, "npy:X.npy,Y.npy"});
}

TEST(DatasetSpec, PathsMayHoldColonsAndHashes) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a:b#c");
  std::string records(3 * 3073, '\1');
  folder.write("a:b#c/test_batch.bin", records);
  Result<Dataset> data = openDataset("cifar10:" + (folder / "a:b#c") + ":test#1-2");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 2);
}

TEST(DatasetOptions, ChecksMeanAndStd) {
  TemporaryFolder folder;
  folder.write("test_batch.bin", std::string(3073, '\0'));
  std::string spec = "cifar10:" + folder.string() + ":test";
  expectError(openDataset(spec, {{0, 0}, {}}), {"1 or 3", "'mean'", "got 2"});
  expectError(openDataset(spec, {{}, {1, 1, 1, 1}}), {"'std'", "got 4"});
  expectError(openDataset(spec, {{}, {0}}), {"'std'", "above 0"});
  expectError(openDataset(spec, {{std::stof("nan")}, {}}), {"'mean'", "finite"});
  EXPECT_TRUE(openDataset(spec, {{0.5f}, {0.25f, 0.5f, 1}}));
}

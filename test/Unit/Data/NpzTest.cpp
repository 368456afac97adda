// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Npz.h"

#include "Support/Files.h"
#include "tally/Data/Dataset.h"

using namespace tally;

namespace {

/// A zip archive of one member as other programs write it, deflated; `large`: with all numbers in
/// fields of 8 bytes.
std::string packed(const std::string &name, const std::string &contents, bool large) {
  std::string data(contents.size() + 100, 0);
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(contents.data()));
  stream.avail_in = uInt(contents.size());
  stream.next_out = reinterpret_cast<Bytef *>(data.data());
  stream.avail_out = uInt(data.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  data.resize(stream.total_out);
  deflateEnd(&stream);

  std::string file;
  auto put = [&](std::initializer_list<std::pair<uint64_t, int>> numbers) {
    for (auto [value, size] : numbers)
      for (int i = 0; i < size; ++i)
        file += char(value >> (8 * i) & 255);
  };
  uint64_t sum = crc32(0, reinterpret_cast<const Bytef *>(contents.data()), uInt(contents.size()));
  uint64_t no = large ? UINT32_MAX : 0, all = no ? no : contents.size(),
           some = no ? no : data.size();
  // Sizes may stand behind the data only; the directory has them all the same.
  put({{0x04034b50, 4}, {20, 2}, {8, 2}, {8, 2}, {0, 4}, {0, 4}, {0, 4}, {0, 4}});
  put({{name.size(), 2}, {3, 2}});
  file += name + "abc" + data;
  uint64_t directory = file.size();
  put({{0x02014b50, 4}, {20, 4}, {8, 2}, {8, 2}, {0, 4}, {sum, 4}, {some, 4}, {all, 4}});
  put({{name.size(), 2}, {large ? 33 : 0, 2}, {2, 2}, {0, 8}, {no, 4}});
  file += name;
  if (large) // after a field of another kind
    put({{7, 2}, {1, 2}, {0, 1}, {1, 2}, {24, 2}, {contents.size(), 8}, {data.size(), 8}, {0, 8}});
  file += "no";
  uint64_t end = file.size();
  if (large) {
    put({{0x06064b50, 4}, {44, 8}, {45, 4}, {0, 8}, {1, 8}, {1, 8}});
    put({{end - directory, 8}, {directory, 8}, {0x07064b50, 4}, {0, 4}, {end, 8}, {1, 4}});
  }
  put({{0x06054b50, 4}, {0, 4}, {1, 2}, {1, 2}, {no ? no : end - directory, 4}});
  put({{no ? no : directory, 4}, {7, 2}});
  return file + "comment";
}

} // namespace

class Npz : public testing::Test {
protected:
  Result<Tensor> read(const std::string &contents, const std::string &name) {
    Result<NpzFile> file = NpzFile::open(folder.write("a.npz", contents));
    return file ? file->read(name) : file.error();
  }
  TemporaryFolder folder;
};

TEST_F(Npz, RoundTrips) {
  std::vector<std::pair<std::string, Tensor>> arrays = {
      {"x", Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
      {"a/b \xc3\xa4", Tensor::of<uint8_t>({3}, {7, 8, 9})},
      {"empty", Tensor(ElementType::I64, {0, 4})}};
  Result<std::string> contents = toNpz(arrays);
  ASSERT_TRUE(contents);
  Result<NpzFile> file = NpzFile::open(folder.write("a.npz", *contents));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->names(), (std::vector<std::string>{"x", "a/b \xc3\xa4", "empty"}));
  for (const auto &[name, tensor] : arrays) {
    Result<Tensor> got = file->read(name);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->type(), tensor.type());
    EXPECT_EQ(got->shape(), tensor.shape());
    EXPECT_EQ(toNpy(*got), toNpy(tensor));
  }
  expectError(file->read("y"), {"a.npz' has no array 'y', but 'x', 'a/b"});
  expectError(toNpz({arrays[0], arrays[0]}), {"two arrays", "'x'"});
}

TEST_F(Npz, ReadsWhatIsPacked) {
  Tensor tensor(ElementType::F32, {700, 1000});
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data<float>()[i] = float(i % 1000);
  for (bool large : {false, true}) {
    Result<Tensor> got = read(packed("x.npy", toNpy(tensor), large), "x");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(toNpy(*got), toNpy(tensor));
  }
  expectError(read(packed("x.txt", toNpy(tensor), false), "x"), {"has no array 'x'"});
  expectError(read(packed("x.npy", "no array", false), "x"), {"'x' of '", "is not an npy file"});
  expectError(read(packed("x.npy", toNpy(tensor) + "more", false), "x"), {"goes on"});
}

TEST_F(Npz, FindsDamage) {
  expectError(NpzFile::open("/none.npz"), {"/none.npz"});
  expectError(read("", "x"), {"is not an npz file"});
  expectError(read(std::string(100, 'a'), "x"), {"is not an npz file"});
  Tensor tensor(ElementType::F32, {30, 10});
  std::string stored = *toNpz({{"x", tensor}}), deflated = packed("x.npy", toNpy(tensor), true);
  for (const std::string &file : {stored, deflated}) {
    for (size_t size = 0; size + 8 < file.size(); size += 1 + size / 16)
      EXPECT_FALSE(read(file.substr(0, size), "x")) << size;
    // Any bit: an error, or one that says nothing of the array.
    for (size_t i = 0; i < file.size(); ++i) {
      std::string damaged = file;
      damaged[i] ^= char(1 << i % 8);
      if (Result<Tensor> got = read(damaged, "x")) {
        EXPECT_EQ(toNpy(*got), toNpy(tensor)) << i;
      }
    }
  }
  std::string flipped = stored;
  flipped[200] ^= 1;
  expectError(read(flipped, "x"), {"'x' of '", "checksum"});
}

TEST_F(Npz, IsADataSet) {
  Tensor x = Tensor::of<float>({3, 2}, {0, 1, 2, 3, 4, 5});
  auto open = [&](std::vector<std::pair<std::string, Tensor>> arrays, const std::string &name,
                  const std::string &range = "") {
    DatasetOptions options;
    options.array = name;
    return openDataset("npz:" + folder.write("a.npz", *toNpz(arrays)) + range, options);
  };
  Tensor labels = Tensor::of<int64_t>({3}, {2, 0, 1});
  Result<Dataset> data = open({{"x", x}, {"labels", labels}}, "x", "#1-2");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->images(1, 1)->data<float>()[1], 5);
  EXPECT_EQ(data->label(0), 0);
  EXPECT_FALSE(open({{"x", x}}, "x")->hasLabels());
  EXPECT_FALSE(open({{"labels", x}}, "labels")->hasLabels());
  // Of any rank.
  data = open({{"x", x.reshaped({3, 1, 1, 1, 2})}}, "x");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->imageShape(), (Shape{1, 1, 2}));
  EXPECT_TRUE(open({{"x", x.reshaped({6})}}, "x"));
  expectError(open({{"x", Tensor(ElementType::F32, {})}}, "x"), {"first dimension"});
  expectError(open({{"x", x}}, "y"), {"has no array 'y', but 'x'"});
  expectError(open({{"x", x}, {"labels", x}}, "x"), {"'labels' of '", "floats"});
  expectError(open({{"x", x}, {"labels", Tensor::of<int64_t>({2}, {0, 0})}}, "x"),
              {"'x' of '", "has 3 images", "'labels' of '", "has 2 labels"});
}

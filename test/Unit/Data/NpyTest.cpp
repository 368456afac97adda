// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Npy.h"

#include "Support/Files.h"

#include <algorithm>

using namespace tally;

/// An npy file as numpy would write it, with any header.
static std::string npy(const std::string &header, const std::string &data, int version = 1) {
  std::string text = "\x93NUMPY";
  text += {char(version), '\0'};
  text += {char(header.size() & 255), char(header.size() >> 8)};
  if (version > 1)
    text += {'\0', '\0'};
  return text + header + data;
}

static std::string dict(const std::string &descr, const std::string &shape,
                        const std::string &order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

template <typename T> static std::string bytesOf(std::initializer_list<T> values) {
  return {reinterpret_cast<const char *>(values.begin()), values.size() * sizeof(T)};
}

template <typename T> static std::vector<T> valuesOf(const Tensor &tensor) {
  return {tensor.data<T>(), tensor.data<T>() + tensor.size()};
}

TEST(Npy, RoundTripsEveryTypeAndRank) {
  TemporaryFolder folder;
  std::vector<Shape> shapes = {{}, {1}, {7}, {0}, {3, 0, 2}, {2, 3}, {1, 2, 3, 4}};
  for (int t = 0; t <= int(ElementType::I64); ++t)
    for (const Shape &shape : shapes) {
      Tensor tensor(ElementType(t), shape);
      char *data = tensor.rawData();
      for (int64_t i = 0; i < tensor.sizeInBytes(); ++i)
        data[i] = char(i * 37 + 5);
      ASSERT_TRUE(writeNpy(folder / "a.npy", tensor));
      EXPECT_EQ((folder.read("a.npy").size() - tensor.sizeInBytes()) % 64, 0u);
      Result<Tensor> back = readNpy(folder / "a.npy");
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(back->type(), tensor.type());
      EXPECT_EQ(back->shape(), shape);
      EXPECT_TRUE(std::equal(data, data + tensor.sizeInBytes(), back->rawData()));
    }
}

TEST(Npy, WritesDoublesAsTheyAreAndRoundsThemOnReading) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeNpy(folder / "a.npy", Tensor::of<double>({2}, {0.1, -2.5})));
  std::string text = folder.read("a.npy");
  EXPECT_NE(text.find("'descr': '<f8'"), std::string::npos);
  ASSERT_EQ(text.size(), 128u + 16);
  EXPECT_EQ(text.substr(128), bytesOf({0.1, -2.5}));
  Result<Tensor> back = readNpy(folder / "a.npy");
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->type(), ElementType::F32);
  EXPECT_EQ(valuesOf<float>(*back), (std::vector<float>{0.1f, -2.5f}));
}

TEST(Npy, WritesWhatNumpyWrites) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeNpy(folder / "a.npy", Tensor::of<int8_t>({2}, {1, -1})));
  std::string text = folder.read("a.npy");
  ASSERT_EQ(text.size(), 130u);
  EXPECT_EQ(text.substr(0, 10), std::string("\x93NUMPY\1\0v\0", 10));
  EXPECT_EQ(text.substr(10, 57), "{'descr': '|i1', 'fortran_order': False, "
                                 "'shape': (2,), }");
  EXPECT_EQ(text.substr(126), std::string(" \n\1\xff"));
}

TEST(Npy, ConvertsTypesWithoutElementType) {
  TemporaryFolder folder;
  auto read = [&](const std::string &contents) { return readNpy(folder.write("a.npy", contents)); };
  Result<Tensor> f8 = read(npy(dict("<f8", "(2,)"), bytesOf({0.1, -2.5})));
  ASSERT_TRUE(f8);
  EXPECT_EQ(valuesOf<float>(*f8), (std::vector<float>{0.1f, -2.5f}));
  Result<Tensor> b1 = read(npy(dict("|b1", "(1, 2)"), {"\1\0", 2}));
  ASSERT_TRUE(b1);
  EXPECT_EQ(valuesOf<uint8_t>(*b1), (std::vector<uint8_t>{1, 0}));
  expectError(readNpy(folder / "a.npy", /*booleans=*/false), {"a.npy", "holds Booleans"});
  Result<Tensor> u8 = read(npy(dict("<u8", "(1,)"), bytesOf({uint64_t(1) << 62})));
  ASSERT_TRUE(u8);
  EXPECT_EQ(valuesOf<int64_t>(*u8), std::vector<int64_t>{int64_t(1) << 62});
  expectError(read(npy(dict("<u8", "(1,)"), bytesOf({uint64_t(1) << 63}))),
              {"9223372036854775808", "element 0"});
}

TEST(Npy, ReadsOtherSpellings) {
  TemporaryFolder folder;
  std::string data = bytesOf<int16_t>({3, 4});
  for (int version : {1, 2, 3})
    for (const char *header :
         {"{'descr':'<i2','fortran_order':False,'shape':(2,)}",
          "{\"shape\": ( 2 , ), \"fortran_order\": False, \"descr\": \"<i2\"}  "
          "\n",
          "{'shape': (2L,), 'descr': '<i2', 'fortran_order': False,}\n"}) {
      Result<Tensor> a = readNpy(folder.writeGzip("a.npy", npy(header, data, version)));
      ASSERT_TRUE(a) << a.error().message;
      EXPECT_EQ(valuesOf<int16_t>(*a), (std::vector<int16_t>{3, 4}));
    }
}

TEST(Npy, RefusesUnsupportedArrays) {
  TemporaryFolder folder;
  auto read = [&](const std::string &header) {
    return readNpy(folder.write("a.npy", npy(header, "12345678")));
  };
  for (const char *descr :
       {">f4", "<f2", "<c8", "|S8", "<U2", "|O", "", "<f", "<f4x", "|f4", "<b2"})
    expectError(read(dict(descr, "(2,)")), {"a.npy", descr, "little-endian"});
  expectError(read(dict("<f4", "(1, 2)", "True")), {"Fortran order"});
  expectError(readNpy(folder.write("a.npy", npy("", "", 9))), {"version 9"});
  expectError(readNpy(folder / "none.npy"), {"none.npy", "No such file"});
}

TEST(Npy, RefusesHostileHeaders) {
  TemporaryFolder folder;
  std::string cut(1 << 12, '(');
  for (const std::string &header :
       {std::string(), std::string("{}"), std::string("{"), std::string("}"), cut,
        std::string("{'descr': '<f4'}"), std::string("{'descr': '<f4', 'fortran_order': False}"),
        dict("<f4", "(-1,)"), dict("<f4", "(2"), dict("<f4", "2"),
        dict("<f4", "(99999999999999999999,)"), dict("<f4", "(1 2)"), dict("<f4", "(2,)", "0"),
        dict("<f4", "(2,)") + "x", dict("<f4", "(2,)") + '\0',
        std::string("{'descr': [('a', '<f4')], 'fortran_order': False, "
                    "'shape': (2,)}"),
        std::string("{'descr': '<f4', 'descr': '<f4', 'fortran_order': "
                    "False, 'shape': (2,)}"),
        std::string("{'other': '<f4', 'descr': '<f4', 'fortran_order': "
                    "False, 'shape': (2,)}")})
    expectError(readNpy(folder.write("a.npy", npy(header, "12345678"))), {"a.npy", "header"});
  std::string deep = "(";
  for (int i = 0; i < 100; ++i)
    deep += "1,";
  expectError(readNpy(folder.write("a.npy", npy(dict("<f4", deep + ")"), "1234"))), {"header"});
}

TEST(Npy, RefusesLyingSizes) {
  TemporaryFolder folder;
  auto read = [&](const std::string &shape, bool gzip) {
    std::string text = npy(dict("<f4", shape), "12345678");
    return readNpy(gzip ? folder.writeGzip("a.npy", text) : folder.write("a.npy", text));
  };
  for (bool gzip : {false, true}) {
    expectError(read("(3,)", gzip), {"ends after", "are required"});
    expectError(read("(1,)", gzip), {"its header says"});
    expectError(read("(1000000000000, 1000)", gzip), {"ends after", "4000000000000"});
    for (const char *shape :
         {"(9223372036854775807,)", "(4294967296, 4294967296)", "(0, 4294967296, 4294967296)"})
      expectError(read(shape, gzip), {"2^63"});
  }
  std::string whole = npy(dict("<f4", "(2,)"), "12345678");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(readNpy(folder.write("a.npy", whole.substr(0, size))));
  EXPECT_TRUE(readNpy(folder.write("a.npy", whole)));
  std::string huge = npy("", "", 2);
  huge.replace(8, 4, "\xff\xff\xff\xff");
  expectError(readNpy(folder.write("a.npy", huge)), {"4294967295"});
  expectError(readNpy(folder.write("a.npy", "no array at all")), {"not an npy"});
}

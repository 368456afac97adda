// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Data/Image.h"

#include "Support/Files.h"
#include "tally/Data/Dataset.h"

#include <cstdlib>
#include <jpeglib.h>
#include <png.h>
#include <sys/stat.h>

using namespace tally;

namespace {

/// Every pixel `values[c]` in channel c.
Image constant(int64_t height, int64_t width, std::vector<uint8_t> values) {
  Image image{height, width, int64_t(values.size()), {}};
  for (int64_t i = 0; i < height * width; ++i)
    image.pixels.insert(image.pixels.end(), values.begin(), values.end());
  return image;
}

/// Element k of every image is (37 k + 11 k^2) mod 256.
Image pattern(int64_t height, int64_t width, int64_t channels) {
  Image image{height, width, channels, {}};
  for (int64_t k = 0; k < height * width * channels; ++k)
    image.pixels.push_back(uint8_t(k * 37 + k * k * 11));
  return image;
}

std::string toPng(const Image &image, uint32_t format = 0) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.height = image.height;
  png.width = image.width;
  png.format = format ? format : image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&png, nullptr, &size, 0, image.pixels.data(), 0, nullptr);
  std::string file(size, 0);
  png_image_write_to_memory(&png, file.data(), &size, 0, image.pixels.data(), 0, nullptr);
  return file.substr(0, size);
}

/// 4 channels are CMYK as Adobe's programs write it.
std::string toJpeg(const Image &image, bool progressive = false) {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char *bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_height = image.height;
  encoder.image_width = image.width;
  encoder.input_components = int(image.channels);
  encoder.in_color_space = image.channels == 1   ? JCS_GRAYSCALE
                           : image.channels == 3 ? JCS_RGB
                                                 : JCS_CMYK;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  if (progressive)
    jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    auto *row = const_cast<uint8_t *>(image.pixels.data()) +
                encoder.next_scanline * image.width * image.channels;
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string file(reinterpret_cast<char *>(bytes), size);
  jpeg_destroy_compress(&encoder);
  std::free(bytes);
  return file;
}

void expectClose(const Result<Image> &got, const Image &expected, int tolerance) {
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->height, expected.height);
  ASSERT_EQ(got->width, expected.width);
  ASSERT_EQ(got->channels, expected.channels);
  ASSERT_EQ(got->pixels.size(), expected.pixels.size());
  for (size_t i = 0; i < expected.pixels.size(); ++i)
    ASSERT_NEAR(got->pixels[i], expected.pixels[i], tolerance) << "at " << i;
}

} // namespace

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

TEST(Image, ReadsPng) {
  for (int64_t channels : {1, 3})
    for (auto [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {7, 5}, {16, 33}}) {
      Image image = pattern(height, width, channels);
      expectClose(decodeImage(toPng(image)), image, 0);
    }
  // What lies under transparent pixels counts as it is.
  Image transparent = pattern(4, 4, 4), opaque{4, 4, 3, {}};
  for (int64_t k = 0; k < 64; ++k)
    if (k % 4 != 3)
      opaque.pixels.push_back(transparent.pixels[k]);
  expectClose(decodeImage(toPng(transparent, PNG_FORMAT_RGBA)), opaque, 0);
}

TEST(Image, ReadsJpeg) {
  for (bool progressive : {false, true}) {
    expectClose(decodeImage(toJpeg(constant(9, 17, {200}), progressive)), constant(9, 17, {200}),
                1);
    expectClose(decodeImage(toJpeg(constant(9, 17, {200, 30, 90}), progressive)),
                constant(9, 17, {200, 30, 90}), 2);
  }
  // Light that each ink leaves, times the light that black leaves.
  expectClose(decodeImage(toJpeg(constant(8, 8, {255, 100, 0, 128}))), constant(8, 8, {128, 50, 0}),
              2);
}

TEST(Image, FindsDamage) {
  std::string png = toPng(pattern(40, 40, 3));
  std::string jpeg = toJpeg(pattern(40, 40, 3)), scans = toJpeg(pattern(40, 40, 3), true);
  for (const std::string &file : {png, jpeg, scans}) {
    EXPECT_TRUE(decodeImage(file));
    Result<Image> checked = checkImage(file);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->height, 40);
    EXPECT_EQ(checked->width, 40);
    EXPECT_TRUE(checked->pixels.empty());
    for (size_t size = 0; size + 12 < file.size(); size += 1 + size / 8) {
      EXPECT_FALSE(decodeImage(file.substr(0, size))) << size;
      EXPECT_FALSE(checkImage(file.substr(0, size))) << size;
    }
  }
  std::string flipped = png;
  flipped[png.size() / 2] ^= 1;
  EXPECT_FALSE(decodeImage(flipped));
  expectError(decodeImage(""), {"is empty"});
  expectError(decodeImage("GIF89a"), {"begins like neither JPEG nor PNG"});
  // Any damage to it: no crash, and the check agrees.
  for (const std::string &file : {png, jpeg, scans})
    for (size_t i = 0; i < file.size(); i += 7) {
      std::string damaged = file;
      damaged[i] ^= char(1 + i % 255);
      EXPECT_EQ(bool(decodeImage(damaged)), bool(checkImage(damaged))) << i;
    }
}

TEST(Image, RefusesTooManyPixels) {
  std::string file = toPng(pattern(1, 1, 1));
  // The header's sides, 2^15 each, with its checksum.
  const char header[] = "IHDR\x00\x00\x80\x00\x00\x00\x80\x00\x08\x00\x00\x00\x00";
  std::string chunk(header, 17);
  uint32_t sum = crc32(0, reinterpret_cast<const Bytef *>(chunk.data()), 17);
  for (int shift : {24, 16, 8, 0})
    chunk += char(sum >> shift & 255);
  expectError(decodeImage(file.replace(12, 21, chunk)), {"too many pixels"});
}

//===----------------------------------------------------------------------===//
// Channels, scaling, cutting: the numbers are Pillow's, of convert and resize
//===----------------------------------------------------------------------===//

TEST(Image, ConvertsChannels) {
  EXPECT_EQ(withChannels(constant(1, 2, {7}), 3).pixels, (std::vector<uint8_t>{7, 7, 7, 7, 7, 7}));
  Image colours{1, 4, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 30}};
  EXPECT_EQ(withChannels(colours, 1).pixels, (std::vector<uint8_t>{76, 150, 29, 124}));
}

TEST(Image, Resizes) {
  auto expectResized = [](int64_t height, int64_t width, int64_t channels, int64_t toHeight,
                          int64_t toWidth, std::vector<uint8_t> expected) {
    Image got = resize(pattern(height, width, channels), toHeight, toWidth);
    EXPECT_EQ(got.height, toHeight);
    EXPECT_EQ(got.width, toWidth);
    EXPECT_EQ(got.pixels, expected) << height << " x " << width;
  };
  expectResized(5, 7, 1, 3, 4, {68, 162, 165, 139, 167, 143, 153, 81, 180, 73, 146, 138});
  expectResized(
      4, 4, 3, 3, 2,
      {137, 55, 164, 171, 117, 165, 131, 110, 148, 134, 162, 102, 181, 119, 111, 153, 161, 148});
  expectResized(3, 4, 1, 5, 6,
                {0,   24, 60, 106, 164, 210, 27,  69,  111, 112, 126, 138, 68,  136, 188,
                 122, 68, 30, 166, 184, 194, 164, 145, 133, 232, 216, 198, 192, 196, 202});
  expectResized(9, 2, 1, 2, 2, {107, 146, 166, 156});
  expectResized(2, 13, 1, 2, 3, {99, 136, 197, 134, 128, 114});
}

TEST(Image, ScalesTheShorterSide) {
  auto scaled = [](int64_t height, int64_t width, const char *size) {
    scaleSides(height, width, *ImageSize::parse(size));
    return std::pair(height, width);
  };
  EXPECT_EQ(scaled(375, 500, "256"), std::pair(int64_t(256), int64_t(341)));
  EXPECT_EQ(scaled(500, 375, "256"), std::pair(int64_t(341), int64_t(256)));
  EXPECT_EQ(scaled(10, 10, "32"), std::pair(int64_t(32), int64_t(32)));
  EXPECT_EQ(scaled(10, 11, "32x7"), std::pair(int64_t(32), int64_t(7)));
}

TEST(Image, SizesAsText) {
  for (const char *text : {"1", "65536", "3x5", "65536x1"})
    EXPECT_EQ(ImageSize::parse(text)->toText(), text);
  for (const char *text : {"", "0", "-1", "x", "3x", "x3", "3x0", "3X5", "3x5x7", "65537",
                           "1x65537", " 3", "3 ", "99999999999999999999"})
    EXPECT_FALSE(ImageSize::parse(text)) << text;
}

TEST(Image, CutsTheMiddle) {
  // Of an odd rest, the half is rounded to even.
  Image image{3, 4, 1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
  EXPECT_EQ(cropCentre(image, 2, 2).pixels, (std::vector<uint8_t>{1, 2, 5, 6}));
  EXPECT_EQ(cropCentre(image, 1, 1).pixels, (std::vector<uint8_t>{6}));
  EXPECT_EQ(cropCentre(image, 3, 3).pixels, (std::vector<uint8_t>{0, 1, 2, 4, 5, 6, 8, 9, 10}));
  EXPECT_EQ(cropCentre(image, 1, 4).pixels, (std::vector<uint8_t>{4, 5, 6, 7}));
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

class FolderData : public testing::Test {
protected:
  void make(const std::string &name) { ::mkdir((folder / name).c_str(), 0777); }
  Result<Dataset> open(const std::string &more = "", const DatasetOptions &options = {}) {
    return openDataset("images:" + folder.string() + more, options);
  }
  static DatasetOptions limited(int64_t limit) {
    DatasetOptions options;
    options.limit = limit;
    return options;
  }
  static DatasetOptions shaped(Shape image) {
    DatasetOptions options;
    options.image = std::move(image);
    return options;
  }
  TemporaryFolder folder;
};

TEST_F(FolderData, ClassesAreFoldersInOrder) {
  for (const char *name : {"b", "B", "a10", "a2", ".hidden"})
    make(name);
  make("b/more");
  folder.write("b/2.png", toPng(constant(2, 3, {1, 2, 3})));
  folder.write("b/1.PNG", toPng(constant(2, 3, {4, 5, 6})));
  folder.write("b/more/0.png", toPng(constant(2, 3, {7, 8, 9})));
  folder.write("b/.3.png", "");
  folder.write("b/notes.txt", "");
  folder.write("B/x.jpeg", toPng(constant(2, 3, {10})));
  folder.write("a2/x.JPG", toJpeg(constant(2, 3, {50})));
  folder.write(".hidden/x.png", "");
  Result<Dataset> data = open();
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->classNames(), (std::vector<std::string>{"B", "a10", "a2", "b"}));
  EXPECT_EQ(data->numClasses(), 4);
  EXPECT_EQ(data->imageShape(), (Shape{2, 3, 3}));
  ASSERT_EQ(data->size(), 5);
  std::vector<int64_t> labels;
  std::vector<float> firsts;
  for (int64_t i = 0; i < 5; ++i) {
    labels.push_back(data->label(i));
    firsts.push_back(data->images(i, 1)->data<float>()[0]);
  }
  EXPECT_EQ(labels, (std::vector<int64_t>{0, 2, 3, 3, 3}));
  EXPECT_EQ(firsts,
            (std::vector<float>{10 / 255.0f, 50 / 255.0f, 4 / 255.0f, 1 / 255.0f, 7 / 255.0f}));
  EXPECT_EQ(data->name(4), "'" + (folder / "b/more/0.png") + "'");
  // A folder without images is a class nevertheless, so that others keep their numbers.
  EXPECT_EQ(data->takeNotices(),
            (std::vector<std::string>{"class folder '" + (folder / "a10") + "' has no image"}));
  EXPECT_EQ(listDataFiles("images:" + folder.string() + ",resize=2,strict#0-1").size(), 5u);
}

TEST_F(FolderData, ImagesWithoutClassesHaveNoLabels) {
  folder.write("1.png", toPng(pattern(4, 4, 3)));
  folder.write("2.png", toPng(pattern(4, 4, 1)));
  folder.write("3.webp", "");
  Result<Dataset> data = open("", shaped({4, 4, 1}));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_FALSE(data->hasLabels());
  EXPECT_EQ(data->numClasses(), 0);
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->imageShape(), (Shape{4, 4, 1}));
  EXPECT_EQ(data->takeNotices().size(), 1u);
  EXPECT_EQ(open("", shaped({16}))->imageShape(), (Shape{4, 4, 1}));
  EXPECT_EQ(open("", shaped({48}))->imageShape(), (Shape{4, 4, 3}));
  EXPECT_EQ(open("", shaped({4, 4}))->imageShape(), (Shape{4, 4, 1}));
  expectError(open("", shaped({4, 4, 2})), {"2 channels", "1 or 3"});
  // Beside folders of classes, they are left out.
  make("c");
  folder.write("c/1.png", toPng(pattern(4, 4, 3)));
  data = open();
  ASSERT_TRUE(data);
  EXPECT_EQ(data->size(), 1);
  EXPECT_NE(data->takeNotices().front().find("2 images of"), std::string::npos);
}

TEST_F(FolderData, AreNormalisedAsOtherBytes) {
  Image image = pattern(3, 3, 3);
  folder.write("1.png", toPng(image));
  DatasetOptions options{{0.5f, 0.25f, 0}, {0.5f}};
  Result<Dataset> data = open("", options);
  ASSERT_TRUE(data);
  std::vector<float> table = tabulateBytes(options, 3);
  Tensor got = *data->images(0, 1);
  for (int64_t i = 0; i < 27; ++i)
    EXPECT_EQ(got.data<float>()[i], table[i % 3 * 256 + image.pixels[i]]);
  DatasetOptions whole;
  whole.integers = IntegerLimits{0, 255};
  EXPECT_EQ(open("", whole)->images(0, 1)->data<float>()[5], float(image.pixels[5]));
  whole.integers = IntegerLimits{-128, 127};
  expectError(open("", whole), {"holds bytes", "from -128 to 127"});
}

TEST_F(FolderData, TakesASpreadOfManyFiles) {
  for (const char *name : {"a", "b", "c"}) {
    make(name);
    for (char number = '0'; number < '4'; ++number)
      folder.write(std::string(name) + "/" + number + ".png", toPng(pattern(2, 2, 1)));
  }
  auto labels = [&](const std::string &more, int64_t limit) {
    std::vector<int64_t> found;
    Result<Dataset> data = open(more, limited(limit));
    EXPECT_TRUE(data);
    for (int64_t i = 0; data && i < data->size(); ++i)
      found.push_back(data->label(i));
    return found;
  };
  EXPECT_EQ(labels("", 3), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(labels("#4-11", 4), (std::vector<int64_t>{1, 1, 2, 2}));
  EXPECT_EQ(labels("#3-5", 0), (std::vector<int64_t>{0, 1, 1}));
  EXPECT_EQ(labels("", 100).size(), 12u);
  expectError(open("#3-12"), {"up to image 12", "the last image is 11"});
}

TEST_F(FolderData, DamagedFilesAreLeftOutOrAnError) {
  make("a");
  folder.write("a/1.png", toPng(pattern(2, 2, 1)));
  folder.write("a/2.png", "no image");
  folder.write("a/3.jpg", toJpeg(pattern(32, 32, 3)).substr(0, 900));
  folder.write("a/4.png", toPng(pattern(2, 2, 3)));
  Result<Dataset> data = open();
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->numDamaged(), 2);
  EXPECT_EQ(data->name(1), "'" + (folder / "a/4.png") + "'");
  // While it is open, nobody is told again.
  EXPECT_TRUE(open()->takeNotices().empty());
  std::vector<std::string> notices = data->takeNotices();
  ASSERT_EQ(notices.size(), 3u);
  EXPECT_NE(notices[0].find("2.png' is damaged: begins like neither"), std::string::npos);
  EXPECT_NE(notices[1].find("3.jpg' is damaged: "), std::string::npos);
  EXPECT_NE(notices[2].find("2 of 4 images of"), std::string::npos);
  expectError(open(",strict"), {"2.png", "is damaged"});
  // One that goes afterwards is an error.
  folder.write("a/4.png", "no more");
  expectError(data->images(0, 2), {"4.png", "is damaged"});
  folder.write("a/1.png", "");
  data = Error();
  expectError(open(), {"no image of", "can be read", "is damaged"});
}

TEST_F(FolderData, SizesThatDoNotFitSayWhatHelps) {
  folder.write("1.png", toPng(pattern(6, 8, 1)));
  folder.write("2.png", toPng(pattern(8, 6, 1)));
  expectError(open(),
              {"2.png' has [H, W] = [8, 6]", "the first image [6, 8]", "--resize 6", "--crop 6"});
  expectError(open("", shaped({4, 4, 3})),
              {"1.png' has [H, W] = [6, 8]", "the network takes [4, 4]", "--resize 4", "--crop 4"});
  expectError(open(",resize=4", shaped({4, 4, 3})), {"which becomes [4, 5]", "--crop 4"});
  expectError(open(",crop=7"), {"1.png' has [H, W] = [6, 8] without --resize", "--crop 7"});
  expectError(open(",resize=6,crop=7"), {"after --resize", "--crop 7"});
  expectError(open("", shaped({4, 6, 3})), {"--resize 4x6 scales both sides, --crop 4x6"});
  expectError(open(",crop=6x7"), {"2.png' has [H, W] = [8, 6]", "--crop 6x7 takes [6, 7]"});
  for (const char *more : {",resize=4x6", ",crop=4x6", ",resize=9x7,crop=4x6"}) {
    Result<Dataset> data = open(more, shaped({4, 6, 3}));
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->images(0, 2)->shape(), (Shape{2, 4, 6, 3}));
  }
  for (const char *more : {",resize=4,crop=4", ",crop=4", ",crop=4,resize=5"}) {
    Result<Dataset> data = open(more, shaped({4, 4, 3}));
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->images(0, 2)->shape(), (Shape{2, 4, 4, 3}));
  }
  Image scaled = cropCentre(resize(pattern(6, 8, 1), 5, 6), 4, 4);
  Result<Dataset> data = open(",resize=5,crop=4", shaped({4, 4, 1}));
  ASSERT_TRUE(data);
  for (int64_t i = 0; i < 16; ++i)
    EXPECT_EQ(data->images(0, 1)->data<float>()[i], float(scaled.pixels[i]) / 255.0f);
  expectError(open(",resize=0"), {"'resize'", "1 to 65536", "'0'"});
  expectError(open(",crop=x"), {"'crop'", "'x'"});
  // Another word belongs to the path.
  expectError(open(",resized=4"), {",resized=4' does not exist"});
  expectError(openDataset("images:"), {"must be 'images:DIR'"});
}

TEST_F(FolderData, SaysWhereThereIsNothing) {
  expectError(open(), {"has no JPEG or PNG file"});
  expectError(open("/none"), {"/none' does not exist"});
  make("a");
  expectError(open(), {"has no JPEG or PNG file"});
}

//===- DecodePng.cpp - PNG files ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Image.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <png.h>
#include <string>

namespace tally {

namespace {

/// One file. Errors come by longjmp, so whoever sets it has nothing that a destructor ends.
class Decoder {
public:
  Decoder(std::string_view file, Image &image) : rest(file), image(image) {
    png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, const char *) {});
    info = png ? png_create_info_struct(png) : nullptr;
  }
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;

  /// What is wrong; null if nothing is.
  const char *run() {
    if (!info)
      return "out of memory";
    if (setjmp(giveUp))
      return reason;
    png_set_read_fn(png, this, read);
    png_read_info(png, info);
    if (int64_t(png_get_image_width(png, info)) * png_get_image_height(png, info) > kMaxPixels)
      return "has too many pixels";
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE)
      png_set_palette_to_rgb(png);
    else
      png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    readRows();
    png_read_end(png, nullptr);
    return nullptr;
  }

private:
  [[noreturn]] static void fail(png_structp png, const char *message) {
    auto *decoder = static_cast<Decoder *>(png_get_error_ptr(png));
    std::snprintf(decoder->reason, sizeof(decoder->reason), "%s", message);
    std::longjmp(decoder->giveUp, 1);
  }
  static void read(png_structp png, png_bytep to, size_t size) {
    auto *decoder = static_cast<Decoder *>(png_get_io_ptr(png));
    if (size > decoder->rest.size())
      png_error(png, "premature end of the file");
    std::memcpy(to, decoder->rest.data(), size);
    decoder->rest.remove_prefix(size);
  }

  void readRows() {
    image.height = png_get_image_height(png, info);
    image.width = png_get_image_width(png, info);
    image.channels = png_get_channels(png, info);
    rows.resize(image.height);
    image.pixels.resize(image.height * image.width * image.channels);
    for (int64_t row = 0; row < image.height; ++row)
      rows[row] = image.pixels.data() + row * image.width * image.channels;
    png_read_image(png, rows.data());
  }

  std::string_view rest; ///< what is not read yet
  Image &image;
  std::vector<png_bytep> rows;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf giveUp = {};
  char reason[256] = {};
};

} // namespace

Result<Image> decodePng(std::string_view file) {
  Image image;
  Decoder decoder(file, image);
  if (const char *reason = decoder.run())
    return Error{reason};
  return image;
}

} // namespace tally

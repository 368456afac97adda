//===- DecodeJpeg.cpp - JPEG files ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Image.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <jerror.h>
#include <jpeglib.h>

namespace tally {

/// A file of a few kB may ask for a pass over its whole image in every few bytes.
static constexpr int kMaxScans = 500;

namespace {

/// What the library calls back with; it knows these structures by their first members.
struct Errors {
  jpeg_error_mgr manager;
  std::jmp_buf giveUp;
  char reason[JMSG_LENGTH_MAX];
};

/// One file. Errors come by longjmp, so whoever sets it has nothing that a destructor ends.
class Decoder {
public:
  Decoder(std::string_view file, Image &image) : file(file), image(image) {
    decoder.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = fail;
    errors.manager.emit_message = warn;
    errors.manager.output_message = [](j_common_ptr) {};
    progress.progress_monitor = watch;
  }
  ~Decoder() { jpeg_destroy_decompress(&decoder); }
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;

  /// What is wrong; null if nothing is.
  const char *run(bool check) {
    if (setjmp(errors.giveUp))
      return errors.reason;
    jpeg_create_decompress(&decoder);
    decoder.progress = &progress;
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char *>(file.data()), file.size());
    jpeg_read_header(&decoder, TRUE);
    if (int64_t(decoder.image_width) * decoder.image_height > kMaxPixels)
      return "has too many pixels";
    switch (decoder.jpeg_color_space) {
    case JCS_GRAYSCALE:
      decoder.out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      decoder.out_color_space = JCS_CMYK;
      break;
    default:
      decoder.out_color_space = JCS_RGB;
    }
    if (check) // an eighth of each side, for which all data is read
      decoder.scale_denom = 8;
    jpeg_start_decompress(&decoder);
    readRows();
    jpeg_finish_decompress(&decoder);
    if (check)
      image = {decoder.image_height, decoder.image_width, image.channels, {}};
    return nullptr;
  }

private:
  static Errors &of(j_common_ptr decoder) { return *reinterpret_cast<Errors *>(decoder->err); }

  [[noreturn]] static void fail(j_common_ptr decoder) {
    Errors &errors = of(decoder);
    errors.manager.format_message(decoder, errors.reason);
    std::longjmp(errors.giveUp, 1);
  }
  /// The library goes on where data is missing and fills what it does not have.
  static void warn(j_common_ptr decoder, int level) {
    switch (of(decoder).manager.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
      return;
    default:
      if (level < 0)
        fail(decoder);
    }
  }
  static void watch(j_common_ptr common) {
    auto *decoder = reinterpret_cast<j_decompress_ptr>(common);
    if (decoder->input_scan_number <= kMaxScans)
      return;
    std::snprintf(of(common).reason, JMSG_LENGTH_MAX, "has more than %d scans", kMaxScans);
    std::longjmp(of(common).giveUp, 1);
  }

  void readRows() {
    int64_t components = decoder.output_components;
    image.height = decoder.output_height;
    image.width = decoder.output_width;
    image.channels = components == 1 ? 1 : 3;
    image.pixels.resize(image.height * image.width * components);
    while (decoder.output_scanline < decoder.output_height) {
      JSAMPROW row = image.pixels.data() + decoder.output_scanline * image.width * components;
      jpeg_read_scanlines(&decoder, &row, 1);
    }
    if (components == 4)
      fromCmyk();
  }

  /// Adobe's programs write inks inverted.
  void fromCmyk() {
    uint8_t *from = image.pixels.data(), *to = from;
    bool isInverted = decoder.saw_Adobe_marker;
    for (int64_t i = 0; i < image.height * image.width; ++i, from += 4, to += 3) {
      int light[4];
      for (int c = 0; c < 4; ++c)
        light[c] = isInverted ? from[c] : 255 - from[c];
      for (int c = 0; c < 3; ++c) {
        int product = (255 - light[c]) * light[3] + 128;
        to[c] = uint8_t(std::max(0, light[3] - ((product + (product >> 8)) >> 8)));
      }
    }
    image.pixels.resize(image.height * image.width * 3);
  }

  std::string_view file;
  Image &image;
  Errors errors = {};
  jpeg_progress_mgr progress = {};
  jpeg_decompress_struct decoder = {};
};

} // namespace

Result<Image> decodeJpeg(std::string_view file, bool check) {
  Image image;
  Decoder decoder(file, image);
  if (const char *reason = decoder.run(check))
    return Error{reason};
  return image;
}

} // namespace tally

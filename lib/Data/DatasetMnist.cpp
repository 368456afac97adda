//===- DatasetMnist.cpp - images in IDX files -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetFormats.h"

#include "tally/Support/File.h"
#include "tally/Support/Text.h"

#include <cstdio>

namespace tally {

namespace {

/// An IDX file of bytes: 0, 0, 8 (unsigned byte), rank, the sizes as big-endian
/// 32-bit numbers, the elements.
struct Idx {
  Shape shape;
  std::vector<char> bytes;
};

} // namespace

static std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08x", value);
  return text;
}

static uint32_t bigEndian(const char *bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value = value << 8 | uint8_t(bytes[i]);
  return value;
}

static Result<Idx> readIdx(const std::string &path, uint32_t rank) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  Result<std::vector<char>> header = file->readExactly(4);
  if (!header)
    return header.error();
  uint32_t magic = bigEndian(header->data()), expected = 0x800 + rank;
  if (magic != expected)
    return Error{"'" + path + "' begins with " + hex(magic) + ", but an IDX file of bytes with " +
                 std::to_string(rank) + " dimensions begins with " + hex(expected)};
  Result<std::vector<char>> sizes = file->readExactly(4 * rank);
  if (!sizes)
    return sizes.error();
  Idx idx;
  int64_t total = 1;
  bool overflow = false;
  std::string text;
  for (uint32_t i = 0; i < rank; ++i) {
    idx.shape.push_back(bigEndian(sizes->data() + 4 * i));
    overflow |= __builtin_mul_overflow(total, idx.shape.back(), &total);
    text += (i ? " x " : "") + std::to_string(idx.shape.back());
  }
  if (overflow || total == 0)
    return Error{"'" + path + "' has a header for " + text + " bytes: no data set has that size"};
  Result<std::vector<char>> bytes = file->readExactly(total);
  if (!bytes)
    return bytes.error();
  if (Status end = file->expectEnd(); !end)
    return end.error();
  idx.bytes = std::move(*bytes);
  return idx;
}

Result<std::vector<std::string>> findMnist(const std::string &directory, bool train) {
  std::string prefix = train ? "train" : "t10k";
  const char *hint = "Debian's package dataset-fashion-mnist provides "
                     "Fashion-MNIST in /usr/share/datasets/fashion-mnist";
  // Some copies have a dot where the original has a hyphen.
  Result<std::string> imagePath =
      findDataFile(directory, {prefix + "-images-idx3-ubyte", prefix + "-images.idx3-ubyte"}, hint);
  if (!imagePath)
    return imagePath.error();
  Result<std::string> labelPath =
      findDataFile(directory, {prefix + "-labels-idx1-ubyte", prefix + "-labels.idx1-ubyte"}, hint);
  if (!labelPath)
    return labelPath.error();
  return std::vector<std::string>{*imagePath, *labelPath};
}

Result<StoredImages> readMnist(const std::string &directory, bool train) {
  Result<std::vector<std::string>> paths = findMnist(directory, train);
  if (!paths)
    return paths.error();
  const std::string &imagePath = paths->front(), &labelPath = paths->back();
  Result<Idx> images = readIdx(imagePath, 3);
  if (!images)
    return images.error();
  Result<Idx> labels = readIdx(labelPath, 1);
  if (!labels)
    return labels.error();
  if (images->shape[0] != labels->shape[0])
    return Error{"'" + imagePath + "' has " + counted(images->shape[0], "image") + ", but '" +
                 labelPath + "' has " + counted(labels->shape[0], "label")};

  StoredImages stored;
  stored.imageShape = {images->shape[1], images->shape[2], 1};
  stored.pixels = sharePixels(std::move(images->bytes));
  for (char label : labels->bytes)
    stored.labels.push_back(uint8_t(label));
  stored.count = stored.labels.size();
  return stored;
}

} // namespace tally

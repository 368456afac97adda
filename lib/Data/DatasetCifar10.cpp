//===- DatasetCifar10.cpp - CIFAR-10's binary batches ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetFormats.h"

#include "tally/Support/File.h"

namespace tally {

static constexpr int64_t kPixels = 32 * 32 * 3;
static constexpr int64_t kRecord = 1 + kPixels; // label, then three planes
static constexpr int64_t kClasses = 10;

/// Appends the records of one file: any number above 0.
static Status readBatch(const std::string &path, std::vector<char> &pixels,
                        std::vector<int32_t> &labels) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  std::vector<char> record(kRecord);
  int64_t records = 0;
  while (true) {
    Result<int64_t> got = file->readSome(record.data(), kRecord);
    if (!got)
      return got.error();
    if (*got == 0)
      break;
    if (*got < kRecord)
      return Error{"'" + path + "' holds " + std::to_string(records * kRecord + *got) +
                   " bytes, which is no multiple of the " + std::to_string(kRecord) +
                   " bytes of a CIFAR-10 record"};
    int32_t label = uint8_t(record[0]);
    if (label >= kClasses)
      return Error{"'" + path + "' has label " + std::to_string(label) + " at record " +
                   std::to_string(records) + ", but CIFAR-10 has " + std::to_string(kClasses) +
                   " classes"};
    labels.push_back(label);
    pixels.insert(pixels.end(), record.begin() + 1, record.end());
    ++records;
  }
  if (records == 0)
    return Error{"'" + path + "' is empty, but must hold records of " + std::to_string(kRecord) +
                 " bytes"};
  return Done();
}

Result<std::vector<std::string>> findCifar10(const std::string &directory, bool train) {
  std::vector<std::string> names = {"test_batch.bin"};
  if (train) {
    names.clear();
    for (int i = 1; i <= 5; ++i)
      names.push_back("data_batch_" + std::to_string(i) + ".bin");
  }
  std::vector<std::string> paths;
  for (const std::string &name : names) {
    Result<std::string> path = findDataFile(directory, {name});
    if (!path)
      return path.error();
    paths.push_back(*path);
  }
  return paths;
}

Result<StoredImages> readCifar10(const std::string &directory, bool train) {
  Result<std::vector<std::string>> paths = findCifar10(directory, train);
  if (!paths)
    return paths.error();
  StoredImages stored;
  stored.imageShape = {32, 32, 3};
  stored.planar = true;
  std::vector<char> pixels;
  if (train)
    pixels.reserve(50000 * kPixels);
  for (const std::string &path : *paths)
    if (Status read = readBatch(path, pixels, stored.labels); !read)
      return read.error();
  stored.pixels = sharePixels(std::move(pixels));
  stored.count = stored.labels.size();
  return stored;
}

} // namespace tally

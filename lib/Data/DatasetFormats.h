//===- DatasetFormats.h - the files behind a data set -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One reader for each kind of data set. Private to openDataset.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DATA_DATASETFORMATS_H
#define TALLY_LIB_DATA_DATASETFORMATS_H

#include "tally/Data/Tensor.h"
#include "tally/Support/Result.h"

#include <memory>
#include <string>
#include <vector>

namespace tally {

/// Labelled images as a file holds them. There is at least one, and as many
/// labels as images; labels are 0 or above.
struct StoredImages {
  /// `[H, W, C]`.
  Shape imageShape;
  /// U8 or F32, or another type of integers.
  ElementType type = ElementType::U8;
  /// Whether an image is C planes `[H, W]` instead of `[H, W, C]`.
  bool planar = false;
  std::shared_ptr<const char> pixels;
  std::vector<int32_t> labels;
};

/// IDX files of the layout in http://yann.lecun.com/exdb/mnist: images, then labels.
Result<std::vector<std::string>> findMnist(const std::string &directory, bool train);
Result<StoredImages> readMnist(const std::string &directory, bool train);

/// The binary version of https://www.cs.toronto.edu/~kriz/cifar.html.
Result<std::vector<std::string>> findCifar10(const std::string &directory, bool train);
Result<StoredImages> readCifar10(const std::string &directory, bool train);

/// `integers`: whether images may be of any integer type, or of U8 alone.
Result<StoredImages> readNpyImages(const std::string &imagePath, const std::string &labelPath,
                                   bool integers);

/// The first of `directory/name`, `directory/name.gz` that exists, for any of
/// `names`. Fails, listing what was looked for; `hint` ends the message.
Result<std::string> findDataFile(const std::string &directory,
                                 const std::vector<std::string> &names,
                                 const std::string &hint = "");

/// A pointer to the elements that keeps `bytes` alive.
std::shared_ptr<const char> sharePixels(std::vector<char> bytes);

} // namespace tally

#endif // TALLY_LIB_DATA_DATASETFORMATS_H

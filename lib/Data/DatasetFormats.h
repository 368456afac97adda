//===- DatasetFormats.h - the files behind a data set -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One reader for each kind of data set. Private to openDataset.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DATA_DATASETFORMATS_H
#define TALLY_LIB_DATA_DATASETFORMATS_H

#include "tally/Data/Tensor.h"
#include "tally/Support/File.h"
#include "tally/Support/ImageSize.h"

#include <memory>
#include <string>
#include <vector>

namespace tally {

/// Images that are read when they are wanted.
class ImageSource {
public:
  virtual ~ImageSource() = default;
  /// Image `index` as bytes `[H, W, C]`. Called by several threads.
  virtual Status read(int64_t index, uint8_t *pixels) const = 0;
  /// What image `index` is called, in quotes, and its number before any was left out.
  virtual std::string name(int64_t index) const = 0;
  virtual int64_t number(int64_t index) const = 0;
};

/// Images as a file holds them. There is at least one, and as many labels as images, or none;
/// labels are 0 or above.
struct StoredImages {
  /// `[H, W, C]`.
  Shape imageShape;
  /// U8 or F32, or another type of integers.
  ElementType type = ElementType::U8;
  /// Whether an image is C planes `[H, W]` instead of `[H, W, C]`.
  bool planar = false;
  std::shared_ptr<const char> pixels;
  std::vector<int32_t> labels;
  /// In place of pixels, of bytes that are not planar.
  std::shared_ptr<const ImageSource> source;
  int64_t count = 0;
  bool hasTargets = false; ///< floats in place of labels
  std::vector<std::string> classNames;
  int64_t damaged = 0;
  /// What the user should know and has not been told.
  std::vector<std::string> notices;
};

/// What an `images:DIR` says: the folder, the range of files, what is done to each image.
struct FolderSpec {
  std::string directory;
  int64_t first = 0, last = -1; ///< -1: to the end
  Scaling scaling = {};
  bool strict = false; ///< a damaged file is an error
};

/// The image files below `directory`, each with its class or none, in order.
Result<std::vector<std::string>> findFolder(const std::string &directory);
/// `limit`: that many files, spread evenly; 0 for all. `expected`: what a network takes for one
/// image, empty where nobody knows.
Result<StoredImages> readFolder(const FolderSpec &spec, int64_t limit, const Shape &expected);

/// IDX files of the layout in http://yann.lecun.com/exdb/mnist: images, then labels.
Result<std::vector<std::string>> findMnist(const std::string &directory, bool train);
Result<StoredImages> readMnist(const std::string &directory, bool train);

/// The binary version of https://www.cs.toronto.edu/~kriz/cifar.html.
Result<std::vector<std::string>> findCifar10(const std::string &directory, bool train);
Result<StoredImages> readCifar10(const std::string &directory, bool train);

/// `integers`: whether images may be of any integer type, or of U8 alone. Without labels where
/// there is no path to them; with targets where that has floats.
Result<StoredImages> readNpyImages(const std::string &imagePath, const std::string &labelPath,
                                   bool integers, bool anyRank);
/// The array `name`, and `labels` where there is such another one.
Result<StoredImages> readNpzImages(const std::string &path, const std::string &name, bool integers);

/// The first of `directory/name`, `directory/name.gz` that exists, for any of
/// `names`. Fails, listing what was looked for; `hint` ends the message.
Result<std::string> findDataFile(const std::string &directory,
                                 const std::vector<std::string> &names,
                                 const std::string &hint = "");

/// A pointer to the elements that keeps `bytes` alive.
std::shared_ptr<const char> sharePixels(std::vector<char> bytes);

} // namespace tally

#endif // TALLY_LIB_DATA_DATASETFORMATS_H

//===- Dataset.h - labelled images ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The DATA argument of the command line:
//
//   mnist:DIR:train|test     IDX files in MNIST's layout, plain or .gz:
//                            train-images-idx3-ubyte, t10k-labels-idx1-ubyte...
//   cifar10:DIR:train|test   data_batch_1.bin ... data_batch_5.bin,
//                            test_batch.bin, plain or .gz
//   npy:X.npy,Y.npy          images u1 or f4/f8, [N, H, W, C], [N, H, W] or
//                            [N, K], and integers for networks that take such;
//                            labels of any integer type, [N], or floats, what
//                            a network is to return; or npy:X.npy alone
//   npz:FILE                 an array for each input of a network, by its name,
//                            of any rank; `labels`, and arrays of the names of
//                            results, as behind npy:X.npy
//   images:DIR               JPEG and PNG files, in a folder for each class, or
//                            in DIR itself without labels; `,resize=N` scales
//                            the shorter side, `,resize=HxW` both, `,crop=N` or
//                            `,crop=HxW` cuts out the middle, `,strict` makes a
//                            damaged file an error
//
// each with an optional `#FIRST-LAST`, the first and last image taken. Free of
// LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_DATASET_H
#define TALLY_DATA_DATASET_H

#include "tally/Data/Tensor.h"
#include "tally/Support/File.h"
#include "tally/Support/ImageSize.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tally {

/// An inclusive range.
struct IntegerLimits {
  int64_t lowest = 0, highest = 0;
};

/// Pixels are `(x - mean) / std`, where x is the byte / 255 or the float of the
/// file. One value holds for all channels; none stands for mean 0 and std 1.
struct DatasetOptions {
  std::vector<float> mean, std;
  /// Set where integers are wanted: those of the file, of any type, as they are, which have to
  /// lie within these limits. Floats too stay as they are.
  std::optional<IntegerLimits> integers = std::nullopt;
  /// At most so many images, 0 for all: the first, of folders an even spread.
  int64_t limit = 0;
  /// What the network takes for one image: folders are read as that. Empty: RGB of one size.
  Shape image = {}; // NOLINT(readability-redundant-member-init): lists may end before
  /// The array of `npz:FILE`; where it is given, arrays of other files too may have any rank.
  std::string array = {}; // NOLINT(readability-redundant-member-init): as above
};

/// What every byte of every channel becomes, `[channels][256]`; mean and standard deviation are
/// empty or have one value or one for each channel.
std::vector<float> tabulateBytes(const DatasetOptions &options, int64_t channels);

class ImageSource;

/// Between what the elements of images lie: F32 `[N, H, W, C]`, `low <= element <= high`.
struct ImagesAround {
  Tensor low, high;
};

class Dataset {
public:
  /// Images in the range of the spec.
  int64_t size() const { return count; }
  /// `[H, W, C]`; `[1, 1, K]` for features `[N, K]`.
  const Shape &imageShape() const { return shape; }
  /// Images `start .. start + size` of the range: F32 `[size, H, W, C]`. May
  /// be called by several threads. Fails where a file changed since it was opened, and on floats
  /// that are not finite.
  Result<Tensor> images(int64_t start, int64_t size) const;
  /// The ends of all images that differ from these by at most `radius` in any pixel, which stays
  /// between 0 and 1, before they are normalised. Where bytes are taken as they are, 1 is 255.
  /// With a radius above 0, further out by the roundings of single precision. Fails
  /// on pixels that are not between 0 and 1.
  Result<ImagesAround> imagesAround(int64_t start, int64_t size, double radius) const;
  bool hasLabels() const { return !labels.empty(); }
  /// The class of image `index` of the range, 0 or above; there have to be labels.
  int64_t label(int64_t index) const;
  /// Floats that come in place of labels, as another data set of the same size; empty without.
  const std::string &targets() const { return targetText; }
  /// What messages call it: `image 7 of 'npy:X.npy,Y.npy'`, or its file.
  std::string name(int64_t index) const;
  /// The largest label of the whole file, not only of the range, + 1; of folders as many as there
  /// are, of the names below. 0 without labels.
  int64_t numClasses() const { return classes; }
  /// What the labels stand for; empty where the files do not say.
  const std::vector<std::string> &classNames() const { return names; }
  /// Damaged files that are left out.
  int64_t numDamaged() const { return damaged; }
  /// What the user should know of the files; the second time, nothing.
  std::vector<std::string> takeNotices() { return std::exchange(notices, {}); }
  /// Whether the file has floats, which may be scaled in any way.
  bool holdsFloats() const { return type == ElementType::F32; }
  const std::string &spec() const { return text; }

private:
  friend Result<Dataset> openDataset(const std::string &, const DatasetOptions &);
  Dataset() = default;
  /// Fails, naming image and number, on integers beyond `limits`.
  Status checkIntegers(IntegerLimits limits) const;
  /// Fails, naming the image, where one of `values`, that of image `start` first, is no number.
  Status checkFinite(const float *values, int64_t start, int64_t size) const;
  /// Turns `size` images of stored bytes into `values`, `[C][256]`.
  void convertBytes(const uint8_t *from, int64_t size, const std::vector<float> &values,
                    float *to) const;
  /// The same of images `start .. start + size` of the range, wherever they are stored.
  Status convertStored(int64_t start, int64_t size, const std::vector<float> &values,
                       float *to) const;

  std::string text, array, targetText;
  int64_t first = 0, count = 0, classes = 0, damaged = 0;
  std::vector<std::string> names, notices;
  Shape shape;
  /// As stored: bytes, floats or other integers, channels last or as planes.
  ElementType type = ElementType::U8;
  bool planar = false;
  std::shared_ptr<const char> pixels;
  /// In place of pixels, those of the range only.
  std::shared_ptr<const ImageSource> source;
  std::vector<int32_t> labels;
  std::optional<IntegerLimits> integers;
  /// Per channel.
  std::vector<float> mean, std;
  /// The result for every byte of every channel, `[C][256]`, if bytes are
  /// stored.
  std::vector<float> table;
};

/// Opens what `spec` names and reads all of it; errors name the file and the
/// numbers that do not fit.
Result<Dataset> openDataset(const std::string &text, const DatasetOptions &options = {});

/// Whether `text` is `npz:FILE`.
bool hasNamedArrays(const std::string &text);
/// The names of its arrays.
Result<std::vector<std::string>> listArrays(const std::string &text);

/// What it says is done to images of a folder.
Result<Scaling> findScaling(const std::string &text);

/// The files that it would read; none where it would fail.
std::vector<std::string> listDataFiles(const std::string &text);

/// The hint of a message that images have another shape than the network's: that they have its
/// dimensions in another order. Empty where they have not.
std::string getOrderHint(const Shape &wanted, const Shape &got);

} // namespace tally

#endif // TALLY_DATA_DATASET_H

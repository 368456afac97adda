//===- DatasetNpy.cpp - images and labels in npy files --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetFormats.h"

#include "tally/Data/Npy.h"
#include "tally/Data/Npz.h"
#include "tally/Support/Text.h"

#include <algorithm>
#include <limits>

namespace tally {

static const char *getName(ElementType type) {
  static constexpr const char *kNames[] = {"float32", "int8",   "uint8", "int16",  "uint16",
                                           "int32",   "uint32", "int64", "float64"};
  return kNames[unsigned(type)];
}

/// `path` is quoted.
static Result<Shape> getImageShape(const std::string &path, const Tensor &images, bool integers,
                                   bool anyRank) {
  assert(images.type() != ElementType::F64 && "files are read as F32");
  const Shape &shape = images.shape();
  if (!integers && images.type() != ElementType::U8 && images.type() != ElementType::F32)
    return Error{path + " holds " + getName(images.type()) +
                 ", but images for a network that takes floats are uint8, which is scaled to 0..1, "
                 "or floats"};
  if (shape.empty() || (!anyRank && (shape.size() < 2 || shape.size() > 4)))
    return Error{path + " has shape " + toText(shape) +
                 (anyRank ? ", but its first dimension is to count images"
                          : ", but images are [N, H, W, C], [N, H, W] or [N, K]")};
  if (images.size() == 0)
    return Error{path + " has shape " + toText(shape) + " and no element"};
  if (shape.size() < 3 || shape.size() > 4)
    return Shape{1, 1, images.size() / shape[0]};
  return Shape{shape[1], shape[2], shape.size() == 4 ? shape[3] : 1};
}

/// `path` is quoted.
static Result<std::vector<int32_t>> getLabels(const std::string &path, const Tensor &tensor) {
  if (isFloat(tensor.type()))
    return Error{path + " holds floats, but labels are integers; save them with .astype('int64')"};
  bool column = tensor.rank() == 2 && tensor.dim(1) == 1;
  if (tensor.rank() != 1 && !column)
    return Error{path + " has shape " + toText(tensor.shape()) +
                 ", but labels are [N]; what a network is to return are floats"};
  std::vector<int32_t> labels(tensor.size());
  constexpr int64_t highest = std::numeric_limits<int32_t>::max() - 1;
  int64_t wrong = -1, value = 0;
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    for (int64_t i = 0, e = tensor.size(); i < e && wrong < 0; ++i) {
      value = int64_t(data[i]);
      if (value < 0 || value > highest)
        wrong = i;
      else
        labels[i] = int32_t(value);
    }
  });
  if (wrong >= 0)
    return Error{path + " has label " + std::to_string(value) + " at element " +
                 std::to_string(wrong) + ", but labels are 0 to " + std::to_string(highest)};
  return labels;
}

static std::string quote(const std::string &text) { return "'" + text + "'"; }

/// Images with their labels or targets, if any; names are quoted.
static Result<StoredImages> combine(const std::string &imageName, Tensor images, Shape imageShape,
                                    const std::string &labelName, const Tensor &labels) {
  StoredImages stored;
  stored.imageShape = std::move(imageShape);
  stored.type = images.type();
  stored.count = images.dim(0);
  if (!labels.empty()) {
    stored.hasTargets = labels.type() == ElementType::F32 && labels.rank() > 0;
    if (!stored.hasTargets) {
      Result<std::vector<int32_t>> numbers = getLabels(labelName, labels);
      if (!numbers)
        return numbers.error();
      stored.labels = std::move(*numbers);
    }
    if (labels.dim(0) != stored.count)
      return Error{imageName + " has " + counted(stored.count, "image") + ", but " + labelName +
                   " has " + counted(labels.dim(0), stored.hasTargets ? "target" : "label")};
  }
  auto owner = std::make_shared<const Tensor>(std::move(images));
  stored.pixels = {owner, owner->rawData()};
  return stored;
}

Result<StoredImages> readNpyImages(const std::string &imagePath, const std::string &labelPath,
                                   bool integers, bool anyRank) {
  Result<Tensor> images = readNpy(imagePath, /*booleans=*/false);
  if (!images)
    return images.error();
  Result<Shape> shape = getImageShape(quote(imagePath), *images, integers, anyRank);
  if (!shape)
    return shape.error();
  Result<Tensor> labels = Tensor();
  if (!labelPath.empty())
    labels = readNpy(labelPath);
  if (!labels)
    return labels.error();
  return combine(quote(imagePath), std::move(*images), std::move(*shape), quote(labelPath),
                 *labels);
}

Result<StoredImages> readNpzImages(const std::string &path, const std::string &name,
                                   bool integers) {
  Result<NpzFile> file = NpzFile::open(path);
  if (!file)
    return file.error();
  Result<Tensor> images = file->read(name, /*booleans=*/false);
  if (!images)
    return images.error();
  auto describe = [&](const std::string &array) { return quote(array) + " of " + quote(path); };
  Result<Shape> shape = getImageShape(describe(name), *images, integers, /*anyRank=*/true);
  if (!shape)
    return shape.error();
  constexpr const char *kLabels = "labels";
  std::vector<std::string> names = file->names();
  Result<Tensor> labels = Tensor();
  if (name != kLabels && std::find(names.begin(), names.end(), kLabels) != names.end())
    labels = file->read(kLabels);
  if (!labels)
    return labels.error();
  // Floats have the names of results.
  if (!labels->empty() && labels->type() == ElementType::F32)
    return Error{describe(kLabels) +
                 " holds floats, but labels are integers; save them with .astype('int64')"};
  return combine(describe(name), std::move(*images), std::move(*shape), describe(kLabels), *labels);
}

} // namespace tally

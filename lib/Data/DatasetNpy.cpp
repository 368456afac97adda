//===- DatasetNpy.cpp - images and labels in npy files --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetFormats.h"

#include "tally/Data/Npy.h"

#include <limits>

namespace tally {

static const char *getName(ElementType type) {
  static constexpr const char *kNames[] = {"float32", "int8",  "uint8",  "int16",
                                           "uint16",  "int32", "uint32", "int64"};
  return kNames[unsigned(type)];
}

static Result<Shape> getImageShape(const std::string &path, const Tensor &images, bool integers) {
  const Shape &shape = images.shape();
  if (!integers && images.type() != ElementType::U8 && images.type() != ElementType::F32)
    return Error{"'" + path + "' holds " + getName(images.type()) +
                 ", but images for a network that takes floats are uint8, which is scaled to 0..1, "
                 "or floats"};
  if (shape.size() < 2 || shape.size() > 4)
    return Error{"'" + path + "' has shape " + toText(shape) +
                 ", but images are [N, H, W, C], [N, H, W] or [N, K]"};
  if (images.size() == 0)
    return Error{"'" + path + "' has shape " + toText(shape) + " and no element"};
  if (shape.size() == 2)
    return Shape{1, 1, shape[1]};
  return Shape{shape[1], shape[2], shape.size() == 4 ? shape[3] : 1};
}

static Result<std::vector<int32_t>> getLabels(const std::string &path, const Tensor &tensor) {
  if (tensor.type() == ElementType::F32)
    return Error{"'" + path + "' holds floats, but labels are integers"};
  bool column = tensor.rank() == 2 && tensor.dim(1) == 1;
  if (tensor.rank() != 1 && !column)
    return Error{"'" + path + "' has shape " + toText(tensor.shape()) + ", but labels are [N]"};
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
    return Error{"'" + path + "' has label " + std::to_string(value) + " at element " +
                 std::to_string(wrong) + ", but labels are 0 to " + std::to_string(highest)};
  return labels;
}

Result<StoredImages> readNpyImages(const std::string &imagePath, const std::string &labelPath,
                                   bool integers) {
  Result<Tensor> images = readNpy(imagePath, /*booleans=*/false);
  if (!images)
    return images.error();
  Result<Shape> shape = getImageShape(imagePath, *images, integers);
  if (!shape)
    return shape.error();
  Result<Tensor> labelTensor = readNpy(labelPath);
  if (!labelTensor)
    return labelTensor.error();
  Result<std::vector<int32_t>> labels = getLabels(labelPath, *labelTensor);
  if (!labels)
    return labels.error();
  if (images->dim(0) != labelTensor->size())
    return Error{"'" + imagePath + "' has " + std::to_string(images->dim(0)) + " images, but '" +
                 labelPath + "' has " + std::to_string(labelTensor->size()) + " labels"};

  StoredImages stored;
  stored.imageShape = *shape;
  stored.type = images->type();
  stored.labels = std::move(*labels);
  stored.count = images->dim(0);
  auto owner = std::make_shared<const Tensor>(std::move(*images));
  stored.pixels = {owner, owner->rawData()};
  return stored;
}

} // namespace tally

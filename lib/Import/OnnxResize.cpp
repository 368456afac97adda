//===- OnnxResize.cpp - images of another size ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nearest elements are taken by their numbers, one dimension after another. Between
// neighbours, each result is the sum of two elements with constant weights.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

#include <cmath>

using namespace mlir;

namespace tally::onnx {

namespace {
/// What becomes of one dimension.
struct ResizedAxis {
  int64_t size = 1, result = 1;
  float scale = 1;

  bool isKept() const { return size == result && scale == 1; }
};

struct Resize {
  std::string mode, coordinates, nearest;
  SmallVector<ResizedAxis> axes;
};
} // namespace

/// The numbers of input `index` as floats; none where it is absent or empty.
static FailureOr<std::vector<float>> readNumbers(NodeScope &scope, size_t index, StringRef name,
                                                 bool integers) {
  if (!scope.hasInput(index))
    return std::vector<float>();
  LiteralRef literal = integers ? scope.ints(index, name) : scope.floats(index, name);
  if (!literal)
    return failure();
  return integers ? std::vector<float>(literal->ints.begin(), literal->ints.end())
                  : literal->floats;
}

/// Which dimensions the numbers are for.
static FailureOr<Sizes> readAxes(NodeScope &scope, int64_t rank) {
  Sizes axes =
      scope.intsAttribute("axes").value_or(llvm::to_vector<4>(llvm::seq<int64_t>(0, rank)));
  for (int64_t &axis : axes) {
    auto normalized = normalizeAxis(axis, rank);
    if (!normalized)
      return scope.invalid("requires 'axes' within rank " + Twine(rank) + ", but got " +
                           Twine(axis));
    axis = *normalized;
  }
  return axes;
}

/// One factor for all sizes, where they are limits.
static LogicalResult keepAspectRatio(NodeScope &scope, MutableArrayRef<ResizedAxis> resized,
                                     ArrayRef<int64_t> axes) {
  std::string policy = scope.stringAttribute("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch" || axes.empty())
    return success();
  if (policy != "not_larger" && policy != "not_smaller")
    return scope.invalid("requires 'keep_aspect_ratio_policy' to be stretch, not_larger or "
                         "not_smaller, but got '" +
                         policy + "'");
  float scale = resized[axes[0]].scale;
  for (int64_t axis : axes)
    scale = policy == "not_larger" ? std::min(scale, resized[axis].scale)
                                   : std::max(scale, resized[axis].scale);
  for (int64_t axis : axes) {
    resized[axis].scale = scale;
    resized[axis].result = int64_t(std::floor(scale * float(resized[axis].size) + 0.5f));
  }
  return success();
}

static FailureOr<SmallVector<ResizedAxis>> readSizes(NodeScope &scope) {
  const Operand &input = scope.input(0);
  bool isOld = scope.node.opType == "Upsample" || scope.opset() < 11;
  auto scales = readNumbers(scope, isOld ? 1 : 2, "scales", /*integers=*/false);
  auto sizes = isOld ? std::vector<float>() : readNumbers(scope, 3, "sizes", /*integers=*/true);
  auto axes = readAxes(scope, input.rank());
  if (failed(scales) || failed(sizes) || failed(axes))
    return failure();
  if (const Attribute *attribute = scope.attribute("scales"))
    *scales = attribute->floats;
  if (scales->empty() == sizes->empty())
    return scope.invalid("requires either 'scales' or 'sizes'");
  const std::vector<float> &numbers = scales->empty() ? *sizes : *scales;
  if (numbers.size() != axes->size())
    return scope.invalid("requires " + Twine(axes->size()) + " scales or sizes, but got " +
                         Twine(numbers.size()));
  SmallVector<ResizedAxis> resized(input.rank());
  for (auto [axis, size] : llvm::enumerate(input.shape))
    resized[axis].size = resized[axis].result = size;
  for (auto [axis, number] : llvm::zip(*axes, numbers)) {
    ResizedAxis &one = resized[axis];
    if (!(number > 0) || number * (scales->empty() ? 1.0f : float(one.size)) > float(kMaxElements))
      return scope.invalid("requires sensible scales and sizes, but got " + std::to_string(number));
    one.scale = scales->empty() ? number / float(one.size) : number;
    one.result = scales->empty() ? int64_t(number) : int64_t(std::floor(float(one.size) * number));
  }
  if (scales->empty() && failed(keepAspectRatio(scope, resized, *axes)))
    return failure();
  return resized;
}

static FailureOr<Resize> readResize(NodeScope &scope) {
  Resize resize;
  bool isOld = scope.node.opType == "Upsample" || scope.opset() < 11;
  resize.mode = scope.stringAttribute("mode", "nearest");
  resize.coordinates =
      scope.stringAttribute("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel");
  resize.nearest = scope.stringAttribute("nearest_mode", isOld ? "floor" : "round_prefer_floor");
  if (resize.mode == "bilinear")
    resize.mode = "linear";
  if (resize.mode != "nearest" && resize.mode != "linear")
    return scope.unsupported("mode '" + resize.mode + "'", "resize with 'nearest' or 'linear'");
  static constexpr StringRef kCoordinates[] = {"half_pixel",           "pytorch_half_pixel",
                                               "half_pixel_symmetric", "align_corners",
                                               "tf_half_pixel_for_nn", "asymmetric"};
  if (!llvm::is_contained(kCoordinates, StringRef(resize.coordinates)))
    return scope.unsupported("coordinates '" + resize.coordinates + "'",
                             "export with 'half_pixel', 'asymmetric' or 'align_corners'");
  static constexpr StringRef kNearest[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                           "ceil"};
  if (!llvm::is_contained(kNearest, StringRef(resize.nearest)))
    return scope.invalid("has the unknown nearest mode '" + resize.nearest + "'");
  auto axes = readSizes(scope);
  if (failed(axes))
    return failure();
  resize.axes = *axes;
  if (!resize.axes.empty() && resize.axes.front().result != resize.axes.front().size)
    return scope.unsupported(
        "it makes " + Twine(resize.axes.front().result) + " images of " +
            Twine(resize.axes.front().size),
        "import with the batch that 'sizes' has, or leave the batch out of it");
  for (const ResizedAxis &axis : resize.axes)
    if (resize.coordinates == "align_corners" &&
        std::fabs(axis.scale * float(axis.size) - float(axis.result)) > 1e-3f)
      return scope.unsupported("'align_corners' with " +
                                   std::to_string(axis.scale * float(axis.size)) +
                                   " elements along a dimension, which runtimes read differently",
                               "export with 'sizes'");
  bool shrinks = llvm::any_of(resize.axes, [](const ResizedAxis &a) { return a.scale < 1; });
  if (resize.mode == "linear" && shrinks && scope.intAttribute("antialias", 0) != 0)
    return scope.unsupported("it reduces images with 'antialias'",
                             "export without antialias, or pool before");
  return resize;
}

/// Where result `index` lies among the elements.
static float getCoordinate(const ResizedAxis &axis, StringRef coordinates, int64_t index) {
  float x = float(index), size = float(axis.size), result = float(axis.result);
  if (coordinates == "asymmetric")
    return x / axis.scale;
  if (coordinates == "align_corners")
    return axis.result == 1 ? 0 : x * (size - 1) / (result - 1);
  if (coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5f) / axis.scale;
  if (coordinates == "pytorch_half_pixel" && axis.result == 1)
    return 0;
  float place = (x + 0.5f) / axis.scale - 0.5f;
  if (coordinates == "half_pixel_symmetric")
    place += size / 2 * (1 - result / (axis.scale * size));
  return place;
}

static int64_t roundTo(float place, StringRef mode, int64_t size) {
  float rounded = mode == "floor"               ? std::floor(place)
                  : mode == "ceil"              ? std::ceil(place)
                  : mode == "round_prefer_ceil" ? std::floor(place + 0.5f)
                                                : std::ceil(place - 0.5f);
  return std::clamp<int64_t>(int64_t(rounded), 0, size - 1);
}

/// `numbers` for the last dimension, to multiply `value` by.
static Value createWeights(NodeScope &scope, Value value, std::vector<float> numbers,
                           StringRef label) {
  Sizes shape(scope.shapeOf(value).size(), 1);
  if (llvm::all_equal(numbers))
    return scope.splat(shape, numbers[0]);
  shape.back() = numbers.size();
  Literal literal = Literal::ofFloats(shape, std::move(numbers));
  literal.name = scope.node.name + label.str();
  return scope.parameter(literal);
}

/// Each result between two neighbours along dimension `dim` of `value`.
static Value interpolate(NodeScope &scope, Value value, int64_t dim, const ResizedAxis &axis,
                         StringRef coordinates) {
  Sizes low, high;
  std::vector<float> near, far;
  for (int64_t i = 0; i < axis.result; ++i) {
    float place = std::clamp(getCoordinate(axis, coordinates, i), 0.0f, float(axis.size - 1));
    low.push_back(int64_t(std::floor(place)));
    high.push_back(std::min(low.back() + 1, axis.size - 1));
    far.push_back(place - float(low.back()));
    near.push_back(1 - far.back());
  }
  // Weights are for the last dimension, that of channels elsewhere.
  int64_t rank = scope.shapeOf(value).size();
  Sizes order, inverse(rank);
  for (int64_t d = 0; d < rank; ++d)
    if (d != dim)
      order.push_back(d);
  order.push_back(dim);
  for (auto [to, from] : llvm::enumerate(order))
    inverse[from] = to;
  value = scope.transpose(value, order);
  Value first = scope.take(value, low, rank - 1), second = scope.take(value, high, rank - 1);
  first = scope.multiply(first, createWeights(scope, first, near, ".near"));
  second = scope.multiply(second, createWeights(scope, second, far, ".far"));
  return scope.transpose(scope.create<tosa::AddOp>(first.getType(), first, second), inverse);
}

LogicalResult importResize(NodeScope &scope) {
  auto resize = readResize(scope);
  if (failed(resize))
    return failure();
  int64_t rank = scope.input(0).rank();
  bool linear = resize->mode == "linear";
  if (linear && scope.input(0).codes)
    return scope.unsupported("it interpolates between integers",
                             "put DequantizeLinear in front of it");
  Sizes shape;
  for (const ResizedAxis &axis : resize->axes)
    shape.push_back(axis.result);
  if (failed(requireIndices(scope, shape)))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  for (auto [dim, order] : llvm::enumerate(getStorageOrder(rank))) {
    const ResizedAxis &axis = resize->axes[order];
    if (axis.isKept())
      continue;
    if (linear) {
      value = interpolate(scope, value, dim, axis, resize->coordinates);
      continue;
    }
    Sizes indices;
    for (int64_t i = 0; i < axis.result; ++i)
      indices.push_back(
          roundTo(getCoordinate(axis, resize->coordinates, i), resize->nearest, axis.size));
    value = scope.take(value, indices, dim);
  }
  return scope.setResult(value);
}

} // namespace tally::onnx

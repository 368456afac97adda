//===- NetworkImages.cpp - images as a network takes them -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/NetworkImages.h"

#include "tally/Run/Interpreter.h"
#include "tally/Run/Reference.h"
#include "tally/Support/Text.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/Support/Format.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

/// The quantizer on an input: the type of the argument, or what all its readers round it to.
static quant::UniformQuantizedType getInputQuantizer(func::FuncOp entry, unsigned index) {
  if (auto type = dyn_cast<quant::UniformQuantizedType>(
          getElementTypeOrSelf(entry.getArgumentTypes()[index])))
    return type;
  Type rounded;
  for (Operation *user : entry.getArgument(index).getUsers()) {
    auto cast = dyn_cast<quant::QuantizeCastOp>(user);
    Type type = cast ? getElementTypeOrSelf(cast.getType()) : Type();
    if (!type || (rounded && type != rounded))
      return {};
    rounded = type;
  }
  return dyn_cast_or_null<quant::UniformQuantizedType>(rounded);
}

IntegerType findIntegerInput(func::FuncOp entry, const std::optional<Normalisation> &normalisation,
                             unsigned index) {
  IntegerType recorded = getIntegerInput(entry, index);
  if (recorded || normalisation || index >= entry.getNumArguments())
    return recorded;
  quant::UniformQuantizedType quantizer = getInputQuantizer(entry, index);
  if (!quantizer || quantizer.getScale() != 1.0)
    return {};
  CodeRange codes = getCodeRange(quantizer);
  int64_t zero = quantizer.getZeroPoint();
  for (unsigned bits : {8, 16})
    for (auto sign : {IntegerType::Unsigned, IntegerType::Signed}) {
      auto type = IntegerType::get(entry.getContext(), bits, sign);
      CodeRange range = getIntegerRange(type);
      if (range.min == codes.min - zero && range.max == codes.max - zero)
        return type;
    }
  return {};
}

/// How a data set is to be opened.
static DatasetOptions getOptions(func::FuncOp entry,
                                 const std::optional<Normalisation> &normalisation,
                                 unsigned index = 0) {
  DatasetOptions options;
  if (IntegerType type = findIntegerInput(entry, normalisation, index)) {
    CodeRange range = getIntegerRange(type);
    options.integers = IntegerLimits{range.min, range.max};
  } else if (normalisation) {
    options.mean = normalisation->mean;
    options.std = normalisation->std;
  }
  return options;
}

//===----------------------------------------------------------------------===//
// Images of a data set
//===----------------------------------------------------------------------===//

static Shape withoutOnes(Shape shape) {
  llvm::erase(shape, 1);
  return shape;
}

/// Whether an argument takes images of this shape: [H, W, C] as it is, others with or without
/// dimensions of size 1, and a list of numbers whatever has as many, row by row.
static bool takesShape(const Shape &taken, const Shape &image) {
  if (taken.size() == 3)
    return taken == image;
  return withoutOnes(taken) == withoutOnes(image) ||
         (taken.size() == 1 && numElements(taken) == numElements(image));
}

static LogicalResult checkShape(func::FuncOp entry, RankedTensorType type, const Dataset &dataset) {
  Shape taken(type.getShape().drop_front());
  const Shape &image = dataset.imageShape();
  if (takesShape(taken, image))
    return success();
  bool isImage = taken.size() == 3;
  return entry.emitError() << "takes " << toText(taken) << ", but the images of '" << dataset.spec()
                           << "' are " << (isImage ? "[H, W, C] = " : "")
                           << toText(isImage ? image : withoutOnes(image))
                           << getOrderHint(taken, image);
}

/// Names what an archive holds for no input and no result: it may be misspelt.
static void warnOfUnusedArrays(func::FuncOp entry, const std::string &data) {
  if (!hasNamedArrays(data))
    return;
  Result<std::vector<std::string>> names = listArrays(data);
  if (!names)
    return; // said when it was opened
  llvm::erase(*names, "labels");
  for (unsigned index = 0; index < entry.getNumArguments(); ++index)
    llvm::erase(*names, getInputName(entry, index));
  for (unsigned index = 0; index < entry.getNumResults(); ++index)
    llvm::erase(*names, getOutputName(entry, index));
  if (names->empty())
    return;
  InFlightDiagnostic warning = emitWarning(UnknownLoc::get(entry.getContext()));
  warning << "of '" << data << "' "
          << (names->size() == 1 ? "an array is not used, which has"
                                 : "arrays are not used, which have")
          << " the name of no input and no result:";
  for (auto [index, name] : llvm::enumerate(*names))
    warning << (index ? ", '" : " '") << name << "'";
}

FailureOr<NetworkImages> NetworkImages::open(func::FuncOp entry, const std::string &data,
                                             const std::optional<Normalisation> &normalisation,
                                             int64_t limit) {
  NetworkImages images;
  images.entry = entry;
  if (entry.getNumArguments() == 0)
    return entry.emitError() << "requires an input to run on images";
  if (entry.getNumArguments() > 1 && !hasNamedArrays(data)) {
    InFlightDiagnostic error = entry.emitError() << "has " << entry.getNumArguments() << " inputs";
    for (unsigned index = 0; index < entry.getNumArguments(); ++index)
      error << (index ? ", '" : ": '") << getInputName(entry, index) << "'";
    return error << "; give npz:FILE with an array for each, but not '" << data << "'";
  }
  for (auto [index, argument] : llvm::enumerate(entry.getArgumentTypes())) {
    auto type = dyn_cast<RankedTensorType>(argument);
    if (!type || !type.hasStaticShape() || type.getRank() == 0 || type.getNumElements() == 0)
      return entry.emitError() << "requires inputs of fixed shape whose first dimension counts "
                                  "images, but takes "
                               << argument;
    DatasetOptions options = getOptions(entry, normalisation, index);
    options.limit = limit;
    options.image = Shape(type.getShape().drop_front());
    options.array = getInputName(entry, index);
    Result<Dataset> dataset = openDataset(data, options);
    if (!dataset)
      return emitError(UnknownLoc::get(entry.getContext())) << dataset.error().message;
    for (const std::string &notice : dataset->takeNotices())
      emitWarning(UnknownLoc::get(entry.getContext())) << notice;
    if (failed(checkShape(entry, type, *dataset)))
      return failure();
    images.inputs.push_back(std::move(*dataset));
    if (images.inputs.back().size() != images.size())
      return entry.emitError() << "'" << data << "' has " << counted(images.size(), "image")
                               << " for '" << getInputName(entry, 0) << "', but "
                               << images.inputs.back().size() << " for '" << options.array << "'";
  }
  if (failed(images.openTargets(data, limit)))
    return failure();
  warnOfUnusedArrays(entry, data);
  return images;
}

/// Whether the first of `targets` have a 1 each, and nothing else.
static bool areOneHot(const Dataset &targets) {
  constexpr int64_t kLooked = 64;
  Result<Tensor> rows = targets.images(0, std::min(kLooked, targets.size()));
  if (!rows || rows->type() != ElementType::F32 || rows->dim(0) == 0)
    return false;
  int64_t classes = numElements(rows->shape()) / rows->dim(0);
  ArrayRef<float> values(rows->data<float>(), numElements(rows->shape()));
  for (; !values.empty(); values = values.drop_front(classes))
    if (llvm::count(values.take_front(classes), 1.0f) != 1 ||
        llvm::count(values.take_front(classes), 0.0f) != classes - 1)
      return false;
  return classes > 1;
}

LogicalResult NetworkImages::openTargets(const std::string &data, int64_t limit) {
  targets.resize(entry.getNumResults());
  std::vector<std::string> names;
  if (hasNamedArrays(data)) {
    Result<std::vector<std::string>> arrays = listArrays(data);
    if (!arrays)
      return emitError(UnknownLoc::get(entry.getContext())) << arrays.error().message;
    names = std::move(*arrays);
    for (unsigned index = 0; index < entry.getNumArguments(); ++index)
      llvm::erase(names, getInputName(entry, index));
  }
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes())) {
    DatasetOptions options;
    options.limit = limit;
    options.array = getOutputName(entry, index);
    std::string text = llvm::is_contained(names, options.array) ? data : dataset().targets();
    if (text.empty())
      continue;
    if (text != data && entry.getNumResults() > 1)
      return entry.emitError() << "has " << entry.getNumResults()
                               << " results: give their targets "
                                  "as arrays of their names in npz:FILE";
    Result<Dataset> opened = openDataset(text, options);
    if (!opened)
      return emitError(UnknownLoc::get(entry.getContext())) << opened.error().message;
    auto tensor = dyn_cast<RankedTensorType>(type);
    int64_t elements = tensor && tensor.hasStaticShape() && tensor.getRank() > 0
                           ? tensor.getNumElements() / std::max<int64_t>(1, tensor.getDimSize(0))
                           : 0;
    int64_t given = numElements(opened->imageShape());
    if (given != elements)
      return entry.emitError() << "returns " << counted(elements, "number") << " for one image as '"
                               << options.array << "', but '" << text << "' has targets of "
                               << given
                               << (given == 1 ? "; labels are integers: save them with "
                                                ".astype('int64')"
                                              : "");
    if (opened->size() != size() || !opened->holdsFloats())
      return entry.emitError() << "requires " << size() << " targets of floats, but '" << text
                               << "' has " << opened->size()
                               << (opened->holdsFloats() ? "" : " of integers");
    if (areOneHot(*opened))
      emitRemark(UnknownLoc::get(entry.getContext()))
          << "'" << text << "' has a 1 among 0 for each image, and counts as what the network is "
          << "to return; for accuracy save classes as integers: .argmax(1)";
    targets[index] = std::move(*opened);
  }
  return success();
}

FailureOr<std::optional<Tensor>> NetworkImages::loadTargets(unsigned index, int64_t first,
                                                            int64_t size) const {
  if (!targets[index])
    return std::optional<Tensor>();
  Result<Tensor> tensor = targets[index]->images(first, size);
  if (!tensor)
    return emitError(UnknownLoc::get(func::FuncOp(entry).getContext())) << tensor.error().message;
  return std::optional<Tensor>(*tensor);
}

FailureOr<std::vector<Tensor>> NetworkImages::load(int64_t first, int64_t size) const {
  func::FuncOp function = entry;
  std::vector<Tensor> tensors;
  for (auto [input, type] : llvm::zip(inputs, function.getArgumentTypes())) {
    Result<Tensor> tensor = input.images(first, size);
    if (!tensor)
      return emitError(UnknownLoc::get(function.getContext())) << tensor.error().message;
    Shape shape(cast<RankedTensorType>(type).getShape());
    shape[0] = size;
    tensors.push_back(tensor->reshaped(shape));
  }
  return tensors;
}

FailureOr<ImagesAround> NetworkImages::loadAround(int64_t first, int64_t size,
                                                  double radius) const {
  func::FuncOp function = entry;
  assert(inputs.size() == 1 && "the radius is that of one input");
  Result<ImagesAround> around = inputs.front().imagesAround(first, size, radius);
  if (!around)
    return emitError(UnknownLoc::get(function.getContext())) << around.error().message;
  Shape shape(cast<RankedTensorType>(function.getArgumentTypes()[0]).getShape());
  shape[0] = size;
  return ImagesAround{around->low.reshaped(shape), around->high.reshaped(shape)};
}

Tensor encodeImages(const Tensor &images, Type type) {
  auto uniform = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(type));
  if (!uniform)
    return images;
  CodeRange range = getCodeRange(uniform);
  Tensor codes(*getTensorElementType(type), images.shape());
  const float *from = images.data<float>();
  dispatch(codes.type(), [&](auto tag) {
    auto *to = codes.data<decltype(tag)>();
    for (int64_t i = 0, e = codes.size(); i < e; ++i)
      to[i] = decltype(tag)(reference::quantize(from[i], uniform.getScale(), uniform.getZeroPoint(),
                                                {range.min, range.max}));
  });
  return codes;
}

Tensor encodeBytes(func::FuncOp entry) {
  if (entry.getNumArguments() != 1)
    return {};
  auto type = dyn_cast<RankedTensorType>(entry.getArgumentTypes()[0]);
  if (!type || !type.hasStaticShape() ||
      !isa<Float32Type, quant::UniformQuantizedType>(type.getElementType()))
    return {};
  auto normalisation = getNormalisation(entry->getParentOfType<ModuleOp>());
  DatasetOptions options = getOptions(entry, normalisation);
  if (options.integers && (options.integers->lowest > 0 || options.integers->highest < 255))
    return {};
  int64_t channels = std::max<size_t>({1, options.mean.size(), options.std.size()});
  if (type.getRank() == 4) {
    if (channels != 1 && channels != type.getDimSize(3))
      return {};
    channels = type.getDimSize(3);
  }
  return encodeImages(Tensor::of({channels, 256}, tabulateBytes(options, channels)), type);
}

std::optional<ImageRange> getRange(const Tensor &images) {
  const float *values = images.data<float>();
  float low = INFINITY, high = -INFINITY;
  for (int64_t i = 0, e = images.size(); i < e; ++i) {
    if (!std::isfinite(values[i]))
      continue;
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  return low <= high ? std::optional(ImageRange{low, high}) : std::nullopt;
}

std::optional<ImageRange> join(std::optional<ImageRange> a, std::optional<ImageRange> b) {
  if (!a || !b)
    return a ? a : b;
  return ImageRange{std::min(a->low, b->low), std::max(a->high, b->high)};
}

void join(ImageRanges &ranges, ArrayRef<Tensor> images) {
  ranges.resize(images.size());
  for (auto [range, tensor] : llvm::zip(ranges, images))
    range = join(range, getRange(tensor));
}

void join(ImageRanges &ranges, const ImageRanges &others) {
  ranges.resize(std::max(ranges.size(), others.size()));
  for (auto [range, other] : llvm::zip(ranges, others))
    range = join(range, other);
}

static std::string show(ImageRange range) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g..%.4g", range.low, range.high);
  return text;
}

static void warnOfOtherImages(func::FuncOp entry, unsigned index, ImageRange range, int64_t count) {
  std::optional<ImageRange> expected = getSeenRange(entry, index);
  bool isSeen = expected.has_value();
  double narrow = 0;
  if (isSeen) {
    narrow = 0.4 * (expected->high - expected->low);
  } else if (auto type = getInputQuantizer(entry, index)) {
    auto real = [&](int64_t code) { return double(code - type.getZeroPoint()) * type.getScale(); };
    CodeRange codes = getCodeRange(type);
    expected = ImageRange{real(codes.min), real(codes.max)};
    narrow = 4 * type.getScale();
  } else {
    return;
  }
  constexpr int64_t kEnough = 32; // so that dark images alone are none
  double slack = 0.5 * (expected->high - expected->low);
  bool isBeyond = range.low < expected->low - slack || range.high > expected->high + slack;
  if (!isBeyond && (count < kEnough || range.high - range.low >= narrow))
    return;
  emitWarning(UnknownLoc::get(entry.getContext()))
      << (entry.getNumArguments() == 1 ? "images hold "
                                       : "'" + getInputName(entry, index) + "' holds ")
      << show(range) << ", but "
      << (isSeen ? "calibration saw " : "the quantizer of the network's input takes ")
      << show(*expected) << ": are they scaled and normalised alike?";
}

void warnOfOtherImages(func::FuncOp entry, const ImageRanges &ranges, int64_t count) {
  for (auto [index, range] : llvm::enumerate(ranges))
    if (range)
      warnOfOtherImages(entry, index, *range, count);
}

LogicalResult checkLabels(Operation *network, const Dataset &dataset, int64_t images,
                          int64_t classes) {
  for (int64_t index = 0; index < images; ++index)
    if (int64_t label = dataset.label(index); label >= classes)
      return network->emitError() << "has " << counted(classes, "class") << ", 0 to " << classes - 1
                                  << ", but " << dataset.name(index) << " has the label " << label;
  if (int64_t known = dataset.classNames().size(); known > 0 && known < classes)
    emitWarning(UnknownLoc::get(network->getContext()))
        << "the network has " << counted(classes, "class") << ", but '" << dataset.spec()
        << "' only " << known << ": are folders numbered as the network numbers classes?";
  return success();
}

} // namespace tally

//===- Dataset.cpp - labelled images --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Dataset.h"

#include "DatasetFormats.h"
#include "tally/Support/File.h"

#include <algorithm>
#include <cmath>
#include <sys/stat.h>

namespace tally {

//===----------------------------------------------------------------------===//
// What the readers share
//===----------------------------------------------------------------------===//

Result<std::string> findDataFile(const std::string &directory,
                                 const std::vector<std::string> &names, const std::string &hint) {
  struct stat status;
  for (const std::string &name : names)
    for (const char *suffix : {"", ".gz"}) {
      std::string path = directory + "/" + name + suffix;
      if (::stat(path.c_str(), &status) == 0)
        return path;
    }
  std::string looked = "'" + names[0] + "' or '" + names[0] + ".gz'";
  std::string ending = hint.empty() ? "" : "; " + hint;
  if (::stat(directory.c_str(), &status) != 0)
    return Error{"directory '" + directory + "' does not exist: looked for " + looked + " there" +
                 ending};
  return Error{"directory '" + directory + "' has no file " + looked + ending};
}

std::shared_ptr<const char> sharePixels(std::vector<char> bytes) {
  auto owner = std::make_shared<const std::vector<char>>(std::move(bytes));
  return {owner, owner->data()};
}

//===----------------------------------------------------------------------===//
// The DATA argument
//===----------------------------------------------------------------------===//

namespace {

struct Spec {
  std::string kind, body;
  bool hasRange = false;
  int64_t first = 0, last = 0;
};

} // namespace

static bool parseIndex(const std::string &text, int64_t &value) {
  if (text.empty() || text.size() > 18)
    return false;
  value = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

/// Splits `KIND:BODY#FIRST-LAST`. A '#' that is not followed by digits and
/// hyphens only is a part of the path.
static Result<Spec> parseSpec(const std::string &text) {
  Spec spec;
  std::string body = text;
  size_t hash = text.rfind('#');
  if (hash != std::string::npos &&
      text.find_first_not_of("0123456789-", hash + 1) == std::string::npos) {
    body = text.substr(0, hash);
    size_t hyphen = text.find('-', hash);
    if (hyphen == std::string::npos ||
        !parseIndex(text.substr(hash + 1, hyphen - hash - 1), spec.first) ||
        !parseIndex(text.substr(hyphen + 1), spec.last))
      return Error{"data '" + text + "' ends in '" + text.substr(hash) +
                   "', but a range is '#FIRST-LAST'"};
    if (spec.first > spec.last)
      return Error{"data '" + text + "' has a range from " + std::to_string(spec.first) +
                   " down to " + std::to_string(spec.last)};
    spec.hasRange = true;
  }
  size_t colon = body.find(':');
  spec.kind = body.substr(0, colon);
  if (colon != std::string::npos)
    spec.body = body.substr(colon + 1);
  return spec;
}

/// The images and the labels of `npy:X.npy,Y.npy`.
static Result<std::vector<std::string>> splitNpy(const Spec &spec, const std::string &text) {
  size_t comma = spec.body.find(',');
  if (comma == std::string::npos || spec.body.find(',', comma + 1) != std::string::npos)
    return Error{"data '" + text + "' must be 'npy:X.npy,Y.npy'"};
  return std::vector<std::string>{spec.body.substr(0, comma), spec.body.substr(comma + 1)};
}

namespace {

struct Split {
  std::string directory;
  bool train = false;
};

} // namespace

/// The folder and the part of `KIND:DIR:train|test`.
static Result<Split> splitDirectory(const Spec &spec, const std::string &text) {
  if (spec.kind != "mnist" && spec.kind != "cifar10")
    return Error{"data '" + text + "' begins with '" + spec.kind +
                 "', but must begin with 'mnist:', 'cifar10:' or 'npy:'"};
  size_t colon = spec.body.rfind(':');
  std::string split = colon == std::string::npos ? "" : spec.body.substr(colon + 1);
  if (split != "train" && split != "test")
    return Error{"data '" + text + "' must be '" + spec.kind + ":DIR:train' or '" + spec.kind +
                 ":DIR:test'"};
  return Split{spec.body.substr(0, colon), split == "train"};
}

static Result<StoredImages> readImages(const Spec &spec, const std::string &text, bool integers) {
  if (spec.kind == "npy") {
    auto paths = splitNpy(spec, text);
    return paths ? readNpyImages(paths->front(), paths->back(), integers) : paths.error();
  }
  Result<Split> split = splitDirectory(spec, text);
  if (!split)
    return split.error();
  return spec.kind == "mnist" ? readMnist(split->directory, split->train)
                              : readCifar10(split->directory, split->train);
}

std::vector<std::string> listDataFiles(const std::string &text) {
  Result<Spec> spec = parseSpec(text);
  if (!spec)
    return {};
  Result<std::vector<std::string>> paths = Error();
  if (spec->kind == "npy")
    paths = splitNpy(*spec, text);
  else if (Result<Split> split = splitDirectory(*spec, text))
    paths = spec->kind == "mnist" ? findMnist(split->directory, split->train)
                                  : findCifar10(split->directory, split->train);
  return paths ? *paths : std::vector<std::string>();
}

/// One value per channel from none, one or all.
static Result<std::vector<float>> getPerChannel(const std::vector<float> &values, int64_t channels,
                                                float otherwise, const std::string &name,
                                                const std::string &text) {
  if (values.empty())
    return std::vector<float>(channels, otherwise);
  if (values.size() == 1)
    return std::vector<float>(channels, values[0]);
  if (int64_t(values.size()) == channels)
    return values;
  std::string counts = channels == 1 ? "1" : "1 or " + std::to_string(channels);
  return Error{"requires " + counts + (channels == 1 ? " value" : " values") + " for '" + name +
               "', one for each channel of '" + text + "', but got " +
               std::to_string(values.size())};
}

static Status checkNormalization(const DatasetOptions &options) {
  assert((!options.integers || (options.mean.empty() && options.std.empty())) &&
         "integers are not normalised");
  for (float value : options.mean)
    if (!std::isfinite(value))
      return Error{"requires every 'mean' to be finite, but got " + std::to_string(value)};
  for (float value : options.std)
    if (!(value > 0) || !std::isfinite(value))
      return Error{"requires every 'std' to be above 0 and finite, but got " +
                   std::to_string(value)};
  return Done();
}

Status Dataset::checkIntegers(IntegerLimits limits) const {
  if (type == ElementType::F32)
    return Done();
  int64_t perImage = numElements(shape);
  return dispatch(type, [&](auto tag) -> Status {
    const auto *data = reinterpret_cast<const decltype(tag) *>(pixels.get());
    for (int64_t i = first * perImage, e = (first + count) * perImage; i < e; ++i)
      if (int64_t(data[i]) < limits.lowest || int64_t(data[i]) > limits.highest)
        return Error{"image " + std::to_string(i / perImage) + " of '" + text + "' holds " +
                     std::to_string(int64_t(data[i])) + ", but the network takes integers from " +
                     std::to_string(limits.lowest) + " to " + std::to_string(limits.highest)};
    return Done();
  });
}

std::vector<float> tabulateBytes(const DatasetOptions &options, int64_t channels) {
  auto at = [](const std::vector<float> &values, int64_t c, float otherwise) {
    return values.empty() ? otherwise : values[values.size() == 1 ? 0 : c];
  };
  std::vector<float> table;
  for (int64_t c = 0; c < channels; ++c)
    for (int byte = 0; byte < 256; ++byte)
      table.push_back(options.integers ? float(byte)
                                       : (float(byte) / 255.0f - at(options.mean, c, 0)) /
                                             at(options.std, c, 1));
  return table;
}

Result<Dataset> openDataset(const std::string &text, const DatasetOptions &options) {
  if (Status checked = checkNormalization(options); !checked)
    return checked.error();
  Result<Spec> spec = parseSpec(text);
  if (!spec)
    return spec.error();
  Result<StoredImages> stored = readImages(*spec, text, options.integers.has_value());
  if (!stored)
    return stored.error();
  int64_t total = stored->labels.size();
  if (spec->hasRange && spec->last >= total)
    return Error{"data '" + text + "' has a range up to image " + std::to_string(spec->last) +
                 ", but the last image is " + std::to_string(total - 1)};
  int64_t channels = stored->imageShape[2];
  auto mean = getPerChannel(options.mean, channels, 0, "mean", text);
  if (!mean)
    return mean.error();
  auto std = getPerChannel(options.std, channels, 1, "std", text);
  if (!std)
    return std.error();

  Dataset dataset;
  dataset.text = text;
  dataset.first = spec->first;
  dataset.count = spec->hasRange ? spec->last - spec->first + 1 : total;
  dataset.shape = stored->imageShape;
  dataset.type = stored->type;
  dataset.planar = stored->planar;
  dataset.pixels = std::move(stored->pixels);
  dataset.labels = std::move(stored->labels);
  dataset.classes = 1 + int64_t(*std::max_element(dataset.labels.begin(), dataset.labels.end()));
  dataset.mean = std::move(*mean);
  dataset.std = std::move(*std);
  if (dataset.type == ElementType::U8)
    dataset.table = tabulateBytes(options, channels);
  if (options.integers)
    if (Status checked = dataset.checkIntegers(*options.integers); !checked)
      return checked.error();
  return dataset;
}

//===----------------------------------------------------------------------===//
// Access
//===----------------------------------------------------------------------===//

int64_t Dataset::label(int64_t index) const {
  assert(index >= 0 && index < count && "no such image");
  return labels[first + index];
}

Tensor Dataset::images(int64_t start, int64_t size) const {
  assert(start >= 0 && size >= 0 && start <= count - size && "no such images");
  int64_t area = shape[0] * shape[1], channels = shape[2];
  int64_t offset = (first + start) * area * channels;
  Tensor result(ElementType::F32, {size, shape[0], shape[1], channels});
  float *to = result.data<float>();
  if (type == ElementType::F32) {
    const auto *from = reinterpret_cast<const float *>(pixels.get()) + offset;
    for (int64_t i = 0; i < size * area; ++i)
      for (int64_t c = 0; c < channels; ++c)
        *to++ = (*from++ - mean[c]) / std[c];
    return result;
  }
  if (type != ElementType::U8) {
    dispatch(type, [&](auto tag) {
      std::copy_n(reinterpret_cast<const decltype(tag) *>(pixels.get()) + offset, result.size(),
                  to);
    });
    return result;
  }
  const auto *from = reinterpret_cast<const uint8_t *>(pixels.get()) + offset;
  int64_t pixelStep = planar ? 1 : channels, channelStep = planar ? area : 1;
  for (int64_t n = 0; n < size; ++n, from += area * channels)
    for (int64_t i = 0; i < area; ++i)
      for (int64_t c = 0; c < channels; ++c)
        *to++ = table[c * 256 + from[i * pixelStep + c * channelStep]];
  return result;
}

std::string getOrderHint(const Shape &wanted, const Shape &got) {
  if (wanted == got || !std::is_permutation(wanted.begin(), wanted.end(), got.begin(), got.end()))
    return "";
  return "; hint: store the images with channels last, as " + toText(wanted);
}

} // namespace tally

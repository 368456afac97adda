//===- Dataset.cpp - labelled images --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Dataset.h"

#include "DatasetFormats.h"
#include "DatasetSpec.h"
#include "tally/Data/Npz.h"
#include "tally/Support/File.h"
#include "tally/Support/Parallel.h"

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
// Opening
//===----------------------------------------------------------------------===//

static Result<StoredImages> readImages(const Spec &spec, const std::string &text,
                                       const DatasetOptions &options) {
  if (spec.kind == "npy") {
    auto paths = splitNpy(spec, text);
    if (!paths)
      return paths.error();
    return readNpyImages(paths->front(), paths->size() > 1 ? paths->back() : "",
                         options.integers.has_value(), /*anyRank=*/!options.array.empty());
  }
  if (spec.kind == "npz" && spec.body.empty())
    return Error{"data '" + text + "' must be 'npz:FILE'"};
  if (spec.kind == "npz")
    return readNpzImages(spec.body, options.array, options.integers.has_value());
  if (spec.kind == "images") {
    Result<FolderSpec> folder = splitFolder(spec, text);
    return folder ? readFolder(*folder, options.limit, options.image) : folder.error();
  }
  Result<Split> split = splitDirectory(spec, text);
  if (!split)
    return split.error();
  return spec.kind == "mnist" ? readMnist(split->directory, split->train)
                              : readCifar10(split->directory, split->train);
}

Result<Scaling> findScaling(const std::string &text) {
  Result<Spec> spec = parseSpec(text);
  if (!spec)
    return spec.error();
  if (spec->kind != "images")
    return Scaling();
  Result<FolderSpec> folder = splitFolder(*spec, text);
  return folder ? Result<Scaling>(folder->scaling) : folder.error();
}

std::vector<std::string> listDataFiles(const std::string &text) {
  Result<Spec> spec = parseSpec(text);
  if (!spec)
    return {};
  Result<std::vector<std::string>> paths = Error();
  if (spec->kind == "npy")
    paths = splitNpy(*spec, text);
  else if (spec->kind == "npz")
    paths = std::vector<std::string>{spec->body};
  else if (spec->kind == "images")
    if (Result<FolderSpec> folder = splitFolder(*spec, text))
      paths = findFolder(folder->directory);
    else
      return {};
  else if (Result<Split> split = splitDirectory(*spec, text))
    paths = spec->kind == "mnist" ? findMnist(split->directory, split->train)
                                  : findCifar10(split->directory, split->train);
  return paths ? *paths : std::vector<std::string>();
}

bool hasNamedArrays(const std::string &text) { return text.rfind("npz:", 0) == 0; }

Result<std::vector<std::string>> listArrays(const std::string &text) {
  assert(hasNamedArrays(text) && "has no named arrays");
  Result<Spec> spec = parseSpec(text);
  if (!spec)
    return spec.error();
  Result<NpzFile> file = NpzFile::open(spec->body);
  if (!file)
    return file.error();
  return file->names();
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
  if (source) {
    if (limits.lowest <= 0 && limits.highest >= 255)
      return Done();
    return Error{"'" + text + "' holds bytes, but the network takes integers from " +
                 std::to_string(limits.lowest) + " to " + std::to_string(limits.highest)};
  }
  int64_t perImage = numElements(shape);
  return dispatch(type, [&](auto tag) -> Status {
    const auto *data = reinterpret_cast<const decltype(tag) *>(pixels.get());
    for (int64_t i = first * perImage, e = (first + count) * perImage; i < e; ++i)
      if (int64_t(data[i]) < limits.lowest || int64_t(data[i]) > limits.highest)
        return Error{name(i / perImage - first) + " holds " + std::to_string(int64_t(data[i])) +
                     ", but the network takes integers from " + std::to_string(limits.lowest) +
                     " to " + std::to_string(limits.highest)};
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
  Result<StoredImages> stored = readImages(*spec, text, options);
  if (!stored)
    return stored.error();
  // Folders have read no other than those of the range.
  bool hasRange = spec->hasRange && !stored->source;
  int64_t total = stored->count;
  if (hasRange && spec->last >= total)
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
  dataset.array = options.array;
  dataset.first = hasRange ? spec->first : 0;
  dataset.count = hasRange ? spec->last - spec->first + 1 : total;
  if (options.limit > 0)
    dataset.count = std::min(dataset.count, options.limit);
  dataset.shape = stored->imageShape;
  dataset.type = stored->type;
  dataset.planar = stored->planar;
  dataset.pixels = std::move(stored->pixels);
  dataset.labels = std::move(stored->labels);
  if (stored->hasTargets)
    dataset.targetText = "npy:" + spec->body.substr(spec->body.find(',') + 1) +
                         (hasRange ? text.substr(text.rfind('#')) : "");
  dataset.source = std::move(stored->source);
  dataset.names = std::move(stored->classNames);
  dataset.notices = std::move(stored->notices);
  dataset.damaged = stored->damaged;
  if (dataset.hasLabels())
    dataset.classes = 1 + int64_t(*std::max_element(dataset.labels.begin(), dataset.labels.end()));
  if (!dataset.names.empty())
    dataset.classes = dataset.names.size();
  dataset.integers = options.integers;
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
  assert(index >= 0 && index < count && hasLabels() && "no such image");
  return labels[first + index];
}

std::string Dataset::name(int64_t index) const {
  if (source)
    return source->name(index);
  return "image " + std::to_string(first + index) + " of '" +
         (hasNamedArrays(text) ? array + "' of '" : "") + text + "'";
}

void Dataset::convertBytes(const uint8_t *from, int64_t size, const std::vector<float> &values,
                           float *to) const {
  int64_t area = shape[0] * shape[1], channels = shape[2];
  int64_t pixelStep = planar ? 1 : channels, channelStep = planar ? area : 1;
  for (int64_t n = 0; n < size; ++n, from += area * channels)
    for (int64_t i = 0; i < area; ++i)
      for (int64_t c = 0; c < channels; ++c)
        *to++ = values[c * 256 + from[i * pixelStep + c * channelStep]];
}

Status Dataset::convertStored(int64_t start, int64_t size, const std::vector<float> &values,
                              float *to) const {
  int64_t perImage = numElements(shape);
  if (!source) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(pixels.get());
    convertBytes(bytes + (first + start) * perImage, size, values, to);
    return Done();
  }
  std::vector<Status> read(size, Done());
  parallelFor(size, 0, [&](int64_t i) {
    std::vector<uint8_t> bytes(perImage);
    read[i] = source->read(start + i, bytes.data());
    if (read[i])
      convertBytes(bytes.data(), 1, values, to + i * perImage);
  });
  for (const Status &status : read)
    if (!status)
      return status.error();
  return Done();
}

Status Dataset::checkFinite(const float *values, int64_t start, int64_t size) const {
  int64_t perImage = numElements(shape);
  for (int64_t i = 0, e = size * perImage; i < e; ++i)
    if (!std::isfinite(values[i]))
      return Error{name(start + i / perImage) + " holds " + std::to_string(values[i]) +
                   " at element " + std::to_string(i % perImage)};
  return Done();
}

Result<Tensor> Dataset::images(int64_t start, int64_t size) const {
  assert(start >= 0 && size >= 0 && start <= count - size && "no such images");
  int64_t channels = shape[2], perImage = numElements(shape), offset = (first + start) * perImage;
  Tensor result(ElementType::F32, {size, shape[0], shape[1], channels});
  float *to = result.data<float>();
  if (type == ElementType::F32) {
    const auto *from = reinterpret_cast<const float *>(pixels.get()) + offset;
    if (Status finite = checkFinite(from, start, size); !finite)
      return finite.error();
    for (int64_t i = 0; i < size * shape[0] * shape[1]; ++i)
      for (int64_t c = 0; c < channels; ++c)
        *to++ = (*from++ - mean[c]) / std[c];
    return result;
  }
  if (type == ElementType::U8) {
    if (Status read = convertStored(start, size, table, to); !read)
      return read.error();
  } else {
    dispatch(type, [&](auto tag) {
      std::copy_n(reinterpret_cast<const decltype(tag) *>(pixels.get()) + offset, result.size(),
                  to);
    });
  }
  return result;
}

std::string getOrderHint(const Shape &wanted, const Shape &got) {
  if (wanted == got || !std::is_permutation(wanted.begin(), wanted.end(), got.begin(), got.end()))
    return "";
  return "; hint: store the images with channels last, as " + toText(wanted);
}

} // namespace tally

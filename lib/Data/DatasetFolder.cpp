//===- DatasetFolder.cpp - image files in folders -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetFormats.h"
#include "Image.h"

#include "tally/Support/Interrupt.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Support/Text.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

namespace fs = std::filesystem;

namespace tally {

//===----------------------------------------------------------------------===//
// Listing
//===----------------------------------------------------------------------===//

namespace {

struct Entry {
  std::string path;
  int32_t label = -1;
};

struct Listing {
  std::vector<Entry> entries;
  std::vector<std::string> classes; ///< empty where the images lie in no folder of a class
  std::vector<std::string> notices;
};

} // namespace

static std::string quote(const std::string &text) { return "'" + text + "'"; }

static bool isHidden(const fs::path &path) {
  return path.filename().string().compare(0, 1, ".") == 0;
}

static std::string lowerExtension(const fs::path &path) {
  std::string extension = path.extension().string();
  for (char &c : extension)
    c = char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return extension;
}

static bool isOneOf(const std::string &text, std::initializer_list<const char *> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// The image files of a folder and, with `below`, of those in it; sorted by folder, then by name.
static std::error_code listImages(const fs::path &folder, bool below,
                                  std::vector<std::string> &paths, int64_t &otherImages) {
  std::error_code error;
  std::vector<std::tuple<std::string, std::string>> found;
  auto visit = [&](const fs::directory_entry &entry) {
    std::string extension = lowerExtension(entry.path());
    std::error_code ignored;
    if (isHidden(entry.path()) || !entry.is_regular_file(ignored))
      return;
    if (isOneOf(extension, {".jpg", ".jpeg", ".png"}))
      found.emplace_back(entry.path().parent_path().string(), entry.path().filename().string());
    else
      otherImages += isOneOf(extension, {".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"});
  };
  if (below)
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error))
      visit(*it);
  else
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      visit(*it);
  std::sort(found.begin(), found.end());
  for (const auto &[parent, name] : found)
    paths.push_back(parent + "/" + name);
  return error;
}

/// The names of the folders in `directory`, sorted.
static std::vector<std::string> listFolders(const std::string &directory, std::error_code &error) {
  std::vector<std::string> names;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !isHidden(it->path()))
      names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

static Result<Listing> list(const std::string &directory) {
  auto fail = [](const std::string &folder, const std::error_code &error) {
    return Error{"directory " + quote(folder) + " cannot be read: " + error.message()};
  };
  Listing listing;
  std::error_code error;
  if (!fs::exists(directory, error))
    return Error{"directory " + quote(directory) + " does not exist"};
  std::vector<std::string> classes = listFolders(directory, error);
  if (error)
    return fail(directory, error);
  int64_t otherImages = 0;
  for (const std::string &name : classes) {
    std::vector<std::string> paths;
    fs::path folder = fs::path(directory) / name;
    if ((error = listImages(folder, /*below=*/true, paths, otherImages)))
      return fail(folder.string(), error);
    if (paths.empty())
      listing.notices.push_back("class folder " + quote(folder.string()) + " has no image");
    for (std::string &path : paths)
      listing.entries.push_back({std::move(path), int32_t(listing.classes.size())});
    listing.classes.push_back(name);
  }
  std::vector<std::string> loose;
  if ((error = listImages(directory, /*below=*/false, loose, otherImages)))
    return fail(directory, error);
  if (listing.entries.empty()) {
    listing.classes.clear();
    listing.notices.clear();
    for (std::string &path : loose)
      listing.entries.push_back({std::move(path)});
  } else if (!loose.empty()) {
    listing.notices.push_back(counted(loose.size(), "image") + " of " + quote(directory) +
                              (loose.size() == 1
                                   ? " lies beside the class folders and is left out"
                                   : " lie beside the class folders and are left out"));
  }
  if (listing.entries.empty())
    return Error{"directory " + quote(directory) +
                 " has no JPEG or PNG file, neither in it nor in "
                 "a folder for each class"};
  if (otherImages)
    listing.notices.push_back(counted(otherImages, "image") + " of " + quote(directory) +
                              (otherImages == 1 ? " is neither JPEG nor PNG and is left out"
                                                : " are neither JPEG nor PNG and are left out"));
  return listing;
}

Result<std::vector<std::string>> findFolder(const std::string &directory) {
  Result<Listing> listing = list(directory);
  if (!listing)
    return listing.error();
  std::vector<std::string> paths;
  for (Entry &entry : listing->entries)
    paths.push_back(std::move(entry.path));
  return paths;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Result<Image> load(const std::string &path, Result<Image> (*decode)(std::string_view)) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  Result<std::string> contents = file->readRest();
  if (!contents)
    return contents.error();
  Result<Image> image = decode(*contents);
  if (!image)
    return Error{quote(path) + " is damaged: " + image.error().message};
  return image;
}

static std::string sides(int64_t height, int64_t width) {
  return "[H, W] = " + toText(Shape{height, width});
}

namespace {

/// What is done to every image.
class Transform {
public:
  Transform(const FolderSpec &spec, const Shape &expected)
      : resizeTo(spec.scaling.resize), crop(spec.scaling.crop), expected(expected) {}

  /// Chooses what a network takes from what it does with the first image, of which these are the
  /// sides. Fails where no image fits.
  Status choose(const std::string &path, int64_t height, int64_t width) {
    if (Status fits = findSides(path, height, width); !fits)
      return fits;
    int64_t channels = 3, pixels = height * width;
    if (expected.size() == 3)
      channels = expected[2];
    else if (expected.size() == 2 || (expected.size() == 1 && expected[0] == pixels))
      channels = 1;
    if (channels != 1 && channels != 3)
      return Error{"the network takes " + std::to_string(channels) +
                   " channels, but images have 1 or 3"};
    shape = {height, width, channels};
    if (expected.size() >= 2)
      shape[0] = expected[0], shape[1] = expected[1];
    return Done();
  }

  /// Fails where an image of these sides does not become one of `getShape`.
  Status check(const std::string &path, int64_t height, int64_t width) const {
    int64_t h = height, w = width;
    if (Status fits = findSides(path, h, w); !fits)
      return fits;
    if (h == shape[0] && w == shape[1])
      return Done();
    std::string size = ImageSize{shape[0], shape[0] == shape[1] ? 0 : shape[1]}.toText();
    std::string text = quote(path) + " has " + sides(height, width);
    if (h != height || w != width)
      text += ", which becomes " + toText(Shape{h, w});
    text += expected.size() >= 2 ? ", but the network takes " : ", but the first image ";
    return Error{text + toText(Shape{shape[0], shape[1]}) + ": --resize " + size +
                 (shape[0] == shape[1] ? " scales the shorter side" : " scales both sides") +
                 ", --crop " + size + " cuts out the middle"};
  }

  /// `[H, W, C]`.
  const Shape &getShape() const { return shape; }

  Image apply(Image image) const {
    image = withChannels(std::move(image), shape[2]);
    if (resizeTo) {
      int64_t height = image.height, width = image.width;
      scaleSides(height, width, resizeTo);
      image = resize(image, height, width);
    }
    return crop ? cropCentre(image, crop.height, getCropWidth()) : image;
  }

private:
  /// Of the result of an image with these sides.
  Status findSides(const std::string &path, int64_t &height, int64_t &width) const {
    if (resizeTo)
      scaleSides(height, width, resizeTo);
    if (height > kMaxPixels / width)
      return Error{quote(path) + " becomes " + sides(height, width) + " by --resize " +
                   resizeTo.toText() + ", which is too large"};
    if (!crop)
      return Done();
    if (height < crop.height || width < getCropWidth())
      return Error{quote(path) + " has " + sides(height, width) +
                   (resizeTo ? " after" : " without") + " --resize, but --crop " + crop.toText() +
                   " takes " + toText(Shape{crop.height, getCropWidth()})};
    height = crop.height, width = getCropWidth();
    return Done();
  }

  int64_t getCropWidth() const { return crop.width ? crop.width : crop.height; }

  ImageSize resizeTo, crop;
  Shape expected, shape;
};

/// The images of a folder that can be read, and what was found when they were checked.
class Folder : public ImageSource {
public:
  explicit Folder(Transform transform) : transform(std::move(transform)) {}

  Status read(int64_t index, uint8_t *pixels) const override {
    const std::string &path = entries[index].path;
    Result<Image> image = load(path, decodeImage);
    if (!image)
      return image.error();
    if (Status fits = transform.check(path, image->height, image->width); !fits)
      return fits;
    Image result = transform.apply(std::move(*image));
    std::memcpy(pixels, result.pixels.data(), result.pixels.size());
    return Done();
  }
  std::string name(int64_t index) const override { return quote(entries[index].path); }
  int64_t number(int64_t index) const override { return numbers[index]; }

  Transform transform;
  std::vector<Entry> entries;
  std::vector<int64_t> numbers; ///< of all files of the folder
  std::vector<std::string> classes;
  int64_t damaged = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

/// The files of a range, `limit` of them spread evenly where there are more: files of one class
/// lie together.
static Result<std::vector<int64_t>> chooseFiles(const FolderSpec &spec, int64_t limit,
                                                int64_t total) {
  if (spec.last >= total)
    return Error{"data 'images:" + spec.directory + "' has a range up to image " +
                 std::to_string(spec.last) + ", but the last image is " +
                 std::to_string(total - 1)};
  int64_t count = (spec.last < 0 ? total : spec.last + 1) - spec.first;
  int64_t taken = limit > 0 ? std::min(limit, count) : count;
  std::vector<int64_t> chosen(taken);
  for (int64_t i = 0; i < taken; ++i)
    chosen[i] = spec.first + int64_t(__int128(i) * count / taken);
  return chosen;
}

/// Reads every chosen file once: only then it is known which images there are.
static std::vector<Result<Image>> checkFiles(const std::vector<Entry> &entries,
                                             const std::vector<int64_t> &chosen) {
  std::vector<Result<Image>> checked(chosen.size(), Error{"interrupted"});
  Progress progress("checking images", chosen.size());
  parallelFor(chosen.size(), 0, [&](int64_t i) {
    if (!interrupted())
      checked[i] = load(entries[chosen[i]].path, checkImage);
    progress.advance();
  });
  return checked;
}

static Result<std::shared_ptr<Folder>> open(const FolderSpec &spec, int64_t limit,
                                            const Shape &expected,
                                            std::vector<std::string> &notices) {
  Result<Listing> listing = list(spec.directory);
  if (!listing)
    return listing.error();
  Result<std::vector<int64_t>> chosen = chooseFiles(spec, limit, listing->entries.size());
  if (!chosen)
    return chosen.error();
  notices = std::move(listing->notices);
  std::vector<Result<Image>> checked = checkFiles(listing->entries, *chosen);
  auto folder = std::make_shared<Folder>(Transform(spec, expected));
  for (size_t i = 0; i < chosen->size(); ++i) {
    const Result<Image> &image = checked[i];
    Entry &entry = listing->entries[(*chosen)[i]];
    if (!image) {
      if (spec.strict || interrupted())
        return image.error();
      ++folder->damaged;
      notices.push_back(image.error().message);
      continue;
    }
    if (folder->entries.empty())
      if (Status fits = folder->transform.choose(entry.path, image->height, image->width); !fits)
        return fits.error();
    if (Status fits = folder->transform.check(entry.path, image->height, image->width); !fits)
      return fits.error();
    folder->entries.push_back(std::move(entry));
    folder->numbers.push_back((*chosen)[i]);
  }
  if (folder->entries.empty())
    return Error{"no image of " + quote(spec.directory) + " can be read: " + notices.back()};
  if (folder->damaged)
    notices.push_back(
        std::to_string(folder->damaged) + " of " + counted(chosen->size(), "image") + " of " +
        quote(spec.directory) +
        (folder->damaged == 1 ? " is damaged and left out" : " are damaged and left out"));
  folder->classes = std::move(listing->classes);
  return folder;
}

Result<StoredImages> readFolder(const FolderSpec &spec, int64_t limit, const Shape &expected) {
  // A job opens its images several times. While somebody holds them they are not checked again,
  // and nobody is told again what was found.
  using Key = std::tuple<std::string, int64_t, int64_t, ImageSize, ImageSize, bool, int64_t, Shape>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const Folder>> opened;
  std::lock_guard<std::mutex> lock(mutex);
  StoredImages stored;
  std::weak_ptr<const Folder> &known =
      opened[{spec.directory, spec.first, spec.last, spec.scaling.resize, spec.scaling.crop,
              spec.strict, limit, expected}];
  std::shared_ptr<const Folder> folder = known.lock();
  if (!folder) {
    Result<std::shared_ptr<Folder>> fresh = open(spec, limit, expected, stored.notices);
    if (!fresh)
      return fresh.error();
    known = folder = *fresh;
  }
  stored.imageShape = folder->transform.getShape();
  stored.count = folder->entries.size();
  if (!folder->classes.empty())
    for (const Entry &entry : folder->entries)
      stored.labels.push_back(entry.label);
  stored.classNames = folder->classes;
  stored.damaged = folder->damaged;
  stored.source = std::move(folder);
  return stored;
}

} // namespace tally

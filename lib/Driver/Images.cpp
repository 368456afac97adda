//===- Images.cpp - which images a job runs on ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Images.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Support/Text.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tally {

/// What holds for the images of a job.
static Result<std::optional<Normalisation>> choose(func::FuncOp entry,
                                                   const ImageOptions &options) {
  if (options.renormalise && options.mean.empty() && options.std.empty() && !options.scaling)
    return Error{"--renormalise requires --mean, --std, --resize or --crop", ErrorKind::Usage};
  auto normalisation = chooseNormalisation(entry, options.mean, options.std, options.renormalise);
  if (failed(normalisation))
    return Error{};
  auto recorded = getNormalisation(entry->getParentOfType<ModuleOp>());
  // Zero alone says that there is nothing to subtract.
  if (options.mean.empty() != options.std.empty() && *normalisation != recorded &&
      *normalisation != Normalisation::none())
    emitRemark(UnknownLoc::get(entry.getContext()))
        << (options.std.empty() ? "--mean is given without --std, which is taken as 1"
                                : "--std is given without --mean, which is taken as 0");
  return *normalisation;
}

void noteUnnormalised(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || entry->getNumArguments() != 1 ||
      findIntegerInput(*entry, getNormalisation(module)))
    return;
  emitRemark(UnknownLoc::get(module.getContext()))
      << "images are not normalised: --mean and --std say what the network was trained with";
}

void noteBytesInC(ModuleOp module, const std::string &name) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || getNormalisation(module) || encodeBytes(*entry).empty() ||
      findIntegerInput(*entry, std::nullopt))
    return;
  emitRemark(UnknownLoc::get(module.getContext()))
      << "no mean and std are recorded: " << StringRef(name).upper()
      << "_INPUT_OF_BYTE scales bytes to 0..1 and does not normalise them";
}

static bool isFolder(const std::string &data) { return data.rfind("images:", 0) == 0; }

std::string ImageOptions::spec() const {
  std::string options = scaling.resize ? ",resize=" + scaling.resize.toText() : "";
  options += scaling.crop ? ",crop=" + scaling.crop.toText() : "";
  options += strict ? ",strict" : "";
  size_t hash = data.rfind('#');
  bool hasRange = hash != std::string::npos &&
                  data.find_first_not_of("0123456789-", hash + 1) == std::string::npos;
  return std::string(data).insert(hasRange ? hash : data.size(), options);
}

Status expectFolder(const ImageOptions &options) {
  if (isFolder(options.data))
    return Done();
  const char *given = options.scaling.resize ? "--resize"
                      : options.scaling.crop ? "--crop"
                      : options.strict       ? "--strict-data"
                                             : nullptr;
  if (given)
    return Error{std::string(given) + " requires --data images:DIR", ErrorKind::Usage};
  return Done();
}

/// Folders say their classes; labels are numbers in their order.
static void noteClasses(MLIRContext *context, const Dataset &dataset) {
  constexpr size_t kShown = 20;
  const std::vector<std::string> &names = dataset.classNames();
  if (names.empty())
    return;
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names.size() > kShown && i == kShown / 2) {
      text += ", ...";
      i = names.size() - kShown / 2;
    }
    text += (i ? ", " : "") + std::to_string(i) + " '" + printable(names[i]) + "'";
  }
  emitRemark(UnknownLoc::get(context))
      << names.size() << (names.size() == 1 ? " class: " : " classes: ") << text;
}

/// What is done to images of a folder: what `options` say, else what is recorded. Of other data
/// what is recorded.
static Result<Scaling> chooseScaling(ModuleOp module, const ImageOptions &options) {
  Scaling recorded = getScaling(module);
  Result<Scaling> given = findScaling(options.spec());
  if (!given)
    return given;
  if (!*given)
    return recorded;
  if (recorded && !(recorded == *given) && !options.renormalise)
    return Error{nameOf(module) + " is recorded to take images with " + recorded.toText() +
                 ", but gets them with " + given->toText() +
                 "; --renormalise replaces what is recorded"};
  return given;
}

Result<std::string> specFor(ModuleOp module, const ImageOptions &options) {
  Result<Scaling> chosen = chooseScaling(module, options);
  if (!chosen)
    return chosen.error();
  ImageOptions all = options;
  if (isFolder(options.data) && !*findScaling(options.spec()))
    all.scaling = *chosen;
  return all.spec();
}

/// Many programs normalise bytes as they are.
static void warnOfByteUnits(ModuleOp module, const Normalisation &normalisation) {
  for (float mean : normalisation.mean)
    if (mean < 0 || mean > 1) {
      emitWarning(UnknownLoc::get(module.getContext()))
          << "bytes are scaled to 0..1 before they are normalised, and a mean of "
          << llvm::formatv("{0}", mean).str()
          << " lies outside: mean and std of bytes from 0 to 255 "
          << "are to be divided by 255";
      return;
    }
}

Result<NetworkImages> openImages(ModuleOp module, const ImageOptions &options, int64_t limit) {
  if (Status folder = expectFolder(options); !folder)
    return folder.error();
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  Result<std::optional<Normalisation>> chosen = choose(*entry, options);
  if (!chosen)
    return chosen.error();
  Result<std::string> spec = specFor(module, options);
  if (!spec)
    return spec.error();
  const std::optional<Normalisation> &normalisation = *chosen;
  auto images = NetworkImages::open(*entry, *spec, normalisation, limit);
  if (failed(images))
    return Error{};
  const Dataset &dataset = images->dataset();
  noteClasses(module.getContext(), dataset);
  if (*spec != options.spec())
    emitRemark(UnknownLoc::get(module.getContext()))
        << "the images of '" << options.data << "' are taken as the network says, with "
        << getScaling(module).toText();
  bool isTold = !options.mean.empty() || !options.std.empty();
  if (!isTold && dataset.holdsFloats() && normalisation && *normalisation != Normalisation::none())
    emitRemark(UnknownLoc::get(module.getContext()))
        << "the floats of '" << options.data << "' are normalised as the network says, with "
        << toText(*normalisation);
  if (isTold && normalisation && !dataset.holdsFloats())
    warnOfByteUnits(module, *normalisation);
  if (!normalisation && !dataset.holdsFloats())
    noteUnnormalised(module);
  return std::move(*images);
}

Result<bool> recordImages(ModuleOp module, const ImageOptions &options) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  Scaling scaledBefore = getScaling(module);
  Result<Scaling> scaling = chooseScaling(module, options);
  if (!scaling)
    return scaling.error();
  setScaling(module, *scaling);
  std::optional<Normalisation> before = getNormalisation(module);
  Result<std::optional<Normalisation>> chosen = choose(*entry, options);
  if (!chosen)
    return chosen.error();
  if (*chosen)
    setNormalisation(module, **chosen);
  return (before && *before != **chosen) || (scaledBefore && !(scaledBefore == *scaling));
}

void noteLeftOut(ModuleOp module, const NetworkImages &images, int64_t limit) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return;
  auto type = dyn_cast<RankedTensorType>(entry->getArgumentTypes()[0]);
  int64_t batch = type && type.getRank() > 0 && !type.isDynamicDim(0) ? type.getDimSize(0) : 1;
  int64_t count = std::min(limit, images.size());
  if (batch > 0 && count > batch && count % batch)
    emitRemark(UnknownLoc::get(module.getContext()))
        << "the network takes " << batch << " images at a time, so the last " << count % batch
        << " of " << count << (count % batch == 1 ? " is left out" : " are left out");
}

Status checkImages(ModuleOp module, const NetworkImages &images, int64_t limit) {
  constexpr int64_t kBatch = 64;
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  int64_t count = std::min(limit, images.size());
  ImageRanges ranges;
  for (int64_t first = 0; first < count; first += kBatch) {
    auto batch = images.load(first, std::min(kBatch, count - first));
    if (failed(batch))
      return Error{};
    join(ranges, *batch);
  }
  warnOfOtherImages(*entry, ranges, count);
  return Done();
}

} // namespace tally

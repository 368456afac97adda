//===- Images.cpp - which images a job runs on ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Images.h"

#include "Driver/Images.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Run/NetworkImages.h"

using namespace mlir;

namespace tally {

/// What holds for the images of a job.
static Result<std::optional<Normalisation>> choose(func::FuncOp entry,
                                                   const ImageOptions &options) {
  if (options.renormalise && options.mean.empty() && options.std.empty())
    return Error{"--renormalise requires --mean or --std", ErrorKind::Usage};
  auto normalisation = chooseNormalisation(entry, options.mean, options.std, options.renormalise);
  if (failed(normalisation))
    return Error{};
  return *normalisation;
}

void noteUnnormalised(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || findIntegerInput(*entry, getNormalisation(module)))
    return;
  emitRemark(UnknownLoc::get(module.getContext()))
      << "images are not normalised: --mean and --std say what the network was trained with";
}

Result<Dataset> openImages(ModuleOp module, const ImageOptions &options) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  Result<std::optional<Normalisation>> chosen = choose(*entry, options);
  if (!chosen)
    return chosen.error();
  const std::optional<Normalisation> &normalisation = *chosen;
  FailureOr<Dataset> dataset = openImages(*entry, options.data, normalisation);
  if (failed(dataset))
    return Error{};
  bool isTold = !options.mean.empty() || !options.std.empty();
  if (!isTold && dataset->holdsFloats() && normalisation && *normalisation != Normalisation::none())
    emitRemark(UnknownLoc::get(module.getContext()))
        << "the floats of '" << options.data << "' are normalised as the network says, with "
        << toText(*normalisation);
  if (!normalisation && !dataset->holdsFloats())
    noteUnnormalised(module);
  return std::move(*dataset);
}

Result<bool> recordNormalisation(ModuleOp module, const ImageOptions &options) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  std::optional<Normalisation> before = getNormalisation(module);
  Result<std::optional<Normalisation>> chosen = choose(*entry, options);
  if (!chosen)
    return chosen.error();
  if (*chosen)
    setNormalisation(module, **chosen);
  return before && *before != **chosen;
}

void noteLeftOut(ModuleOp module, const Dataset &images, int64_t limit) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || entry->getNumArguments() != 1)
    return;
  auto type = dyn_cast<RankedTensorType>(entry->getArgumentTypes()[0]);
  int64_t batch = type && type.getRank() > 0 && !type.isDynamicDim(0) ? type.getDimSize(0) : 1;
  int64_t count = std::min(limit, images.size());
  if (batch > 0 && count > batch && count % batch)
    emitRemark(UnknownLoc::get(module.getContext()))
        << "the network takes " << batch << " images at a time, so the last " << count % batch
        << " of " << count << " are left out";
}

void checkImages(ModuleOp module, const Dataset &images, int64_t limit) {
  constexpr int64_t kBatch = 64;
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return;
  int64_t count = std::min(limit, images.size());
  std::optional<ImageRange> range;
  for (int64_t first = 0; first < count; first += kBatch)
    range = join(range, getRange(images.images(first, std::min(kBatch, count - first))));
  if (range)
    warnOfOtherImages(*entry, *range, count);
}

} // namespace tally

//===- ImageFacts.cpp - what a network knows about its images -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/ImageFacts.h"

#include "tally/IR/Tally.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// Normalisation
//===----------------------------------------------------------------------===//

/// The number of channel `c`.
static float at(ArrayRef<float> values, size_t c) { return values[values.size() == 1 ? 0 : c]; }

bool Normalisation::operator==(const Normalisation &other) const {
  size_t sizes[] = {mean.size(), std.size(), other.mean.size(), other.std.size()};
  size_t channels = *llvm::max_element(sizes);
  if (llvm::any_of(sizes, [&](size_t size) { return size != 1 && size != channels; }))
    return false;
  for (size_t c = 0; c < channels; ++c)
    if (at(mean, c) != at(other.mean, c) || at(std, c) != at(other.std, c))
      return false;
  return true;
}

std::string toText(const Normalisation &normalisation) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto list = [&](StringRef name, ArrayRef<float> values) {
    os << name;
    llvm::interleave(values, os, [&](float value) { os << llvm::format("%g", value); }, ",");
  };
  list("mean ", normalisation.mean);
  list(" and std ", normalisation.std);
  return text;
}

std::optional<Normalisation> getNormalisation(ModuleOp module) {
  auto mean = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kMeanAttr);
  auto std = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kStdAttr);
  if (!mean || !std)
    return std::nullopt;
  return Normalisation{mean.asArrayRef().vec(), std.asArrayRef().vec()};
}

void setNormalisation(ModuleOp module, const Normalisation &normalisation) {
  Builder builder(module.getContext());
  module->setAttr(TallyDialect::kMeanAttr, builder.getDenseF32ArrayAttr(normalisation.mean));
  module->setAttr(TallyDialect::kStdAttr, builder.getDenseF32ArrayAttr(normalisation.std));
}

/// Images are channels last, but in modules of other tools that are not adopted yet. Of other
/// arguments only the data set knows how many there are.
static std::optional<int64_t> countChannels(func::FuncOp entry) {
  if (entry.getNumArguments() != 1 ||
      !entry->getParentOfType<ModuleOp>()->hasAttr(TallyDialect::kStageAttr))
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(entry.getArgumentTypes()[0]);
  if (!type || type.getRank() != 4 || type.isDynamicDim(3))
    return std::nullopt;
  return type.getDimSize(3);
}

static LogicalResult checkNumbers(func::FuncOp entry, StringRef name, ArrayRef<float> values,
                                  bool (*holds)(float), StringRef requirement) {
  for (float value : values)
    if (!holds(value))
      return entry.emitError() << "requires every '" << name << "' to be " << requirement
                               << ", but got " << std::to_string(value);
  std::optional<int64_t> channels = countChannels(entry);
  if (!channels || values.size() == 1 || int64_t(values.size()) == *channels)
    return success();
  return entry.emitError() << "requires " << (*channels == 1 ? "" : "1 or ") << *channels
                           << (*channels == 1 ? " value" : " values") << " for '" << name
                           << "', one for each channel, but got " << values.size();
}

/// What is given, with 0 and 1 for what is not.
static FailureOr<Normalisation> readGiven(func::FuncOp entry, ArrayRef<float> mean,
                                          ArrayRef<float> std) {
  Normalisation given = Normalisation::none();
  if (!mean.empty())
    given.mean = mean.vec();
  if (!std.empty())
    given.std = std.vec();
  auto isFinite = [](float value) { return std::isfinite(value); };
  auto isAboveZero = [](float value) { return std::isfinite(value) && value > 0; };
  if (failed(checkNumbers(entry, "mean", given.mean, isFinite, "finite")) ||
      failed(checkNumbers(entry, "std", given.std, isAboveZero, "above 0 and finite")))
    return failure();
  if (given.mean.size() != given.std.size() && given.mean.size() != 1 && given.std.size() != 1)
    return entry.emitError() << "requires as many values for 'mean' as for 'std', but got "
                             << given.mean.size() << " and " << given.std.size();
  return given;
}

FailureOr<std::optional<Normalisation>>
chooseNormalisation(func::FuncOp entry, ArrayRef<float> mean, ArrayRef<float> std, bool replace) {
  std::optional<Normalisation> recorded = getNormalisation(entry->getParentOfType<ModuleOp>());
  if (mean.empty() && std.empty())
    return recorded;
  if (entry.getNumArguments() > 1)
    return entry.emitError() << "has " << entry.getNumArguments()
                             << " inputs: mean and std are for networks of one";
  if (IntegerType type = getIntegerInput(entry))
    return entry.emitError() << "takes integers (" << type
                             << ") as they are: mean and std have no meaning";
  FailureOr<Normalisation> given = readGiven(entry, mean, std);
  if (failed(given))
    return failure();
  if (recorded && *recorded != *given && !replace)
    return entry.emitError() << "is recorded to take images with " << toText(*recorded)
                             << ", but gets them with " << toText(*given)
                             << "; --renormalise replaces what is recorded";
  return std::optional(*given);
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

static ImageSize getSize(ModuleOp module, StringRef name) {
  auto text = module->getAttrOfType<StringAttr>(name);
  return text ? ImageSize::parse(text.str()).value_or(ImageSize()) : ImageSize();
}

static void setSize(ModuleOp module, StringRef name, ImageSize size) {
  if (size)
    module->setAttr(name, StringAttr::get(module.getContext(), size.toText()));
  else
    module->removeAttr(name);
}

Scaling getScaling(ModuleOp module) {
  return {getSize(module, TallyDialect::kResizeAttr), getSize(module, TallyDialect::kCropAttr)};
}

void setScaling(ModuleOp module, Scaling scaling) {
  setSize(module, TallyDialect::kResizeAttr, scaling.resize);
  setSize(module, TallyDialect::kCropAttr, scaling.crop);
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

IntegerType getIntegerInput(func::FuncOp entry, unsigned index) {
  if (index >= entry.getNumArguments())
    return {};
  auto type = entry.getArgAttrOfType<TypeAttr>(index, TallyDialect::kIntegerAttr);
  return type ? dyn_cast<IntegerType>(type.getValue()) : IntegerType();
}

void setIntegerInput(func::FuncOp entry, IntegerType type, unsigned index) {
  entry.setArgAttr(index, TallyDialect::kIntegerAttr, TypeAttr::get(type));
}

CodeRange getIntegerRange(IntegerType type) {
  unsigned bits = type.getWidth();
  if (type.isUnsigned())
    return {0, (int64_t(1) << bits) - 1};
  return {-(int64_t(1) << (bits - 1)), (int64_t(1) << (bits - 1)) - 1};
}

std::optional<ImageRange> getSeenRange(func::FuncOp entry, unsigned index) {
  if (index >= entry.getNumArguments())
    return std::nullopt;
  auto ends = entry.getArgAttrOfType<DenseF64ArrayAttr>(index, TallyDialect::kRangeAttr);
  if (!ends || ends.size() != 2)
    return std::nullopt;
  return ImageRange{ends[0], ends[1]};
}

void setSeenRange(func::FuncOp entry, ImageRange range, unsigned index) {
  entry.setArgAttr(index, TallyDialect::kRangeAttr,
                   DenseF64ArrayAttr::get(entry.getContext(), {range.low, range.high}));
}

void forgetSeenRange(func::FuncOp entry) {
  for (unsigned index = 0; index < entry.getNumArguments(); ++index)
    entry.removeArgAttr(index, TallyDialect::kRangeAttr);
}

static std::string nameOr(StringAttr name, StringRef otherwise, unsigned index, unsigned count) {
  if (name && !name.empty())
    return name.str();
  return (otherwise + (count > 1 ? Twine(index) : Twine())).str();
}

std::string getInputName(func::FuncOp entry, unsigned index) {
  return nameOr(entry.getArgAttrOfType<StringAttr>(index, TallyDialect::kNameAttr), "input", index,
                entry.getNumArguments());
}

std::string getOutputName(func::FuncOp entry, unsigned index) {
  return nameOr(entry.getResultAttrOfType<StringAttr>(index, TallyDialect::kNameAttr), "output",
                index, entry.getNumResults());
}

} // namespace tally

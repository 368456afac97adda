//===- NetworkImages.h - images as a network takes them ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RUN_NETWORKIMAGES_H
#define TALLY_RUN_NETWORKIMAGES_H

#include "tally/Data/Dataset.h"
#include "tally/IR/ImageFacts.h"

namespace tally {

/// The integers that argument `index` of `entry` takes as they are: those of its type in the
/// file; or, where nobody speaks of normalisation, those that the quantizer on it rounds to in
/// steps of 1, which would make 0 and 1 of all images between. Null for floats.
mlir::IntegerType findIntegerInput(mlir::func::FuncOp entry,
                                   const std::optional<Normalisation> &normalisation,
                                   unsigned index = 0);

/// A data set as the arguments of a network take it.
class NetworkImages {
public:
  /// Opens `data` for the network `entry`, `npz:FILE` where it has several inputs: normalised as
  /// `normalisation` says, which `chooseNormalisation` chose; integers as they are where the
  /// network takes such; `limit` as in `DatasetOptions`. Emits what is wrong with them, and
  /// warnings of what is left out.
  static mlir::FailureOr<NetworkImages> open(mlir::func::FuncOp entry, const std::string &data,
                                             const std::optional<Normalisation> &normalisation,
                                             int64_t limit = 0);

  int64_t size() const { return inputs.front().size(); }
  /// That of argument `index`. All have the same size, and their labels are those of the first.
  const Dataset &dataset(unsigned index = 0) const { return inputs[index]; }
  /// Images `first .. first + size`: for each argument F32 of its shape, but for the leading
  /// dimension. Emits an error where a file changed or a number is not finite. May be called by
  /// several threads.
  mlir::FailureOr<std::vector<Tensor>> load(int64_t first, int64_t size) const;
  /// Between what these lie where each pixel changes by at most `radius`, see
  /// `Dataset::imagesAround`; of networks with one input.
  mlir::FailureOr<ImagesAround> loadAround(int64_t first, int64_t size, double radius) const;
  /// What result `index` is to be on these, F32 `[size, ...]`; nothing where the data does not say.
  mlir::FailureOr<std::optional<Tensor>> loadTargets(unsigned index, int64_t first,
                                                     int64_t size) const;

private:
  mlir::LogicalResult openTargets(const std::string &data, int64_t limit);

  mlir::func::FuncOp entry;
  std::vector<Dataset> inputs;
  std::vector<std::optional<Dataset>> targets; ///< of each result
};

/// Every one of the first `images` has to be of a class of `network`. Emits an error where one is
/// not, and a warning where the data set has fewer classes.
mlir::LogicalResult checkLabels(mlir::Operation *network, const Dataset &dataset, int64_t images,
                                int64_t classes);

/// `images`, F32, as an argument of `type` takes them: codes of `!quant.uniform`, or the floats.
Tensor encodeImages(const Tensor &images, mlir::Type type);

/// What the only argument of `entry` takes for every byte of every channel, `[C, 256]`: what
/// `encodeImages` makes of a data set's bytes. Empty where bytes do not fit, or for other types.
Tensor encodeBytes(mlir::func::FuncOp entry);

/// Smallest and largest number of `images`, F32, that is finite; nothing where there is none.
std::optional<ImageRange> getRange(const Tensor &images);
/// The range of both; either may be nothing.
std::optional<ImageRange> join(std::optional<ImageRange> a, std::optional<ImageRange> b);

/// Widens the range of each argument by what `images` hold, as `NetworkImages::load` gives them.
using ImageRanges = std::vector<std::optional<ImageRange>>;
void join(ImageRanges &ranges, mlir::ArrayRef<Tensor> images);
void join(ImageRanges &ranges, const ImageRanges &others);

/// Warns where the range of an argument, that of `count` images, is not what the network is made
/// for: what calibration saw, or before that what the quantizer on the input takes. Images then
///   reach beyond it by more than half its width; or, where they are 32 or more,
///   cover less than 2/5 of what was seen, or fewer than 4 steps of the quantizer.
void warnOfOtherImages(mlir::func::FuncOp entry, const ImageRanges &ranges, int64_t count);

} // namespace tally

#endif // TALLY_RUN_NETWORKIMAGES_H

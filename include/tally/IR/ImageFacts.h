//===- ImageFacts.h - what a network knows about its images -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attributes of a module and of the arguments of its entry: how images are scaled and normalised,
// whether integers go in as they are, and what calibration saw.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_IMAGEFACTS_H
#define TALLY_IR_IMAGEFACTS_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/Support/ImageSize.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// `(pixel - mean) / std`, one number for all channels or one for each; never empty.
struct Normalisation {
  std::vector<float> mean, std;

  /// Pixels stay what they are.
  static Normalisation none() { return {{0}, {1}}; }
  /// Whether both do the same, however many numbers they take to say so.
  bool operator==(const Normalisation &other) const;
  bool operator!=(const Normalisation &other) const { return !(*this == other); }
};

/// `mean 0.5 and std 0.25,0.5,0.25`, for messages.
std::string toText(const Normalisation &normalisation);

/// What is recorded in `module`; nothing where nobody has said it yet.
std::optional<Normalisation> getNormalisation(mlir::ModuleOp module);
void setNormalisation(mlir::ModuleOp module, const Normalisation &normalisation);

/// What holds where `mean`, `std` or both are given (empty lists: not), else what is recorded,
/// if anything is. Emits an error where numbers do not fit, where the network takes integers as
/// they are or several inputs, or where it recorded something else and `replace` does not say that
/// this may change.
mlir::FailureOr<std::optional<Normalisation>> chooseNormalisation(mlir::func::FuncOp entry,
                                                                  mlir::ArrayRef<float> mean,
                                                                  mlir::ArrayRef<float> std,
                                                                  bool replace = false);

/// What is done to images of folders, as recorded in `module`; false where nothing is.
Scaling getScaling(mlir::ModuleOp module);
void setScaling(mlir::ModuleOp module, Scaling scaling);

/// The integer type that argument `index` of `entry` has in the file that it comes from. Null
/// where that was floats.
mlir::IntegerType getIntegerInput(mlir::func::FuncOp entry, unsigned index = 0);
void setIntegerInput(mlir::func::FuncOp entry, mlir::IntegerType type, unsigned index = 0);

/// The integers that a type with or without sign holds.
CodeRange getIntegerRange(mlir::IntegerType type);

/// Smallest and largest value of an image.
struct ImageRange {
  double low = 0, high = 0;
};
/// What calibration saw of argument `index`.
std::optional<ImageRange> getSeenRange(mlir::func::FuncOp entry, unsigned index = 0);
void setSeenRange(mlir::func::FuncOp entry, ImageRange range, unsigned index = 0);
void forgetSeenRange(mlir::func::FuncOp entry);

/// What argument or result `index` is called: by its file, else `input` or `output`, with the
/// number behind it where there are several.
std::string getInputName(mlir::func::FuncOp entry, unsigned index);
std::string getOutputName(mlir::func::FuncOp entry, unsigned index);

} // namespace tally

#endif // TALLY_IR_IMAGEFACTS_H

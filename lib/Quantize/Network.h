//===- Network.h - what passes ask of a network -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_NETWORK_H
#define TALLY_LIB_QUANTIZE_NETWORK_H

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Format.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// The entry of the module; emits an error where there is not exactly one, or a plan in it is
/// wrong.
mlir::FailureOr<mlir::func::FuncOp> getNetwork(mlir::ModuleOp module);

/// Adds up the elements under a window: convolutions, adder layers, sums and means.
bool isWindowSum(mlir::Operation *op);

/// A window sum of products.
bool isConvolution(mlir::Operation *op);

/// One value a channel after another: batch normalisation, affine map, clamp.
bool isChannelwise(mlir::Operation *op);

/// The constant operand of a product that has the shape of the other one, the same for all images;
/// nothing for other operations.
std::optional<unsigned> getConstantFactor(mlir::Operation *op);

/// Moves elements without computing; an observer does not, for it is where a value is looked at.
bool isDataMovement(mlir::Operation *op);

/// Movement of elements of several operands.
bool joinsValues(mlir::Operation *op);

/// A parameter of `module` with these floats, loaded at `builder`'s place.
mlir::Value makeParameter(mlir::OpBuilder &builder, mlir::Location location, llvm::StringRef name,
                          mlir::ArrayRef<int64_t> shape, mlir::ArrayRef<float> values);

/// The name of the parameter that `load` reads, for one that takes its place: where nothing
/// else reads it, it gets `suffix` to make room.
std::string takeName(mlir::ml_program::GlobalLoadConstOp load, llvm::StringRef suffix = ".float");

/// Gives `operand` (a loaded parameter) other values of the same shape, in place where
/// no other operation reads the parameter.
void replaceParameter(mlir::OpOperand &operand, mlir::ArrayRef<float> values);

/// Erases loads without users and private parameters that nothing names.
void removeUnusedParameters(mlir::ModuleOp module);

/// `channel_affine` after `value`, in front of all its present users.
ChannelAffineOp insertAffine(mlir::Value value, llvm::StringRef name, mlir::ArrayRef<float> scale,
                             mlir::ArrayRef<float> bias);

/// An error at `layer`, begun with where that is in the network: "layer 'conv1' (1x8x8x3 to
/// 1x8x8x16) ".
mlir::InFlightDiagnostic emitLayerError(mlir::Operation *layer);

/// The two ends of `tally.interval`.
struct RealInterval {
  double low = 0, high = 0;
};
inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os, RealInterval interval) {
  return os << llvm::format("[%g, %g]", interval.low, interval.high);
}
std::optional<RealInterval> getAssignedInterval(mlir::Operation *layer);
void setAssignedInterval(mlir::Operation *layer, RealInterval interval);

/// What a pass' options say of images.
struct DataOptions {
  std::string data;
  mlir::ArrayRef<float> mean, std;
  int64_t images = 0;
};

/// The images that a pass runs a network on.
struct PassImages {
  NetworkImages images;
  int64_t count = 0; ///< the first so many, a multiple of what the network takes at a time

  /// All of them at once, for each argument.
  mlir::FailureOr<std::vector<Tensor>> loadAll() const { return images.load(0, count); }
};
/// Opens them, or emits an error. The module records how they are normalised.
mlir::FailureOr<PassImages> openImages(mlir::func::FuncOp function, const DataOptions &options);

/// A run of `function` on all of them, before its first operation.
mlir::FailureOr<NetworkRun> startOnImages(mlir::func::FuncOp function, const DataOptions &options);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_NETWORK_H

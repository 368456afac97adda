//===- CodeBuilder.h - the network on codes, value by value -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize. Walks back from a float value to the quantizers and sums
// it comes from, and builds the operations on codes that compute it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_CODES_CODEBUILDER_H
#define TALLY_LIB_QUANTIZE_CODES_CODEBUILDER_H

#include "Bounds.h"
#include "Quantize/ElementFunctions.h"
#include "Quantize/Network.h"
#include "Quantize/OnDemand.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/DenseMap.h"
#include <cmath>

namespace tally {

/// The type of `value` on codes.
inline mlir::RankedTensorType withElement(mlir::Value value, mlir::Type element) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).clone(element);
}

/// The quantizer of `value` where all channels share one; null elsewhere.
inline mlir::quant::UniformQuantizedType perTensorType(mlir::Value value) {
  return mlir::dyn_cast_or_null<mlir::quant::UniformQuantizedType>(
      getQuantizedElement(value.getType()));
}

class CodeBuilder {
public:
  /// The operations on codes of `network` come where `builder` stands.
  CodeBuilder(mlir::OpBuilder &builder, mlir::func::FuncOp network)
      : builder(builder), functions(network), bounds(functions) {}

  /// `codes` is what the quantized float value `cast` (result of a qcast) is.
  void define(mlir::Value cast, mlir::Value codes) { known.set({cast, cast.getType()}, codes); }

  /// The codes of a float value that is returned as `output`, in the type of its own quantizer; of
  /// a constant, in one of its own range.
  mlir::FailureOr<mlir::Value> resultOf(mlir::Value value, llvm::StringRef output);

private:
  using UniformType = mlir::quant::UniformQuantizedType;

  /// A factor and a constant for each channel, or for each place of a shape that broadcasts to
  /// that of what they are applied to.
  struct Factors {
    llvm::SmallVector<int64_t> shape;
    std::vector<double> scale, bias;
    bool areEqual() const { return llvm::all_equal(scale) && llvm::all_equal(bias); }
    /// The same for each element of `target`, to which `shape` broadcasts.
    Factors broadcastTo(llvm::ArrayRef<int64_t> target) const;
  };
  /// Codes with real factors still to be applied, and then a clamp.
  struct Pending {
    mlir::Value codes;
    Factors factors;
    double low = -INFINITY, high = INFINITY;
    bool clamped = false;
  };
  /// A clamp, or an affine map with its parameters.
  struct Map {
    mlir::Value result;
    double resolution; ///< of what it takes
    Factors factors;
  };

  /// The codes of `value` in `type`; or those of a quantized one, in the type it has. A failure
  /// where they are yet to be made.
  mlir::FailureOr<mlir::Value> codesOf(mlir::Value value, mlir::Type type);
  mlir::FailureOr<mlir::Value> quantized(mlir::Value cast) { return codesOf(cast, cast.getType()); }

  mlir::FailureOr<mlir::Value> makeQuantized(mlir::Value cast);
  mlir::FailureOr<mlir::Value> makeCodes(mlir::Value value, UniformType type);
  mlir::FailureOr<mlir::Value> move(mlir::Operation *op, UniformType type);
  /// A parameter of codes in place of a constant of floats.
  mlir::FailureOr<mlir::Value> constantCodes(mlir::Value constant, UniformType type);
  /// `value` computed finely, and rounded to `type` at its end.
  mlir::FailureOr<mlir::Value> roundSum(mlir::Value value, UniformType type);
  mlir::FailureOr<Pending> pendingOf(mlir::Value value, double resolution);
  /// What `value` is without the clamps and affine maps that end in it.
  mlir::FailureOr<Pending> pendingOfSource(mlir::Value value, double resolution);
  mlir::FailureOr<std::optional<Map>> readMap(mlir::Value value, double resolution);
  static bool canCombine(const Pending &pending, const Map &map);
  mlir::FailureOr<Pending> apply(const Map &map, Pending pending);
  static Pending plain(mlir::Value codes);
  static Factors getFullFactors(const Pending &pending);
  mlir::FailureOr<Pending> combine(mlir::Operation *op, double resolution);
  /// A function of one value, looked up.
  mlir::FailureOr<mlir::Value> tableOf(mlir::Value value, UniformType type);
  mlir::FailureOr<mlir::Value> productOf(mlir::Operation *op);
  mlir::FailureOr<mlir::Value> sumOf(mlir::Operation *op);
  mlir::FailureOr<mlir::Value> layerSum(mlir::Operation *op, mlir::Value input);
  static void divideByTaps(mlir::tosa::AvgPool2dOp average, Pending &pending);
  mlir::FailureOr<mlir::Value> convolve(mlir::Operation *op, mlir::Value input);
  mlir::FailureOr<mlir::Value> finish(const Pending &pending, UniformType type, mlir::Value named);
  mlir::FailureOr<mlir::Value> filterCodes(mlir::Value dequantized);
  mlir::Value levelCodes(DecodeOp decode);
  double getGuardedStep(mlir::Value value, UniformType type);
  UniformType fineType(double resolution);
  UniformType storedTypeOf(mlir::Value value);
  std::string nameOf(mlir::Value value);
  mlir::Value makeFactors(llvm::StringRef name, mlir::ArrayRef<int64_t> shape,
                          mlir::ArrayRef<double> values);

  mlir::OpBuilder &builder;
  ElementFunctions functions;
  OnDemand<std::pair<mlir::Value, mlir::Type>, mlir::Value> known;
  Bounds bounds;
  llvm::DenseMap<mlir::Operation *, mlir::Value> sums;
  llvm::DenseMap<mlir::Value, UniformType> storedTypes;
  llvm::DenseMap<mlir::Value, std::string> names;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_CODES_CODEBUILDER_H

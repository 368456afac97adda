//===- OnnxQuantizeLinear.h - integers that stand for reals -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What QuantizeLinear, DequantizeLinear and the operators on integers share.
// Failures have been reported.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXQUANTIZELINEAR_H
#define TALLY_LIB_IMPORT_ONNXQUANTIZELINEAR_H

#include "OnnxImporter.h"
#include "tally/IR/QuantizedTypes.h"

namespace tally::onnx {

/// Where a node says how a value is quantized.
struct QuantizerInputs {
  /// The value's name in messages; those of its parameters are "NAME_scale" and "NAME_zero_point".
  std::string name;
  /// The numbers of the inputs; no scale means 1. An absent zero point means 0.
  std::optional<size_t> scale;
  size_t zero;
  /// The dimension of the value that several scales belong to.
  int64_t axis;
};

/// The quantizer of a value of `shape` that holds `elementType`, or the type of the zero point
/// where it is nothing (without one, uint8).
mlir::FailureOr<LinearQuantizer> readQuantizer(NodeScope &scope, const QuantizerInputs &inputs,
                                               llvm::ArrayRef<int64_t> shape,
                                               std::optional<int64_t> elementType);

/// The element type of what holds integers.
mlir::FailureOr<int64_t> getIntegerType(NodeScope &scope, const Operand &operand,
                                        llvm::StringRef name);

/// The reals that the integers of `operand` stand for by `quantizer`. Constants know their steps.
mlir::FailureOr<Operand> dequantize(NodeScope &scope, const Operand &operand,
                                    const LinearQuantizer &quantizer, llvm::StringRef name);

/// Reals equal to the integers of a computed operand.
mlir::FailureOr<mlir::Value> asIntegers(NodeScope &scope, const Operand &operand,
                                        llvm::StringRef name);

/// `value` in memory order, rounded to what `quantizer` has an integer for, within `narrow` where
/// one is given.
mlir::Value roundTo(NodeScope &scope, mlir::Value value, const LinearQuantizer &quantizer,
                    std::optional<CodeRange> narrow = std::nullopt);

/// A dequantized input, and by what.
struct Dequantized {
  Operand operand;
  LinearQuantizer quantizer;
};
mlir::FailureOr<Dequantized> dequantizeInput(NodeScope &scope, size_t index,
                                             const QuantizerInputs &inputs);

/// The bias of a layer on integers: 32 bits in steps of the products.
mlir::FailureOr<LiteralRef> dequantizeBias(NodeScope &scope, size_t index, const LinearQuantizer &x,
                                           const LinearQuantizer &w);

/// One scale for what a layer sums over.
mlir::LogicalResult requireOneScale(NodeScope &scope, const Dequantized &input,
                                    llvm::StringRef name);

/// floor(`value` / 2^amount) in the steps of `type`, where `value` has integers of it.
mlir::Value shiftRight(NodeScope &scope, mlir::Value value, int64_t amount,
                       const LinearQuantizer &type);

/// Gives `codes` the range of integers that may be `values`, made signed and as narrow as these
/// allow. Nothing where 16 bits do not hold it.
bool setRange(Codes &codes, CodeRange range, llvm::ArrayRef<int64_t> values);

/// `value * factor + constant`, with one of both or one for each index of ONNX's dimension `axis`.
mlir::Value mapAffinely(NodeScope &scope, mlir::Value value, llvm::ArrayRef<double> factors,
                        llvm::ArrayRef<double> constants, int64_t axis = -1);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXQUANTIZELINEAR_H

//===- TallyToLinalgPatterns.h - parts of tally-to-linalg -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_LOWER_LINALG_TALLYTOLINALGPATTERNS_H
#define TALLY_LIB_LOWER_LINALG_TALLYTOLINALGPATTERNS_H

#include "tally/IR/Tally.h"
#include "tally/Lower/Linalg/PowerArithmetic.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include <map>
#include <string>

namespace tally {

/// `i32 (x i32, condition i32)`, with a condition of 0 or 1: minus x, or 0, where it is 1 or 0.
struct PowerFunctions {
  std::string negateIf, keepIf;
};

/// How bodies are written: what they call where code is to be small, with empty names
/// where it is to be written out.
struct OutlinedFunctions {
  /// `i32 (i32, i32)`: |a - b|.
  std::string absoluteDifference;
  /// `i32 (code i32, multiplier i32, offset i64, shift i32, lowest i32, highest i32)`; the
  /// offset includes the rounding half.
  std::string requantize;
  /// `i64 (i64, i32)`, and `i32 (i64, lowest i32, highest i32)`: parts of `requantize`.
  std::string shiftRight, clamp;
  /// `i32 (i32, lowest, highest)`.
  std::string clampWord;
  bool outlined = false;
  /// Whether requantization is to multiply by shifts and additions, and functions for
  /// that, by the number of digits and whether 32 bits hold the sums; see ShiftAdds.cpp.
  bool withShiftAdds = false;
  std::map<std::pair<size_t, bool>, std::string> shiftAdds;
  /// How a layer of powers of two computes: as `powers` says, or as is cheapest for `target`.
  TargetAttr target;
  bool kernels = true; ///< whether layers become kernels
  std::optional<PowerArithmetic> powers;
  PowerFunctions powerFunctions;
  /// `i32 (activation i32, code i32)`, by the description of the levels.
  std::map<std::string, std::string> products;
};

/// How the layer `op`, whose filter `decode` unpacks, computes.
PowerArithmetic getArithmetic(mlir::Operation *op, DecodeOp decode,
                              const OutlinedFunctions &functions);

/// Adds these functions to `module`, under names that are free.
OutlinedFunctions addOutlinedFunctions(mlir::ModuleOp module);

/// Adds to `module` what its requantizations need to do without a multiplication.
void addShiftAddFunctions(mlir::ModuleOp module, OutlinedFunctions &functions);

/// Adds to `module` what its layers of powers of two call to multiply by shifts.
void addProductFunctions(mlir::ModuleOp module, OutlinedFunctions &functions);

/// A private function at the top of `module`, under a name that is free; `body` gets its
/// arguments.
std::string addFunction(
    mlir::ModuleOp module, mlir::StringRef name, mlir::ArrayRef<mlir::Type> arguments,
    mlir::Type result,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> body);

/// Adder layers and convolutions.
void populateTallyLayerPatterns(const mlir::TypeConverter &converter,
                                const OutlinedFunctions &outlined,
                                mlir::RewritePatternSet &patterns);

/// Sums and maxima over windows.
void populateTallyWindowPatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

/// Packed codes of powers of two.
void populateTallyDecodePatterns(const mlir::TypeConverter &converter,
                                 const OutlinedFunctions &outlined,
                                 mlir::RewritePatternSet &patterns);

/// Tables and products of codes.
void populateTallyCodePatterns(const mlir::TypeConverter &converter,
                               mlir::RewritePatternSet &patterns);

/// Affine maps, requantization, shuffles.
void populateTallyElementwisePatterns(const mlir::TypeConverter &converter,
                                      const OutlinedFunctions &outlined,
                                      mlir::RewritePatternSet &patterns);

/// Gradients of layers to their inputs.
void populateInputGradientPatterns(const mlir::TypeConverter &converter,
                                   mlir::RewritePatternSet &patterns);

/// Gradients of layers.
void populateTallyGradientPatterns(const mlir::TypeConverter &converter,
                                   mlir::RewritePatternSet &patterns);

/// What quantizers with probabilities pass back.
void populateCategoricalPatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

/// Which bits of quantizers are there.
void populateLevelMaskPatterns(const mlir::TypeConverter &converter,
                               mlir::RewritePatternSet &patterns);

/// Quantizers whose scales follow from weights.
void populateFilterQuantizerPatterns(const mlir::TypeConverter &converter,
                                     mlir::RewritePatternSet &patterns);

/// Means of quantizers by attention.
void populateMixturePatterns(const mlir::TypeConverter &converter,
                             mlir::RewritePatternSet &patterns);

/// Quantizers whose scales are learned.
void populateTallyLearnedPatterns(const mlir::TypeConverter &converter,
                                  mlir::RewritePatternSet &patterns);

/// Requantization without a multiplication.
void populateShiftAddPatterns(const mlir::TypeConverter &converter,
                              const OutlinedFunctions &outlined, mlir::RewritePatternSet &patterns);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_TALLYTOLINALGPATTERNS_H

//===- TallyToLinalgPatterns.h - parts of tally-to-linalg --------*- C++ -*-===//

#ifndef TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H
#define TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include <string>

namespace tally {

/// Functions that bodies call where code is to be small; empty names where they are
/// to be written out.
struct OutlinedFunctions {
  /// `i32 (i32, i32)`: |a - b|.
  std::string absoluteDifference;
  /// `i32 (code i32, multiplier i32, offset i64, shift i32, lowest i32, highest i32)`; the
  /// offset includes the rounding half.
  std::string requantize;
};

/// Adds both functions to `module`, under names that are free.
OutlinedFunctions addOutlinedFunctions(mlir::ModuleOp module);

/// Adder layers and convolutions.
void populateTallyLayerPatterns(const mlir::TypeConverter &converter,
                                const OutlinedFunctions &outlined,
                                mlir::RewritePatternSet &patterns);

/// Sums and maxima over windows.
void populateTallyWindowPatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

/// Packed codes of powers of two.
void populateTallyDecodePatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

/// Affine maps, requantization, shuffles.
void populateTallyElementwisePatterns(const mlir::TypeConverter &converter,
                                      const OutlinedFunctions &outlined,
                                      mlir::RewritePatternSet &patterns);

} // namespace tally

#endif // TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H

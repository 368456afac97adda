//===- TallyToLinalgPatterns.h - parts of tally-to-linalg --------*- C++ -*-===//

#ifndef TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H
#define TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H

#include "mlir/Transforms/DialectConversion.h"

namespace tally {

/// Layers and window sums: reductions.
void populateTallyLayerPatterns(const mlir::TypeConverter &converter,
                                mlir::RewritePatternSet &patterns);

/// Affine maps, requantization, shuffles.
void populateTallyElementwisePatterns(const mlir::TypeConverter &converter,
                                      mlir::RewritePatternSet &patterns);

/// `value` (a scalar of storage type) extended to `type` as `source`, the element
/// type it had, says: codes with or without a sign; floats stay.
mlir::Value extendCode(mlir::OpBuilder &builder, mlir::Location location,
                       mlir::Value value, mlir::Type source, mlir::Type type);

} // namespace tally

#endif // TALLY_LIB_LOWER_TALLYTOLINALGPATTERNS_H

//===- QuantizeSummary.h - what quantizing made of a network ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_QUANTIZESUMMARY_H
#define TALLY_LIB_DRIVER_QUANTIZESUMMARY_H

#include "tally/Driver/Quantize.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>

namespace tally {

/// Looks at a network before it is quantized, and again afterwards.
class Summarizer {
public:
  /// Fails where the module has no entry.
  static Result<Summarizer> create(mlir::ModuleOp calibrated, const Recipe &recipe, MulFree level);

  Result<QuantizeSummary> finish(mlir::ModuleOp quantized) const;

private:
  MulFree level = MulFree::No;
  QuantizeSummary::Bytes before;
  std::map<std::string, std::string> reasons; ///< of each layer's bits
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_QUANTIZESUMMARY_H

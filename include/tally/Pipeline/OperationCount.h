//===- OperationCount.h - what a network costs by kind -----------*- C++ -*-===//

#ifndef TALLY_PIPELINE_OPERATIONCOUNT_H
#define TALLY_PIPELINE_OPERATIONCOUNT_H

#include "mlir/IR/BuiltinOps.h"
#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// Scalar operations for one image, and memory. |a - b| + c counts as two
/// additions and one comparison, a clamp as two comparisons; shifts by constants and data
/// movement are not counted.
struct OperationCount {
  int64_t additions = 0, comparisons = 0, multiplications = 0, shifts = 0;
  int64_t weightBytes = 0;    ///< parameters as they are stored
  int64_t packedWeightBytes = 0; ///< parameters at the bits of their codes

  void add(const OperationCount &other);
};

struct LayerCount {
  std::string name, operation;
  OperationCount count;
};

/// Every computing operation of a network of any stage, in program order.
mlir::FailureOr<std::vector<LayerCount>> countOperations(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_PIPELINE_OPERATIONCOUNT_H

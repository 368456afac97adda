//===- StepOrigins.h - what a step computes, and its name -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_STEPS_STEPORIGINS_H
#define TALLY_LIB_LOWER_STEPS_STEPORIGINS_H

#include "tally/IR/LayerNames.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include <vector>

namespace tally {

/// What is known of the step that stores one value.
struct StepOrigin {
  std::string name;                ///< of its own among all steps, see docs/Spec.md, section 12
  std::vector<std::string> layers; ///< that it computes, in the order of the network
  /// What it stores: the name of a value of the network (`nameValues`), or the number of the
  /// argument that it copies; null where it is neither.
  mlir::Attribute value;
  /// Where it is stored with a border: the shape inside, the widths, and what the border holds.
  llvm::SmallVector<int64_t> shape, low, high;
  mlir::IntegerAttr border;

  /// Notes it on the call of the step.
  void attachTo(mlir::Operation *call) const;
};

class StepOrigins {
public:
  /// `stored`: the values of `function` with buffers of their own.
  StepOrigins(mlir::func::FuncOp function, const llvm::SetVector<mlir::Value> &stored);

  /// Of the next step, which stores `value`: one of the stored ones, or a copy of one.
  StepOrigin next(mlir::Value value);

private:
  llvm::SmallVector<mlir::Operation *> findOperations(mlir::Value value) const;
  std::string makeName(mlir::Value value, mlir::ArrayRef<mlir::Operation *> operations);
  mlir::Attribute findValue(mlir::Value value) const;
  /// Of the origins of `op` those whose values of the network it is that completes them.
  llvm::SmallVector<Origin> completes(mlir::Operation *op) const;

  const llvm::SetVector<mlir::Value> &stored;
  /// For each value of the network by its name, the operation that completes it.
  llvm::StringMap<mlir::Operation *> last;
  StepNames names;
  llvm::DenseSet<mlir::Value> written; ///< by the steps so far
  llvm::StringSet<> computed;          ///< layers, by them
};

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_STEPORIGINS_H

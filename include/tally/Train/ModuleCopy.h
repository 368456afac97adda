//===- ModuleCopy.h - a module in a context of its own ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A context keeps every constant that was ever made in it, and no two under one name. Training
// looks at many networks on its way: each in a context that ends with it, so that memory does not
// grow, and the names in what is written do not depend on how often somebody looked.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_MODULECOPY_H
#define TALLY_TRAIN_MODULECOPY_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <memory>

namespace tally {

class ModuleCopy {
public:
  /// What is emitted in its context is emitted in that of `module`, without a place.
  explicit ModuleCopy(mlir::ModuleOp module);

  mlir::ModuleOp get() { return *module; }

private:
  std::unique_ptr<mlir::MLIRContext> context; ///< outlives the module
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace tally

#endif // TALLY_TRAIN_MODULECOPY_H

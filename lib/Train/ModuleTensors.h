//===- ModuleTensors.h - parameters of a module as tensors ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_MODULETENSORS_H
#define TALLY_LIB_TRAIN_MODULETENSORS_H

#include "tally/Data/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include <optional>

namespace tally {

/// The f32 elements of parameter `name`; nothing where there is no such parameter.
std::optional<Tensor> readParameter(mlir::ModuleOp module, llvm::StringRef name);

/// Gives parameter `name`, which has the shape of `value`, new elements: in all modules that share
/// them, such as clones.
void writeParameter(mlir::ModuleOp module, llvm::StringRef name, const Tensor &value);

} // namespace tally

#endif // TALLY_LIB_TRAIN_MODULETENSORS_H

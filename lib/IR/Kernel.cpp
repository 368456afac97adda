//===- Kernel.cpp - machine operations on whole tensors -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Kernels.h"

using namespace mlir;
using namespace tally;

LogicalResult KernelOp::verify() {
  auto *kernels = (*this)->getDialect()->getRegisteredInterface<KernelInterface>();
  if (!kernels)
    return emitOpError() << "requires kernels, but this program has none registered";
  return kernels->verify(*this);
}

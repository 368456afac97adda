//===- CBackend.h - the emitted C, compiled and loaded ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_C_CBACKEND_H
#define TALLY_TARGET_C_CBACKEND_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Lower/Linalg/PowerArithmetic.h"

#include "mlir/IR/BuiltinOps.h"
#include <memory>
#include <vector>

namespace tally {

/// An integer network with one input and one result, emitted as C, compiled by the
/// machine's C compiler (`$CC`, else cc) and loaded. Emitted networks have one static
/// arena, so every worker gets a library of its own.
class CNetwork {
public:
  static mlir::FailureOr<CNetwork> create(mlir::ModuleOp module, int workers,
                                          MulFree level = MulFree::No,
                                          Core core = Core::Multiplier);
  CNetwork(CNetwork &&) noexcept;
  ~CNetwork();

  /// Must not be called by two threads for one worker at once.
  Tensor run(const Tensor &input, int worker) const;

private:
  CNetwork();
  struct Libraries;
  std::unique_ptr<Libraries> libraries;
  Tensor result;
};

} // namespace tally

#endif // TALLY_TARGET_C_CBACKEND_H

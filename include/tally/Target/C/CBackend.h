//===- CBackend.h - the emitted C, compiled and run -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_C_CBACKEND_H
#define TALLY_TARGET_C_CBACKEND_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Program.h"
#include "tally/Target/C/CTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include <vector>

namespace tally {

/// An integer network, emitted as C, compiled by the machine's C compiler (`$CC` with its options,
/// else cc) and run as a program with a static workspace: every worker gets one of its own, and
/// code for 32 bits runs too.
class CNetwork {
public:
  static mlir::FailureOr<CNetwork> create(mlir::ModuleOp module, int workers,
                                          MulFree level = MulFree::No, const CTarget &target = {});

  /// All results for all inputs. Must not be called by two threads for one worker at once.
  mlir::FailureOr<std::vector<Tensor>> run(mlir::ArrayRef<Tensor> inputs, int worker);

private:
  CNetwork(mlir::Location location, Temporary folder)
      : location(location), folder(std::move(folder)) {}
  mlir::Location location;
  Temporary folder; ///< where the programs are
  std::vector<Program> programs;
  std::vector<Tensor> results; ///< types and shapes
};

} // namespace tally

#endif // TALLY_TARGET_C_CBACKEND_H

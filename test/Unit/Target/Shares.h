// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_SHARES_H
#define TALLY_TEST_UNIT_TARGET_SHARES_H

#include "tally/Target/Cpu/CpuBackend.h"

namespace tally::test {

/// Empty where there is none.
std::string firstDifference(const Tensor &a, const Tensor &b);

/// Expects of `module`, with every step in shares that can be, the bits of its code in one piece:
/// for several numbers of shares, in reverse order, and on threads. Returns how many steps were
/// in shares.
int64_t compareShares(mlir::ModuleOp module, mlir::ArrayRef<Tensor> inputs,
                      const CpuTarget &target);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_SHARES_H

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_SELFTEST_H
#define TALLY_TEST_UNIT_TARGET_SELFTEST_H

#include "tally/Target/C/CSources.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace tally::test {

/// Runs the self-test of the C of `module` for `processor`, which compares every layer with the
/// reference's result; an empty name stands for the default.
void expectSelfTest(mlir::ModuleOp module, const char *processor, const std::string &what);
void expectSelfTest(mlir::ModuleOp module, const CTarget &target, MulFree level,
                    const std::string &what);

/// Runs `module` on three random images as compiled code, for the reference's results.
void expectCompiledEquals(mlir::ModuleOp module, const CpuTarget &target, MulFree level,
                          unsigned seed);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_SELFTEST_H

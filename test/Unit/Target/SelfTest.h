// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_SELFTEST_H
#define TALLY_TEST_UNIT_TARGET_SELFTEST_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace tally::test {

/// Runs the self-test of the C of `module` for `processor`, which compares every layer with the
/// reference's result; an empty name stands for the default.
void expectSelfTest(mlir::ModuleOp module, const char *processor, const std::string &what);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_SELFTEST_H

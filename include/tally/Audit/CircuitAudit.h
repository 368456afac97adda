//===- CircuitAudit.h - multiplications in a circuit ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_AUDIT_CIRCUITAUDIT_H
#define TALLY_AUDIT_CIRCUITAUDIT_H

#include "tally/Audit/MulFreeAudit.h"
#include "tally/Support/Result.h"
#include "tally/Target/Verilog/VerilogSources.h"

namespace tally {

/// What Yosys makes of a circuit, as one module.
struct CircuitAudit {
  int64_t cells = 0;
  /// Cells that multiply or divide.
  std::vector<MulFreeFinding> findings;
};

struct CircuitAudits {
  CircuitAudit rtl;       ///< after elaboration: products, quotients, powers
  CircuitAudit synthesis; ///< for Xilinx 7, where DSP blocks may be taken: those
};

/// Looks at the circuit `net`. An error where Yosys is missing or fails.
Result<CircuitAudits> auditCircuit(const VerilogSources &sources);

} // namespace tally

#endif // TALLY_AUDIT_CIRCUITAUDIT_H

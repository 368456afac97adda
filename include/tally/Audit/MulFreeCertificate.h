//===- MulFreeCertificate.h - proof of no multiplications -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_AUDIT_MULFREECERTIFICATE_H
#define TALLY_AUDIT_MULFREECERTIFICATE_H

#include "tally/Audit/CircuitAudit.h"
#include "tally/Lower/Multiplications.h"
#include "tally/Support/Result.h"
#include "tally/Target/Cpu/CpuTarget.h"

#include <optional>

namespace tally {

/// What was looked at, and what was found there that breaks `level`.
struct MulFreeCertificate {
  MulFree level = MulFree::Strict;
  /// Operations of the network.
  std::optional<std::vector<Multiplication>> network;
  std::optional<ObjectAudit> object;
  std::string processor; ///< that a network was compiled for
  std::optional<CAudit> c;
  /// The C compiled for RV32I, a machine without a multiply instruction; else why it was not.
  std::optional<ObjectAudit> rv32i;
  std::string withoutRv32i;
  /// C for high-level synthesis, where it is asked for; and compiled for RV32I as C99.
  std::optional<CAudit> hls;
  std::optional<ObjectAudit> hlsRv32i;
  std::optional<CircuitAudits> circuit; ///< where it is asked for; each finding breaks every level

  bool holds() const;
};

/// What else of a network is looked at.
struct MulFreeParts {
  bool hls = false;                      ///< C for high-level synthesis
  std::optional<VerilogOptions> circuit; ///< the circuit of these lanes and this style
};

/// The network itself, the object and the C that it is lowered to, and `parts`. A network with
/// operations that multiply is lowered all the same, to say where its code does.
mlir::FailureOr<MulFreeCertificate> certifyNetwork(mlir::ModuleOp module, MulFree level,
                                                   const CpuTarget &target,
                                                   const MulFreeParts &parts = {});

Result<MulFreeCertificate> certifyObject(const std::string &path, MulFree level);

/// C99; headers are looked for beside it.
Result<MulFreeCertificate> certifyC(const std::string &path, MulFree level);

} // namespace tally

#endif // TALLY_AUDIT_MULFREECERTIFICATE_H

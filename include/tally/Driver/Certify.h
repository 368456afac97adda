//===- Certify.h - is it free of multiplications? ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_CERTIFY_H
#define TALLY_DRIVER_CERTIFY_H

#include "tally/Audit/MulFreeCertificate.h"
#include "tally/Driver/Session.h"

namespace tally {

struct CertifyJob {
  MulFree level = MulFree::Strict;
  /// That a network is compiled for, as in CompileJob.
  std::string processor;
  bool hls = false;     ///< whether its C for high-level synthesis is looked at, too
  bool circuit = false; ///< whether its Verilog is, of these lanes and this style (EmitVerilogJob)
  std::string lanes, style = "sequential";
};

/// Looks at an object (ELF, or a path that ends in .o), at C (.c), or at a network and the code
/// that it is lowered to. Findings are in the certificate; they are no error.
Result<MulFreeCertificate> certify(Session &session, const std::string &path,
                                   const CertifyJob &job = {});

} // namespace tally

#endif // TALLY_DRIVER_CERTIFY_H

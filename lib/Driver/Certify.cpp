//===- Certify.cpp - is it free of multiplications? -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Certify.h"

#include "Driver/FileKind.h"
#include "Driver/ModuleState.h"
#include "tally/Driver/EmitVerilog.h"

using namespace mlir;

namespace tally {

Result<MulFreeCertificate> certify(Session &session, const std::string &path,
                                   const CertifyJob &job) {
  if (job.level == MulFree::No)
    return Error{"--level requires macs, compute or strict, but got 'no'", ErrorKind::Usage};
  auto target = CpuTarget::named(job.processor);
  if (!target)
    return Error{"--mcpu: " + llvm::toString(target.takeError())};
  Result<FileKind> kind = getFileKind(path);
  if (!kind)
    return kind.error();
  bool isObject = *kind == FileKind::Object, isC = StringRef(path).ends_with(".c");
  if ((isObject || isC) && job.level == MulFree::Macs)
    return Error{"--level macs requires a network: an object or C does not say which "
                 "multiplications are in sums",
                 ErrorKind::Usage};
  if ((isObject || isC) && job.circuit)
    return Error{"--rtl requires a network: an object or C becomes no circuit", ErrorKind::Usage};
  if ((isObject || isC) && job.hls)
    return Error{"--hls requires a network, from which C for high-level synthesis is written",
                 ErrorKind::Usage};
  MulFreeParts parts;
  parts.hls = job.hls;
  if (job.circuit) {
    Result<VerilogOptions> options = chooseVerilogOptions(job.lanes, job.style);
    if (!options)
      return options.error();
    parts.circuit = *options;
  }
  if (isObject)
    return certifyObject(path, job.level);
  if (isC)
    return certifyC(path, job.level);
  Result<Network> module = session.load(path);
  if (!module)
    return module.error();
  if (Status whole = expectLowerable(**module); !whole)
    return whole.error();
  FailureOr<MulFreeCertificate> certificate = certifyNetwork(**module, job.level, *target, parts);
  if (failed(certificate))
    return Error{};
  return std::move(*certificate);
}

} // namespace tally

//===- Processor.h - whose code runs here -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_PROCESSOR_H
#define TALLY_LIB_DRIVER_PROCESSOR_H

#include "tally/Support/Result.h"
#include "tally/Target/Cpu/CpuTarget.h"

namespace tally {

/// The processor that LLVM calls so, this machine's if the name is empty. Fails where its code does
/// not run here.
inline Result<CpuTarget> chooseProcessor(const std::string &name) {
  auto target = CpuTarget::named(name.empty() ? "native" : name);
  if (!target)
    return Error{"--mcpu: " + llvm::toString(target.takeError())};
  if (llvm::Error error = target->checkRunsHere())
    return Error{"--mcpu: " + llvm::toString(std::move(error))};
  return std::move(*target);
}

} // namespace tally

#endif // TALLY_LIB_DRIVER_PROCESSOR_H

//===- CTarget.cpp - the core that emitted C is for -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CTarget.h"
#include "tally/IR/Target.h"

#include "llvm/TargetParser/ARMTargetParser.h"
#include "llvm/TargetParser/RISCVISAInfo.h"

using namespace mlir;

namespace tally {

llvm::Expected<CTarget> CTarget::named(StringRef name) {
  if (llvm::ARM::ArchKind kind = llvm::ARM::parseCPUArch(name);
      kind != llvm::ARM::ArchKind::INVALID && kind != llvm::ARM::ArchKind::XSCALE) {
    bool isMicrocontroller =
        llvm::ARM::parseArchProfile(llvm::ARM::getArchName(kind)) == llvm::ARM::ProfileKind::M;
    std::string triple =
        (isMicrocontroller ? "thumb" : "arm") + llvm::ARM::getSubArch(kind).str() + "-none-eabi";
    if (auto machine = CpuTarget::named(name, triple))
      return CTarget{Core::Multiplier, std::move(*machine)};
    else
      llvm::consumeError(machine.takeError());
  }
  if (name.starts_with("rv32") || name.starts_with("rv64")) {
    auto isa = llvm::RISCVISAInfo::parseArchString(name, /*EnableExperimentalExtension=*/false);
    if (isa) {
      bool multiplies = (*isa)->hasExtension("m") || (*isa)->hasExtension("zmmul");
      std::string width = name.substr(2, 2).str();
      CpuTarget machine{"riscv" + width + "-unknown-elf", "generic-rv" + width, ""};
      return CTarget{multiplies ? Core::Multiplier : Core::BarrelShifter, std::move(machine)};
    }
    return llvm::createStringError("requires an instruction set of RISC-V, but got '" + name +
                                   "': " + llvm::toString(isa.takeError()));
  }
  return llvm::createStringError(
      "requires a processor of ARM by LLVM's name, such as cortex-m0plus, cortex-m4 or cortex-m33, "
      "or an instruction set of RISC-V, such as rv32i or rv32imc, but got '" +
      name + "'");
}

TargetAttr CTarget::describe(MLIRContext *context, MulFree level) const {
  if (!processor)
    return makeTarget(context, level, core);
  TargetAttr target = tally::describe(context, *processor, level);
  return makeTarget(context, level, core, target.getArch(), target.getCpu(), target.getFeatures());
}

} // namespace tally

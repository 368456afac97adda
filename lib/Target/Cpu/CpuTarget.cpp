//===- CpuTarget.cpp - the machine that code is for -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/CpuTarget.h"

#include "tally/IR/Target.h"
#include "tally/Lower/Kernels.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace tally {

static void initializeTargets() {
  [[maybe_unused]] static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
}

/// LLVM's description of a machine; null where LLVM does not know the
/// architecture.
static std::unique_ptr<llvm::MCSubtargetInfo> getSubtarget(const CpuTarget &target) {
  initializeTargets();
  llvm::Triple triple(target.triple);
  std::string error;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      found->createMCSubtargetInfo(triple, target.cpu, target.features));
}

/// Whether code for `target` is code for its architecture: a processor of
/// other registers or other instructions is known by name and cannot run it.
static bool fits(const CpuTarget &target) {
  llvm::Triple triple(target.triple);
  if (triple.isX86_64() || triple.isRISCV64())
    return target.has("64bit");
  if (triple.isRISCV32())
    return target.has("32bit");
  return !triple.isARM() || !target.has("noarm");
}

llvm::Error CpuTarget::checkTriple(llvm::StringRef name) {
  initializeTargets();
  llvm::Triple triple(llvm::Triple::normalize(name));
  bool isKnown = triple.isX86_64() || triple.isARM() || triple.isThumb() || triple.isAArch64() ||
                 triple.isRISCV();
  std::string error;
  if (isKnown && triple.isLittleEndian() && triple.isOSBinFormatELF() &&
      llvm::TargetRegistry::lookupTarget(triple, error))
    return llvm::Error::success();
  return llvm::createStringError(
      "requires cpu or a triple of x86_64, arm, thumb, aarch64, riscv32 or riscv64 with ELF "
      "objects, such as riscv32-unknown-elf, but got '" +
      name + "'");
}

CpuTarget CpuTarget::host() {
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return {llvm::sys::getDefaultTargetTriple(), llvm::sys::getHostCPUName().str(),
          features.getString()};
}

llvm::Expected<CpuTarget> CpuTarget::named(llvm::StringRef cpu, llvm::StringRef triple) {
  if (cpu == "native" && triple.empty())
    return host();
  if (cpu.empty())
    cpu = portable(triple);
  CpuTarget target{triple.empty() ? llvm::sys::getDefaultTargetTriple()
                                  : llvm::Triple::normalize(triple),
                   "", ""};
  std::unique_ptr<llvm::MCSubtargetInfo> machine = getSubtarget(target);
  if (!machine)
    return llvm::createStringError("no code can be generated for '" + target.triple + "'");
  if (machine->isCPUStringValid(cpu)) {
    target.cpu = cpu.str();
    if (fits(target))
      return target;
  }
  llvm::SmallVector<llvm::StringRef> known;
  if (triple.empty())
    known.push_back("native");
  for (const llvm::SubtargetSubTypeKV &processor : machine->getAllProcessorDescriptions())
    if (fits({target.triple, processor.Key, ""}))
      known.push_back(processor.Key);
  return llvm::createStringError("unknown processor '" + cpu + "' for '" + target.triple +
                                 "'; known are " + llvm::join(known, ", "));
}

llvm::Error CpuTarget::checkRunsHere() const {
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && has(feature.first()))
      return llvm::createStringError(
          "code for '" + cpu + "' may not run here: this machine has no '" + feature.first() + "'");
  return llvm::Error::success();
}

llvm::StringRef CpuTarget::portable(llvm::StringRef name) {
  llvm::Triple triple(name.empty() ? llvm::sys::getDefaultTargetTriple()
                                   : llvm::Triple::normalize(name));
  return triple.isX86_64() ? "x86-64-v2" : "generic";
}

bool CpuTarget::has(llvm::StringRef feature) const {
  std::unique_ptr<llvm::MCSubtargetInfo> machine = getSubtarget(*this);
  // Of another architecture, the name means nothing.
  return machine &&
         llvm::any_of(machine->getAllProcessorFeatures(),
                      [&](const auto &one) { return feature == one.Key; }) &&
         machine->checkFeatures(("+" + feature).str());
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
CpuTarget::createMachine(bool positionIndependent) const {
  initializeTargets();
  std::string error;
  llvm::Triple name(triple);
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(name, error);
  if (!found)
    return llvm::createStringError(error);
  // In this process, code and its callees may be far apart: the model is the
  // target's choice.
  std::optional<llvm::Reloc::Model> relocation;
  std::optional<llvm::CodeModel::Model> model;
  llvm::TargetOptions options;
  if (positionIndependent) {
    // For `llvm-readelf --stack-sizes`; loaded into no memory.
    options.EmitStackSizeSection = true;
    relocation = llvm::Reloc::PIC_;
    model = llvm::CodeModel::Small;
  }
  std::unique_ptr<llvm::TargetMachine> machine(
      found->createTargetMachine(name, cpu, features, options, relocation, model,
                                 llvm::CodeGenOptLevel::Aggressive, /*JIT=*/!positionIndependent));
  if (!machine)
    return llvm::createStringError("no code can be generated for '" + triple + "'");
  return machine;
}

TargetAttr describe(mlir::MLIRContext *context, const CpuTarget &target, MulFree level) {
  std::vector<std::string> features = getKernelFeatures();
  llvm::erase_if(features, [&](const std::string &feature) { return !target.has(feature); });
  llvm::Triple triple(target.triple);
  return makeTarget(context, level, Core::Multiplier, triple.getArchName(), target.cpu,
                    llvm::join(features, ","));
}

} // namespace tally

//===- Target.cpp - what code is for ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

/// What LLVM knows of an architecture; null where it was built without code for it.
static std::unique_ptr<llvm::MCSubtargetInfo> describeArch(StringRef arch) {
  [[maybe_unused]] static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargetMCs();
    return true;
  }();
  llvm::Triple triple(arch);
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target ? target->createMCSubtargetInfo(triple, "", "") : nullptr);
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, MulFree, Core,
                                 StringRef arch, StringRef cpu, StringRef features) {
  if (!arch.empty() && llvm::Triple(arch).getArch() == llvm::Triple::UnknownArch)
    return emitError() << "expects 'arch' to be an architecture by LLVM's name, but got '" << arch
                       << "'";
  if (arch.empty() && (!cpu.empty() || !features.empty()))
    return emitError() << "expects 'arch' where there is a 'cpu' or 'features'";
  if (cpu.empty() && features.empty())
    return success();
  std::unique_ptr<llvm::MCSubtargetInfo> known = describeArch(arch);
  if (!known)
    return success();
  if (!cpu.empty() && !known->isCPUStringValid(cpu))
    return emitError() << "expects 'cpu' to be a processor of '" << arch
                       << "' by LLVM's name, but got '" << cpu << "'";
  auto isKnown = [&](StringRef feature) {
    return llvm::any_of(known->getAllProcessorFeatures(),
                        [&](const auto &one) { return one.Key == feature; });
  };
  if (!features.empty())
    for (StringRef feature : llvm::split(features, ','))
      if (!isKnown(feature))
        return emitError() << "expects 'features' to be those of '" << arch
                           << "' by LLVM's names, with commas between them, but got '" << feature
                           << "'";
  return success();
}

bool TargetAttr::has(StringRef feature) const {
  for (StringRef one : llvm::split(getFeatures(), ','))
    if (one == feature)
      return true;
  return false;
}

int64_t TargetAttr::getLanes() const {
  if (getArch().empty())
    return 1;
  if (!llvm::Triple(getArch()).isX86())
    return has("neon") || has("v") ? 16 : 1;
  if (has("avx512bw"))
    return 64;
  return has("avx2") ? 32 : 16;
}

bool TargetAttr::shiftsLanes() const { return !llvm::Triple(getArch()).isX86() || has("avx2"); }

TargetAttr makeTarget(MLIRContext *context, MulFree level, Core core, StringRef arch, StringRef cpu,
                      StringRef features) {
  // A module without a word of the dialect does not load it.
  if (!context->getLoadedDialect<TallyDialect>())
    context->loadDialect<TallyDialect>();
  return TargetAttr::get(context, level, core, arch, cpu, features);
}

TargetAttr getTarget(ModuleOp module) {
  if (auto target = module->getAttrOfType<TargetAttr>(TallyDialect::kTargetAttr))
    return target;
  // Files from before there was a format version.
  auto level = module->getAttrOfType<StringAttr>(TallyDialect::kMulFreeAttr);
  std::optional<MulFree> named = level ? symbolizeMulFree(level.getValue()) : std::nullopt;
  return makeTarget(module.getContext(), named.value_or(MulFree::No));
}

void setTarget(ModuleOp module, TargetAttr target) {
  module->removeAttr(TallyDialect::kMulFreeAttr);
  if (target == makeTarget(module.getContext()))
    module->removeAttr(TallyDialect::kTargetAttr);
  else
    module->setAttr(TallyDialect::kTargetAttr, target);
}

} // namespace tally

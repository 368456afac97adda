//===- Kernels.cpp - the list of kernels ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Kernels.h"
#include "Kernel.h"
#include "tally/IR/Parameters.h"
#include "tally/Lower/Kernels.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DebugLog.h"
#include <set>

using namespace mlir;

#define DEBUG_TYPE "tally-to-linalg"

namespace tally {

#define KERNEL(Name) const Kernel *get##Name##Kernel();
#include "Kernels.def"
#undef KERNEL

ArrayRef<const Kernel *> getKernels() {
  static const Kernel *const kernels[] = {
#define KERNEL(Name) get##Name##Kernel(),
#include "Kernels.def"
#undef KERNEL
  };
  return kernels;
}

bool Kernel::owns(Operation *op) const {
  auto kernel = dyn_cast<KernelOp>(op);
  return kernel && kernel.getKernel() == name();
}

FailureOr<Value> Kernel::buildElement(StepBuilder &, Operation *, const Indices &) const {
  llvm_unreachable("only for kernels that build single elements");
}

FailureOr<SmallVector<Value>> Kernel::buildTile(StepBuilder &, Operation *,
                                                ArrayRef<Indices>) const {
  llvm_unreachable("only for kernels that build tiles");
}

LogicalResult Kernel::buildAll(StepBuilder &, Operation *) const {
  llvm_unreachable("only for kernels that build all elements at once");
}

LogicalResult Kernel::buildRows(StepBuilder &, Operation *, Value, AffineExpr, int64_t) const {
  llvm_unreachable("only for kernels that build rows");
}

LogicalResult Kernel::prepare(StepBuilder &, Operation *, OpOperand &, const Indices &) const {
  return success();
}

static remark::RemarkOpts describeRemark(StringRef layer) {
  return remark::RemarkOpts::name("Kernel").category(DEBUG_TYPE).function(layer);
}

Value Kernel::decline(const KernelLayer &layer, const Twine &why) const {
  std::string layerName = getLayerName(layer.op).str(), reason = why.str();
  remark::missed(layer.op->getLoc(), describeRemark(layerName))
      << ("not by kernel '" + name() + "': " + reason).str()
      << remark::metric("Kernel", name().str()) << remark::metric("Why", reason);
  LDBG() << "'" << layerName << "': not by kernel '" << name() << "': " << reason;
  return {};
}

const Kernel *findKernel(Operation *op) {
  for (const Kernel *kernel : getKernels())
    if (op && kernel->owns(op))
      return kernel;
  return nullptr;
}

Value lowerByKernel(OpBuilder &builder, const KernelLayer &layer) {
  for (const Kernel *kernel : getKernels())
    if (Value sums = kernel->lowerLayer(builder, layer)) {
      auto remark = remark::passed(layer.op->getLoc(), describeRemark(getLayerName(layer.op)));
      remark << ("by kernel '" + kernel->name() + "'").str()
             << remark::metric("Kernel", kernel->name().str());
      if (!layer.why.empty())
        remark << remark::metric("Why", layer.why);
      LDBG() << "'" << getLayerName(layer.op) << "': by kernel '" << kernel->name() << "'";
      return sums;
    }
  return {};
}

Value lowerByKernel(OpBuilder &builder, const PackedLevels &levels) {
  for (const Kernel *kernel : getKernels())
    if (Value unpacked = kernel->lowerLevels(builder, levels))
      return unpacked;
  return {};
}

namespace {
struct VerifiedKernels : KernelInterface {
  using KernelInterface::KernelInterface;

  LogicalResult verify(KernelOp op) const override {
    for (const Kernel *kernel : getKernels())
      if (kernel->name() == op.getKernel())
        return kernel->verify(op);
    auto names = llvm::map_range(getKernels(), [](const Kernel *kernel) { return kernel->name(); });
    return op.emitOpError() << "names no kernel (kernel_c1): '" << op.getKernel() << "'; known are "
                            << llvm::join(names, ", ");
  }
};
} // namespace

void registerKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, TallyDialect *dialect) {
    if (!dialect->getRegisteredInterface<KernelInterface>())
      dialect->addInterfaces<VerifiedKernels>();
  });
}

std::vector<std::string> getKernelFeatures() {
  std::set<std::string> features;
  for (const Kernel *kernel : getKernels())
    for (StringRef feature : kernel->features())
      features.insert(feature.str());
  return {features.begin(), features.end()};
}

std::optional<RegisterUpdate> getRegisterUpdate(StringRef name, TargetAttr target) {
  for (const Kernel *kernel : getKernels())
    if (kernel->name() == name)
      return kernel->getUpdate(target);
  return {};
}

} // namespace tally

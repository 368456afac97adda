//===- Backends.cpp - one network on every backend ------------------------===//

#include "tally/Pipeline/Backends.h"

#include "tally/Pipeline/Pipelines.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tally {

FailureOr<func::FuncOp> getEntry(ModuleOp module) {
  if (auto main = module.lookupSymbol<func::FuncOp>("main"))
    return main;
  func::FuncOp entry;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal()) {
      if (entry)
        return module.emitError()
               << "requires a function '@main' or only one public function, but has '@"
               << entry.getSymName() << "' and '@" << function.getSymName() << "'";
      entry = function;
    }
  if (!entry)
    return module.emitError() << "requires a function '@main'";
  return entry;
}

FailureOr<JitNetwork> compileInProcess(ModuleOp module, const CpuTarget &target) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  std::vector<Tensor> outputs;
  for (Type type : entry->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    auto elementType = tensor ? getTensorElementType(tensor) : std::nullopt;
    if (!elementType || !tensor.hasStaticShape())
      return entry->emitError() << "has a result of type " << type
                                << ", which cannot be compiled";
    outputs.emplace_back(*elementType, tensor.getShape().vec());
  }

  OwningOpRef<ModuleOp> lowered = module.clone();
  PassManager manager(module.getContext());
  buildToLinalgPipeline(manager);
  CpuOptions options;
  options.lanes = target.lanes();
  buildCpuPipeline(manager, options);
  if (failed(manager.run(*lowered)))
    return failure();

  std::string name = entry->getSymName().str();
  auto function = lowered->lookupSymbol<LLVM::LLVMFuncOp>(name);
  auto bytes = function->getAttrOfType<IntegerAttr>("tally.workspace_bytes");
  return JitNetwork::create(*lowered, name, bytes.getInt(), std::move(outputs), target);
}

} // namespace tally

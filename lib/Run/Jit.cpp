//===- Jit.cpp - a network compiled in this process -----------------------===//

#include "tally/Run/Jit.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mlir;

namespace tally {

CpuTarget CpuTarget::host() {
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return {llvm::sys::getDefaultTargetTriple(), llvm::sys::getHostCPUName().str(),
          features.getString()};
}

int64_t CpuTarget::lanes() const {
  if (features.find("+avx512bw") != std::string::npos)
    return 64;
  if (features.find("+avx2") != std::string::npos)
    return 32;
  return 16;
}

JitNetwork::JitNetwork() = default;
JitNetwork::~JitNetwork() = default;
JitNetwork::JitNetwork(JitNetwork &&) = default;

/// The machine that generates code for `target`, or an error message.
static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const CpuTarget &target) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::orc::JITTargetMachineBuilder builder{llvm::Triple(target.triple)};
  builder.setCPU(target.cpu);
  builder.addFeatures(
      llvm::SubtargetFeatures(target.features).getFeatures());
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  return builder.createTargetMachine();
}

FailureOr<JitNetwork> JitNetwork::create(ModuleOp lowered, StringRef function,
                                         int64_t workspaceBytes,
                                         std::vector<Tensor> outputs,
                                         const CpuTarget &target) {
  auto fail = [&](llvm::Error error) {
    return lowered.emitError()
           << "cannot be compiled in this process: " << llvm::toString(std::move(error));
  };
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  lowered.getContext()->appendDialectRegistry(registry);

  auto forOptimizer = createTargetMachine(target);
  if (!forOptimizer)
    return fail(forOptimizer.takeError());
  auto forEngine = createTargetMachine(target);
  if (!forEngine)
    return fail(forEngine.takeError());

  ExecutionEngineOptions options;
  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            forOptimizer->get());
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(lowered, options, std::move(*forEngine));
  if (!engine)
    return fail(engine.takeError());
  auto entry = (*engine)->lookupPacked(function);
  if (!entry)
    return fail(entry.takeError());

  JitNetwork network;
  network.engine = std::move(*engine);
  network.entry = *entry;
  network.workspaceBytes = workspaceBytes;
  network.outputs = std::move(outputs);
  return network;
}

namespace {
constexpr size_t kAlignment = 64;

/// The compiled code expects its buffers aligned as its constants are.
class AlignedBytes {
public:
  explicit AlignedBytes(size_t size)
      : bytes(static_cast<char *>(
            ::operator new(size + 1, std::align_val_t(kAlignment)))) {}
  ~AlignedBytes() { ::operator delete(bytes, std::align_val_t(kAlignment)); }
  AlignedBytes(const AlignedBytes &) = delete;
  char *data() { return bytes; }

private:
  char *bytes;
};
} // namespace

std::vector<Tensor> JitNetwork::run(ArrayRef<Tensor> inputs) const {
  AlignedBytes workspace(workspaceBytes);
  std::vector<Tensor> results;
  for (const Tensor &output : outputs)
    results.emplace_back(output.type(), output.shape());
  SmallVector<void *> arguments;
  for (const Tensor &input : inputs)
    arguments.push_back(const_cast<char *>(input.rawData()));
  for (Tensor &result : results)
    arguments.push_back(result.rawData());
  arguments.push_back(workspace.data());
  SmallVector<void *> packed;
  for (void *&argument : arguments)
    packed.push_back(&argument);
  entry(packed.data());
  return results;
}

} // namespace tally

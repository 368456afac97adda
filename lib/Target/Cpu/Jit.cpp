//===- Jit.cpp - a network compiled in this process -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/Jit.h"

#include "Optimize.h"
#include "tally/Support/Team.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace tally {

static void runOnTeam(void *team, int32_t most, Sharing::Run *run, void *task) {
  static_cast<Team *>(team)->run(most, run, task);
}

Sharing::Sharing(Team *team) : parallel(team ? &runOnTeam : nullptr), context(team) {}

JitNetwork::JitNetwork() = default;
JitNetwork::~JitNetwork() = default;
JitNetwork::JitNetwork(JitNetwork &&) noexcept = default;

FailureOr<JitNetwork> JitNetwork::create(ModuleOp lowered, StringRef function,
                                         int64_t workspaceBytes, std::vector<Tensor> outputs,
                                         const CpuTarget &target, StringRef parallel) {
  auto fail = [&](llvm::Error error) {
    return lowered.emitError() << "cannot be compiled in this process: "
                               << llvm::toString(std::move(error));
  };
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  lowered.getContext()->appendDialectRegistry(registry);

  auto forOptimizer = target.createMachine(/*positionIndependent=*/false);
  if (!forOptimizer)
    return fail(forOptimizer.takeError());
  auto forEngine = target.createMachine(/*positionIndependent=*/false);
  if (!forEngine)
    return fail(forEngine.takeError());

  ExecutionEngineOptions options;
  auto transformer = [&](llvm::Module *module) {
    optimize(*module, **forOptimizer, MulFree::No);
    return llvm::Error::success();
  };
  options.transformer = transformer;
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
  if (!parallel.empty()) {
    auto second = (*engine)->lookupPacked(parallel);
    if (!second)
      return fail(second.takeError());
    network.parallelEntry = *second;
  }
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
      : bytes(static_cast<char *>(::operator new(size + 1, std::align_val_t(kAlignment)))) {}
  ~AlignedBytes() { ::operator delete(bytes, std::align_val_t(kAlignment)); }
  AlignedBytes(const AlignedBytes &) = delete;
  char *data() { return bytes; }

private:
  char *bytes;
};
} // namespace

std::vector<Tensor> JitNetwork::run(ArrayRef<Tensor> inputs, Sharing sharing) const {
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
  call(arguments, sharing);
  return results;
}

void JitNetwork::call(ArrayRef<void *> arguments, Sharing sharing) const {
  assert((parallelEntry || !sharing.parallel) && "compiled for one thread");
  SmallVector<const void *> packed;
  for (void *const &argument : arguments)
    packed.push_back(static_cast<const void *>(&argument));
  if (!sharing.parallel)
    return entry(const_cast<void **>(packed.data()));
  packed.append({&sharing.parallel, &sharing.context});
  parallelEntry(const_cast<void **>(packed.data()));
}

} // namespace tally

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Shares.h"

#include "tally/IR/Network.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Steps/ParallelEntry.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Team.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

namespace tally::test {

std::string firstDifference(const Tensor &a, const Tensor &b) {
  if (a.type() != b.type() || a.shape() != b.shape())
    return "types or shapes differ";
  int64_t bytes = sizeOf(a.type());
  for (int64_t i = 0; i < a.size(); ++i)
    if (std::memcmp(a.rawData() + i * bytes, b.rawData() + i * bytes, bytes) != 0)
      return "element " + std::to_string(i) + " of " + std::to_string(a.size()) + ": " +
             llvm::toHex(llvm::StringRef(a.rawData() + i * bytes, bytes)) + " and " +
             llvm::toHex(llvm::StringRef(b.rawData() + i * bytes, bytes));
  return "";
}

namespace {

/// A caller that runs shares itself, the last one first.
struct ReverseShares {
  int32_t shares;
  int64_t steps = 0; ///< that it was asked to share

  static void run(void *context, int32_t, Sharing::Run *run, void *task) {
    auto *self = static_cast<ReverseShares *>(context);
    ++self->steps;
    for (int32_t share = self->shares; share-- > 0;)
      run(task, share, self->shares);
  }
};

mlir::FailureOr<JitNetwork> compileInShares(mlir::ModuleOp module, const CpuTarget &target) {
  mlir::OwningOpRef<mlir::ModuleOp> lowered = module.clone();
  std::string name = getEntry(module)->getSymName().str();
  std::vector<Tensor> outputs;
  for (mlir::Type type : getEntry(module)->getResultTypes())
    outputs.emplace_back(*getTensorElementType(type),
                         mlir::cast<mlir::RankedTensorType>(type).getShape().vec());
  setTarget(*lowered, describe(module.getContext(), target, MulFree::No));
  mlir::PassManager manager(module.getContext());
  CpuOptions options;
  options.parallel = true;
  options.leastShare = 1;
  buildToLinalgPipeline(manager);
  buildCpuPipeline(manager, options);
  if (failed(manager.run(*lowered)))
    return mlir::failure();
  auto entry = lowered->lookupSymbol<mlir::LLVM::LLVMFuncOp>(name);
  auto bytes = entry->getAttrOfType<mlir::IntegerAttr>(TallyDialect::kWorkspaceAttr);
  return JitNetwork::create(*lowered, name, bytes.getInt(), outputs, target,
                            getParallelEntry(name));
}

} // namespace

int64_t compareShares(mlir::ModuleOp module, mlir::ArrayRef<Tensor> inputs,
                      const CpuTarget &target) {
  auto plain = compileInProcess(module, target);
  auto compiled = compileInShares(module, target);
  if (failed(plain) || failed(compiled)) {
    ADD_FAILURE() << "cannot be compiled";
    return 0;
  }
  auto expected = plain->run(inputs);
  auto compare = [&](Sharing sharing, int32_t shares) {
    auto got = compiled->run(inputs, sharing);
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_EQ(firstDifference(expected[i], got[i]), "")
          << target.cpu << ", output " << i << ", " << shares << " shares";
  };
  compare({}, 0);
  int64_t steps = 0;
  for (int32_t shares : {1, 2, 3, 7, 16}) {
    ReverseShares reverse{shares};
    compare({&ReverseShares::run, &reverse}, shares);
    steps = reverse.steps;
  }
  static Team team(3);
  compare(&team, team.size());
  return steps;
}

} // namespace tally::test

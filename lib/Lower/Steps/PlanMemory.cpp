//===- PlanMemory.cpp - a place in the arena for every buffer -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/Lower/Passes.h"
#include "tally/Lower/Steps/BufferPlacement.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/DebugLog.h"
#include <map>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_PLANMEMORY
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-plan-memory"

static unsigned getWidth(memref::AllocOp alloc) { return alloc.getType().getElementTypeBitWidth(); }

namespace {

struct PlanMemory : tally::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function.getOps<memref::AllocOp>().empty())
        plan(function);
  }

  void plan(func::FuncOp function) const {
    llvm::DenseMap<Operation *, int64_t> position;
    for (auto [index, op] : llvm::enumerate(function.front()))
      position[&op] = index;

    std::map<unsigned, SmallVector<memref::AllocOp>> byWidth;
    for (auto alloc : function.getOps<memref::AllocOp>())
      byWidth[getWidth(alloc)].push_back(alloc);

    Builder builder(function.getContext());
    SmallVector<NamedAttribute> arena;
    for (auto &[width, allocs] : byWidth) {
      std::vector<BufferLifetime> buffers;
      for (memref::AllocOp alloc : allocs) {
        BufferLifetime lifetime{alloc.getType().getNumElements(), INT64_MAX, 0};
        for (Operation *user : alloc->getUsers()) {
          lifetime.first = std::min(lifetime.first, position[user]);
          lifetime.last = std::max(lifetime.last, position[user]);
        }
        buffers.push_back(lifetime);
      }
      BufferPlacement plan = placeBuffers(buffers, std::max<int64_t>(1, alignment * 8 / width));
      for (auto [alloc, buffer, offset] : llvm::zip(allocs, buffers, plan.offsets)) {
        LDBG() << alloc.getLoc() << ": " << buffer.size << " elements of " << width
               << " bits, alive in steps " << buffer.first << ".." << buffer.last << ", at "
               << offset;
        alloc->setAttr(TallyDialect::kOffsetAttr, builder.getI64IntegerAttr(offset));
      }
      LDBG() << "arena of " << plan.total << " elements of " << width << " bits";
      arena.emplace_back(builder.getStringAttr(Twine(width)),
                         builder.getI64IntegerAttr(plan.total));
    }
    function->setAttr(TallyDialect::kArenaAttr, builder.getDictionaryAttr(arena));
  }
};

} // namespace

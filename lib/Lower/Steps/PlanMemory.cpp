//===- PlanMemory.cpp - a place in the arena for every buffer -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/Lower/Passes.h"
#include "tally/Lower/Steps/BufferPlacement.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/DebugLog.h"
#include <map>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_PLANMEMORY
#define GEN_PASS_DEF_ARENATOWORKSPACE
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-plan-memory"

static constexpr int64_t kAlignment = 64;

static unsigned getWidth(memref::AllocOp alloc) { return alloc.getType().getElementTypeBitWidth(); }

namespace {

struct PlanMemory : tally::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function.getOps<memref::AllocOp>().empty())
        plan(function);
  }

  static void plan(func::FuncOp function) {
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
      BufferPlacement plan = placeBuffers(buffers, std::max<int64_t>(1, kAlignment * 8 / width));
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

#undef DEBUG_TYPE
#define DEBUG_TYPE "tally-arena-to-workspace"

struct ArenaToWorkspace : tally::impl::ArenaToWorkspaceBase<ArenaToWorkspace> {
  using ArenaToWorkspaceBase::ArenaToWorkspaceBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      // Only the entry is visible from outside.
      if (function.isPrivate() && !function.isExternal())
        function->setAttr("llvm.linkage",
                          LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
      if (function.isPublic() && !function.isExternal() && failed(convert(function)))
        return signalPassFailure();
    }
  }

  static LogicalResult convert(func::FuncOp function) {
    // Base of each arena in bytes, widest elements first.
    std::map<unsigned, int64_t, std::greater<>> sizes, bases;
    if (auto arena = function->getAttrOfType<DictionaryAttr>(TallyDialect::kArenaAttr))
      for (NamedAttribute entry : arena) {
        unsigned width = 0; // the dialect checks that it is one, of whole bytes
        (void)entry.getName().strref().getAsInteger(10, width);
        sizes[width] = cast<IntegerAttr>(entry.getValue()).getInt() * (width / 8);
      }
    int64_t total = 0;
    for (auto [width, size] : sizes) {
      bases[width] = total;
      LDBG() << "arena of " << width << "-bit elements: " << size << " bytes at " << total;
      total += (size + kAlignment - 1) / kAlignment * kAlignment;
    }

    OpBuilder builder(function.getContext());
    auto type = MemRefType::get({std::max<int64_t>(total, 1)}, builder.getI8Type());
    unsigned index = function.getNumArguments();
    if (failed(function.insertArgument(index, type, {}, function.getLoc())))
      return failure();
    function->setAttr(TallyDialect::kWorkspaceAttr,
                      builder.getI64IntegerAttr(type.getNumElements()));
    // The same for LLVM, and for those who call what is lowered from here.
    function.setArgAttr(index, LLVM::LLVMDialect::getDereferenceableAttrName(),
                        builder.getI64IntegerAttr(type.getNumElements()));
    function.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(),
                        builder.getI64IntegerAttr(kAlignment));
    // LLVM knows none of the notes on the arguments.
    for (unsigned i = 0; i <= index; ++i)
      for (NamedAttribute attr : mlir::function_interface_impl::getArgAttrs(function, i))
        if (attr.getName().strref().starts_with("tally."))
          function.removeArgAttr(i, attr.getName());
    Value workspace = function.getArgument(index);
    for (auto alloc : llvm::make_early_inc_range(function.getOps<memref::AllocOp>())) {
      auto offset = alloc->getAttrOfType<IntegerAttr>(TallyDialect::kOffsetAttr);
      if (!offset)
        return alloc.emitError() << "has no place in an arena: run tally-plan-memory first";
      builder.setInsertionPoint(alloc);
      int64_t bytes = bases[getWidth(alloc)] + offset.getInt() * (getWidth(alloc) / 8);
      Value position = arith::ConstantIndexOp::create(builder, alloc.getLoc(), bytes);
      auto view = memref::ViewOp::create(builder, alloc.getLoc(), alloc.getType(), workspace,
                                         position, ValueRange{});
      alloc.replaceAllUsesWith(view.getResult());
      alloc.erase();
    }
    return success();
  }
};

} // namespace

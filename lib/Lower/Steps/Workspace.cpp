//===- Workspace.cpp - all arenas in one block of memory ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Steps/Workspace.h"

#include "tally/IR/Tally.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_ARENATOWORKSPACE
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-arena-to-workspace"

Workspace Workspace::of(func::FuncOp entry, int64_t alignment) {
  Workspace workspace;
  std::map<unsigned, int64_t, std::greater<>> sizes;
  if (auto arena = entry->getAttrOfType<DictionaryAttr>(TallyDialect::kArenaAttr))
    for (NamedAttribute pool : arena) {
      unsigned width = 0; // the dialect checks that it is one, of whole bytes
      (void)pool.getName().strref().getAsInteger(10, width);
      sizes[width] = cast<IntegerAttr>(pool.getValue()).getInt() * (width / 8);
      alignment = std::max<int64_t>(alignment, width / 8);
    }
  int64_t total = 0;
  for (auto [width, size] : sizes) {
    workspace.arenas[width] = total;
    LDBG() << "arena of " << width << "-bit elements: " << size << " bytes at " << total;
    total += llvm::alignTo(size, alignment);
  }
  workspace.bytes = std::max<int64_t>(total, 1);
  workspace.alignment = alignment;
  return workspace;
}

LogicalResult Workspace::addTo(func::FuncOp entry) const {
  OpBuilder builder(entry.getContext());
  auto type = MemRefType::get({bytes}, builder.getI8Type());
  unsigned index = entry.getNumArguments();
  if (failed(entry.insertArgument(index, type, {}, entry.getLoc())))
    return failure();
  Value block = entry.getArgument(index);
  for (auto alloc : llvm::make_early_inc_range(entry.getOps<memref::AllocOp>())) {
    unsigned width = alloc.getType().getElementTypeBitWidth();
    auto offset = alloc->getAttrOfType<IntegerAttr>(TallyDialect::kOffsetAttr);
    auto arena = arenas.find(width);
    if (!offset || arena == arenas.end())
      return alloc.emitError() << "has no place in an arena: run tally-plan-memory first";
    builder.setInsertionPoint(alloc);
    Value position = arith::ConstantIndexOp::create(builder, alloc.getLoc(),
                                                    arena->second + offset.getInt() * (width / 8));
    auto view = memref::ViewOp::create(builder, alloc.getLoc(), alloc.getType(), block, position,
                                       ValueRange{});
    alloc.replaceAllUsesWith(view.getResult());
    alloc.erase();
  }
  return success();
}

namespace {

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
    Workspace workspace = Workspace::of(function, kCpuAlignment);
    if (failed(workspace.addTo(function)))
      return failure();
    Builder builder(function.getContext());
    auto bytes = builder.getI64IntegerAttr(workspace.bytes);
    function->setAttr(TallyDialect::kWorkspaceAttr, bytes);
    // The same for LLVM, and for those who call what is lowered from here.
    unsigned index = function.getNumArguments() - 1;
    function.setArgAttr(index, LLVM::LLVMDialect::getDereferenceableAttrName(), bytes);
    function.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(),
                        builder.getI64IntegerAttr(workspace.alignment));
    // LLVM knows none of the notes on the arguments.
    for (unsigned i = 0; i <= index; ++i)
      for (NamedAttribute attr : mlir::function_interface_impl::getArgAttrs(function, i))
        if (attr.getName().strref().starts_with("tally."))
          function.removeArgAttr(i, attr.getName());
    return success();
  }
};

} // namespace

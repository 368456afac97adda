//===- ParallelEntry.cpp - an entry that lets its caller run shares -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Steps/ParallelEntry.h"
#include "tally/Lower/Passes.h"

#include "tally/IR/Tally.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-parallel-entry"

namespace tally {
#define GEN_PASS_DEF_PARALLELENTRY
#include "tally/Lower/Passes.h.inc"
} // namespace tally

using namespace mlir;
using namespace tally;

namespace {

/// Builds the second entry of one function of the LLVM dialect.
class EntryBuilder {
public:
  EntryBuilder(LLVM::LLVMFuncOp entry, SymbolTable &symbols)
      : entry(entry), symbols(symbols), builder(entry.getContext()),
        pointer(LLVM::LLVMPointerType::get(entry.getContext())), number(builder.getI32Type()),
        none(LLVM::LLVMVoidType::get(entry.getContext())) {}

  void build() {
    auto copy = cast<LLVM::LLVMFuncOp>(entry->clone());
    copy.setName(getParallelEntry(entry.getName()));
    symbols.insert(copy, std::next(entry->getIterator()));
    SmallVector<LLVM::CallOp> calls;
    unsigned most = 0;
    for (auto call : copy.front().getOps<LLVM::CallOp>())
      if (call->hasAttr(kSharesAttr)) {
        calls.push_back(call);
        most = std::max(most, call->getNumOperands() - 2);
      }
    addArguments(copy);
    if (calls.empty())
      return;
    builder.setInsertionPointToStart(&copy.front()); // one task at a time
    Value one = LLVM::ConstantOp::create(builder, copy.getLoc(), number, 1);
    Value task = LLVM::AllocaOp::create(builder, copy.getLoc(), pointer,
                                        LLVM::LLVMArrayType::get(pointer, most), one);
    for (LLVM::CallOp call : calls)
      share(call, task);
    for (auto call : entry.front().getOps<LLVM::CallOp>())
      call->removeAttr(kSharesAttr);
    LDBG() << "'@" << copy.getName() << "' shares " << calls.size() << " steps";
  }

private:
  /// The function that runs shares and what it is called with.
  void addArguments(LLVM::LLVMFuncOp copy) {
    LLVM::LLVMFunctionType type = copy.getFunctionType();
    SmallVector<Type> parameters(type.getParams());
    parameters.append(2, pointer);
    copy.setFunctionType(LLVM::LLVMFunctionType::get(none, parameters));
    if (ArrayAttr attrs = copy.getArgAttrsAttr()) {
      SmallVector<Attribute> all(attrs.getValue());
      all.append(2, builder.getDictionaryAttr({}));
      copy.setArgAttrsAttr(builder.getArrayAttr(all));
    }
    parallel = copy.front().addArgument(pointer, copy.getLoc());
    context = copy.front().addArgument(pointer, copy.getLoc());
  }

  /// `place(task, index)`, of the pointers that a task holds.
  Value placeOf(Location loc, Value task, int32_t index) {
    return LLVM::GEPOp::create(builder, loc, pointer, pointer, task, ArrayRef<LLVM::GEPArg>{index});
  }

  /// Has `parallel` run the shares of what `call` calls.
  void share(LLVM::CallOp call, Value task) {
    LLVM::LLVMFuncOp run = makeTask(call);
    builder.setInsertionPoint(call);
    Location loc = call.getLoc();
    for (auto [index, buffer] : llvm::enumerate(call.getArgOperands().drop_back(2)))
      LLVM::StoreOp::create(builder, loc, buffer, placeOf(loc, task, int32_t(index)));
    auto type = LLVM::LLVMFunctionType::get(none, {pointer, number, pointer, pointer});
    Value most = LLVM::ConstantOp::create(builder, loc, number,
                                          call->getAttrOfType<IntegerAttr>(kSharesAttr));
    Value address = LLVM::AddressOfOp::create(builder, loc, run);
    auto shared = LLVM::CallOp::create(builder, loc, type,
                                       ValueRange{parallel, context, most, address, task});
    call->removeAttr(kSharesAttr);
    shared->setDiscardableAttrs(call->getDiscardableAttrDictionary());
    call.erase();
  }

  /// `void run(task, share, shares)`: does one share of what `call` calls.
  LLVM::LLVMFuncOp makeTask(LLVM::CallOp call) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfter(entry);
    Location loc = call.getLoc();
    auto task = LLVM::LLVMFuncOp::create(
        builder, loc, (*call.getCallee() + ".task").str(),
        LLVM::LLVMFunctionType::get(none, {pointer, number, number}), LLVM::Linkage::Internal);
    symbols.insert(task);
    Block *body = task.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    SmallVector<Value> operands;
    OperandRange buffers = call.getArgOperands().drop_back(2);
    for (unsigned i = 0; i < buffers.size(); ++i)
      operands.push_back(LLVM::LoadOp::create(builder, loc, pointer,
                                              placeOf(loc, body->getArgument(0), int32_t(i))));
    for (auto [value, type] : llvm::zip(body->getArguments().drop_front(),
                                        call.getArgOperands().take_back(2).getTypes()))
      operands.push_back(type == number ? Value(value)
                                        : LLVM::ZExtOp::create(builder, loc, type, value));
    LLVM::CallOp::create(builder, loc, TypeRange{}, *call.getCallee(), operands);
    LLVM::ReturnOp::create(builder, loc, ValueRange{});
    return task;
  }

  LLVM::LLVMFuncOp entry;
  SymbolTable &symbols;
  OpBuilder builder;
  Type pointer, number, none;
  Value parallel, context;
};

struct ParallelEntry : tally::impl::ParallelEntryBase<ParallelEntry> {
  using ParallelEntryBase::ParallelEntryBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<LLVM::LLVMFuncOp> entries;
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          function.getLinkage() == LLVM::Linkage::External)
        entries.push_back(function);
    for (LLVM::LLVMFuncOp function : entries)
      EntryBuilder(function, symbols).build();
  }
};

} // namespace

std::string tally::getParallelEntry(StringRef entry) { return (entry + ".parallel").str(); }

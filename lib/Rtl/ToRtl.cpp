//===- ToRtl.cpp - an integer network as the structure of a circuit -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Converter.h"
#include "Rtl/Library.h"
#include "tally/Emit/CNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/Rtl/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_TORTL
#include "tally/Rtl/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-to-rtl"

namespace {

/// Layers of a pipeline may be slower than the slowest by this part of its cycles.
constexpr int64_t kSlack = 50;

struct ToRtl : tally::impl::ToRtlBase<ToRtl> {
  using ToRtlBase::ToRtlBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<func::FuncOp> entry = getEntry(module);
    if (failed(entry) || failed(checkOperations(module)) || failed(convert(module, *entry)))
      signalPassFailure();
  }

  LogicalResult convert(ModuleOp module, func::FuncOp entry) {
    if (toCIdentifier(name) != name)
      return module.emitError() << "requires an identifier as name, but got '" << name << "'";
    if (entry.getNumArguments() != 1 || entry.getNumResults() != 1)
      return entry.emitError() << "has " << entry.getNumArguments() << " inputs and "
                               << entry.getNumResults() << " results: circuits have one of each";
    for (Type type : {entry.getArgumentTypes()[0], entry.getResultTypes()[0]})
      if (!isa<quant::UniformQuantizedType>(getElementTypeOrSelf(type)) &&
          !isa<IntegerType>(getElementTypeOrSelf(type)))
        return entry.emitError() << "has an input or result of type " << type
                                 << ": only integer networks become circuits; quantize it first";
    // What nothing takes would be a stage, and its cycles those of every image.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
    declareLibrary(module);
    CircuitOptions options;
    options.limit = {filters, channels};
    options.pipelined = pipelined;
    FailureOr<rtl::ModuleOp> circuit = build(entry, options);
    if (failed(circuit))
      return failure();
    if (pipelined) {
      // What no layer can hold up: the slowest stage with as many lanes as it may have, and a
      // little, lest that takes much logic for a few cycles.
      std::vector<int64_t> cycles = CircuitSchedule::of(*circuit).cycles;
      int64_t slowest = *llvm::max_element(cycles);
      options.cycles = slowest + slowest / kSlack;
      (*circuit)->erase();
      for (auto table : llvm::make_early_inc_range(module.getOps<rtl::TableOp>()))
        table.erase();
      if (failed(build(entry, options)))
        return failure();
    }
    entry.erase();
    for (auto global : llvm::make_early_inc_range(module.getOps<ml_program::GlobalOp>()))
      global.erase();
    return success();
  }

  FailureOr<rtl::ModuleOp> build(func::FuncOp entry, const CircuitOptions &options) {
    OpBuilder b(entry);
    auto circuit =
        rtl::ModuleOp::create(b, entry.getLoc(), b.getStringAttr(name),
                              b.getStrArrayAttr({"clk", "rst", "in_valid", "in_data", "out_ready"}),
                              b.getStrArrayAttr({"in_ready", "out_valid", "out_data"}));
    if (failed(fill(entry, circuit, options)))
      return failure();
    LDBG() << entry.getLoc() << ": '" << name << "' takes "
           << CircuitSchedule::of(circuit).interval() << " cycles an image";
    return circuit;
  }

  LogicalResult fill(func::FuncOp entry, rtl::ModuleOp circuit, const CircuitOptions &options) {
    Location loc = entry.getLoc();
    Value argument = entry.getArgument(0);
    CodeRange codes = getCodeRange(getElementTypeOrSelf(argument.getType()));
    Block &block = circuit.getBody().emplaceBlock();
    OpBuilder b = OpBuilder::atBlockEnd(&block);
    Type bit = b.getI1Type();
    block.addArguments({bit, bit, bit, b.getIntegerType(bitsOf(codes)), bit},
                       SmallVector<Location>(5, loc));
    CircuitBuilder builder(b, options);
    builder.clock = block.getArgument(0);
    builder.reset = block.getArgument(1);
    int64_t inputs = cast<RankedTensorType>(argument.getType()).getNumElements();
    builder.open(loc, inputs, codes, block.getArgument(2), block.getArgument(3));
    Converter converter(builder, b, entry);
    converter.setInput(argument, builder.input());
    for (Operation &op : entry.getBody().front().without_terminator())
      if (failed(converter.convert(op)))
        return failure();
    Value result = entry.getBody().front().getTerminator()->getOperand(0);
    CodeRange results = getCodeRange(getElementTypeOrSelf(result.getType()));
    if (converter.isConstant(result))
      return entry.getBody().front().getTerminator()->emitError()
             << "returns what does not depend on the input";
    Place place = converter.stored(result);
    int64_t depth = cast<RankedTensorType>(result.getType()).getNumElements();
    auto [valid, data] = builder.close(loc, depth, place, results, block.getArgument(4));
    circuit->setAttr("schedule", builder.getSchedule().toAttribute(b.getContext()));
    rtl::OutputOp::create(b, loc, ValueRange{builder.inputReady(), valid, data});
    // What stood for wires that were still to come.
    for (Operation &op : llvm::make_early_inc_range(block))
      if (isOpTriviallyDead(&op))
        op.erase();
    return success();
  }
};

} // namespace

//===- ToRtl.cpp - an integer network as the structure of a circuit -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"
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

int64_t elementsOf(Value value) { return cast<RankedTensorType>(value.getType()).getNumElements(); }

/// Turns one function into the module that `b` stands in.
class Converter {
public:
  Converter(CircuitBuilder &circuit, OpBuilder &b) : circuit(circuit), b(b) {}

  LogicalResult convert(Operation &op) {
    if (op.hasTrait<OpTrait::ConstantLike>() || isConstant(op))
      return success();
    if (auto requantize = dyn_cast<RequantizeOp>(op))
      return places.contains(requantize.getOutput()) ? success() : convertRequantize(requantize);
    if (isa<tosa::AddOp, tosa::SubOp>(op))
      return convertSum(op);
    if (auto reshape = dyn_cast<tosa::ReshapeOp>(op)) {
      places[reshape.getOutput()] = places.lookup(reshape.getInput1());
      return settle(reshape.getOutput());
    }
    if (isa<tosa::MaxPool2dOp, SumPool2DOp>(op))
      return convertPool(op);
    if (isa<tosa::Conv2DOp, AdderConv2DOp>(op))
      return convertLayer(op);
    return refuse(op, "is " + op.getName().getStringRef());
  }

  Place placeOf(Value value) { return places.lookup(value); }
  void setInput(Value argument, Place place) {
    places[argument] = place;
    (void)settle(argument);
  }

private:
  static LogicalResult refuse(Operation &op, const Twine &reason) {
    return op.emitError() << "finds no stage in Verilog for layer '" << getLayerName(&op)
                          << "', which " << reason;
  }
  static LogicalResult refuseWidth(Operation &op) {
    return refuse(op, "needs more than 62 bits for a scaled code");
  }

  /// What conv and adder stages take into their memories.
  static bool isConstant(Operation &op) {
    return isa<ml_program::GlobalLoadConstOp, DecodeOp, tosa::ConstShapeOp>(op);
  }

  /// Stores what more than one operation reads, or one that reads windows.
  LogicalResult settle(Value value) {
    bool passesOn =
        value.hasOneUse() &&
        isa<RequantizeOp, tosa::AddOp, tosa::SubOp, tosa::ReshapeOp>(*value.getUsers().begin());
    if (!passesOn) {
      LDBG() << value.getLoc() << ": '" << nameOf(value) << "' becomes a memory";
      places[value] =
          circuit.store(value.getLoc(), nameOf(value), elementsOf(value), places[value]);
    }
    return success();
  }
  static StringRef nameOf(Value value) {
    return value.getDefiningOp() ? getLayerName(value.getDefiningOp()) : "input";
  }

  LogicalResult convertRequantize(RequantizeOp op) {
    Place place = places.lookup(op.getInput());
    if (!scalesAlike(op))
      return refuse(*op,
                    "scales channel by channel what is no sum of a convolution or adder layer");
    std::optional<Scaling> scaling = scalingOf(op, 0);
    CodeRange clamp = getCodeRange(getElementTypeOrSelf(op.getOutput().getType()));
    if (!scaling || failed(circuit.scalePlace(op.getLoc(), place, *scaling, clamp)))
      return refuseWidth(*op);
    places[op.getOutput()] = place;
    return settle(op.getOutput());
  }

  LogicalResult convertSum(Operation &op) {
    Value result = op.getResult(0);
    for (Value operand : op.getOperands())
      if (operand.getType() != result.getType() || !places.contains(operand))
        return refuse(op, "adds values of different types, or a constant");
    auto [one, other] =
        circuit.meet(op.getLoc(), getLayerName(&op), elementsOf(result),
                     places.lookup(op.getOperand(0)), places.lookup(op.getOperand(1)));
    one.code = isa<tosa::AddOp>(op) ? addNumbers(b, op.getLoc(), one.code, other.code)
                                    : subtractNumbers(b, op.getLoc(), one.code, other.code);
    places[result] = one;
    return settle(result);
  }

  LogicalResult convertPool(Operation &op) {
    Value input = op.getOperand(0);
    if (cast<RankedTensorType>(input.getType()).getDimSize(0) != 1)
      return refuse(op, "works on batches");
    bool max = isa<tosa::MaxPool2dOp>(op);
    Window window = *cast<ReductionOpInterface>(op).getWindow();
    int64_t zero = max ? 0 : zeroPointOf(input);
    Place place = circuit.addPool(&op, max, window, zero, places.lookup(input));
    if (zero != 0) {
      CodeRange all = {-(int64_t(1) << 40), int64_t(1) << 40};
      if (failed(circuit.scalePlace(op.getLoc(), place,
                                    {1, -zero * window.kernel[0] * window.kernel[1], 0}, all)))
        return refuseWidth(op);
    }
    places[op.getResult(0)] = place;
    return settle(op.getResult(0));
  }

  LogicalResult convertLayer(Operation &op) {
    Place input = places.lookup(op.getOperand(0));
    FailureOr<std::optional<LayerSums>> sums = getLayerSums(&op, input.code.range);
    if (failed(sums))
      return failure();
    // Its requantization is part of the stage where nothing else takes the sums.
    Value result = op.getResult(0);
    auto scaled =
        result.hasOneUse() ? dyn_cast<RequantizeOp>(*result.getUsers().begin()) : RequantizeOp();
    if (scaled)
      result = scaled.getOutput();
    std::optional<ScaleTable> table =
        makeScaleTable(**sums, scaled, getCodeRange(getElementTypeOrSelf(result.getType())));
    if (!table)
      return refuseWidth(op);
    FailureOr<Place> place = circuit.addSums(&op, **sums, std::move(*table), input);
    if (failed(place))
      return failure();
    places[result] = *place;
    return settle(result);
  }

  CircuitBuilder &circuit;
  OpBuilder &b;
  DenseMap<Value, Place> places;
};

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
    builder.open(loc, elementsOf(argument), codes, block.getArgument(2), block.getArgument(3));
    Converter converter(builder, b);
    converter.setInput(argument, builder.input());
    for (Operation &op : entry.getBody().front().without_terminator())
      if (failed(converter.convert(op)))
        return failure();
    Value result = entry.getBody().front().getTerminator()->getOperand(0);
    CodeRange results = getCodeRange(getElementTypeOrSelf(result.getType()));
    Place place = converter.placeOf(result);
    auto [valid, data] =
        builder.close(loc, elementsOf(result), place, results, block.getArgument(4));
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

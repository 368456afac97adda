//===- LinalgToSteps.cpp - one loop nest per stored value -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StepBuilder.h"
#include "StepOrigins.h"
#include "Storage.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_LINALGTOSTEPS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-linalg-to-steps"

namespace {

/// Constant tensors as flat globals, one for each attribute.
class Globals {
public:
  explicit Globals(ModuleOp module) : module(module), symbols(module) {}

  FailureOr<MemRefType> get(Value constant, std::string &name) {
    ElementsAttr elements = getConstantTensor(constant);
    MemRefType type = getBufferType(constant.getType());
    auto [it, inserted] = known.try_emplace(elements, "");
    if (inserted) {
      FailureOr<ElementsAttr> flat = flatten(constant, elements);
      if (failed(flat))
        return failure();
      OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
      auto global = memref::GlobalOp::create(
          builder, constant.getLoc(), nameFor(constant), builder.getStringAttr("private"), type,
          *flat, /*constant=*/true, /*alignment=*/builder.getI64IntegerAttr(64));
      symbols.insert(global);
      it->second = global.getSymName().str();
    }
    name = it->second;
    return type;
  }

private:
  FailureOr<ElementsAttr> flatten(Value constant, ElementsAttr elements) {
    auto type = RankedTensorType::get({elements.getNumElements()}, elements.getElementType());
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
      if (!blob || int64_t(blob->getData().size()) != bytes)
        return emitError(constant.getLoc())
               << "has constant elements that cannot be read: expected " << bytes
               << " bytes, but got " << (blob ? int64_t(blob->getData().size()) : 0);
      return ElementsAttr(DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    }
    if (auto dense = dyn_cast<DenseElementsAttr>(elements))
      return ElementsAttr(dense.reshape(type));
    return emitError(constant.getLoc()) << "has constant elements that cannot be lowered";
  }

  static std::string nameFor(Value constant) {
    auto load = constant.getDefiningOp<ml_program::GlobalLoadConstOp>();
    std::string source = load ? load.getGlobal().getLeafReference().str() : "";
    return source.empty() ? "constant" : source + ".data";
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::DenseMap<Attribute, std::string> known;
};

/// A function on tensors, written again as one on buffers that calls a step for each stored value.
class StepCalls {
public:
  StepCalls(func::FuncOp function, TargetAttr target, int64_t lanes)
      : function(function), module(function->getParentOfType<ModuleOp>()), target(target),
        lanes(lanes), stored(findStoredValues(function, {target.getMulFree() == MulFree::Strict,
                                                         /*fuseWindows=*/lanes == 1})),
        origins(function, stored), globals(module), symbols(module), builder(function) {}

  LogicalResult replaceFunction() {
    func::FuncOp entry = addEntry();
    SmallVector<std::pair<Value, Value>> copies = placeResults(entry);
    for (Value value : stored) {
      if (!buffers.contains(value))
        buffers.map(value,
                    memref::AllocOp::create(builder, value.getLoc(), getBufferType(value.getType()))
                        .getResult());
      if (failed(addStep(value, buffers.lookup(value))))
        return failure();
    }
    for (auto [value, output] : copies)
      if (failed(addStep(value, output)))
        return failure();
    func::ReturnOp::create(builder, function.getLoc());

    std::string name = function.getSymName().str();
    symbols.erase(function);
    entry.setSymName(name);
    return success();
  }

private:
  /// The new function, yet without a name: inputs, then outputs.
  func::FuncOp addEntry() {
    SmallVector<Type> types;
    for (Type type : function.getArgumentTypes())
      types.push_back(getBufferType(type));
    for (Type type : function.getResultTypes())
      types.push_back(getBufferType(type));
    auto entry =
        func::FuncOp::create(builder, function.getLoc(), "", builder.getFunctionType(types, {}));
    entry->setDiscardableAttrs(function->getDiscardableAttrDictionary());
    copyArgumentAttributes(function, entry);
    Block *block = entry.addEntryBlock();
    builder.setInsertionPointToStart(block);
    for (auto [from, to] : llvm::zip(function.getArguments(), block->getArguments()))
      buffers.map(from, to);
    return entry;
  }

  static void copyArgumentAttributes(func::FuncOp from, func::FuncOp to) {
    Attribute unit = UnitAttr::get(from.getContext());
    for (unsigned i = 0; i < from.getNumArguments(); ++i)
      to.setArgAttrs(i, from.getArgAttrDict(i));
    for (unsigned i = 0; i < from.getNumResults(); ++i) {
      to.setArgAttrs(from.getNumArguments() + i, from.getResultAttrDict(i));
      to.setArgAttr(from.getNumArguments() + i, TallyDialect::kOutputAttr, unit);
    }
  }

  /// A returned value is written in place where it is stored for the first time. The others, with
  /// the outputs that they are copied to.
  SmallVector<std::pair<Value, Value>> placeResults(func::FuncOp entry) {
    auto results = cast<func::ReturnOp>(function.front().getTerminator()).getOperands();
    auto outputs = entry.getArguments().drop_front(function.getNumArguments());
    SmallVector<std::pair<Value, Value>> copies;
    for (auto [result, output] : llvm::zip(results, outputs)) {
      Value base = getStorageBase(result);
      if (stored.contains(base) && !buffers.contains(base))
        buffers.map(base, output);
      else
        copies.emplace_back(result, output);
    }
    return copies;
  }

  /// The step that stores `value` in the buffer `output`, and its call.
  LogicalResult addStep(Value value, Value output) {
    StepBuilder steps(
        module, stored,
        [&](Value constant, std::string &name) { return globals.get(constant, name); }, target,
        lanes);
    StepOrigin origin = origins.next(value);
    // A symbol that is no name of the C library, which the code may call.
    FailureOr<func::FuncOp> step = steps.build("step." + origin.name, value);
    if (failed(step))
      return failure();
    symbols.insert(*step);
    describe(origin, value.getLoc(), steps);
    LDBG() << "step '@" << step->getSymName() << "' writes " << value.getType() << " from "
           << steps.getInputs().size() << " buffers";
    SmallVector<Value> arguments;
    for (auto [input, type] : llvm::zip(steps.getInputs(), step->getArgumentTypes())) {
      Value buffer = buffers.lookupOrNull(input);
      if (!buffer) // for the rows of a few filters, while the step runs
        buffer = memref::AllocOp::create(builder, input.getLoc(), cast<MemRefType>(type));
      arguments.push_back(buffer);
    }
    arguments.push_back(output);
    auto call = func::CallOp::create(builder, value.getLoc(), *step, arguments);
    origin.attachTo(call);
    return success();
  }

  /// Says in a remark how the elements of the step come about.
  void describe(const StepOrigin &origin, Location location, const StepBuilder &steps) {
    auto number = [](int64_t count) { return std::to_string(count); };
    std::optional<TileShape> tile = steps.getTile();
    // Vectors were wanted where there is a machine that has them.
    bool isMissed = !tile && steps.getMaxLanes() < lanes;
    std::string how = "one element at a time";
    if (tile && std::max({tile->outputs, tile->last, tile->lanes}) > 1)
      how = "in tiles of " + number(tile->outputs) + " outputs" +
            (tile->last > 1    ? " by " + number(tile->last) + " numbers"
             : tile->lanes > 1 ? " by " + number(tile->lanes) + " lanes"
                               : "");
    else if (steps.getMaxLanes() > 1)
      how = "in vectors of at most " + number(steps.getMaxLanes()) + " elements";
    else if (isMissed)
      how += ": what it reads does not lie side by side";
    LDBG() << "'" << origin.name << "': " << how;
    auto options = remark::RemarkOpts::name("Tile").category(DEBUG_TYPE).function(origin.name);
    auto remark = isMissed ? remark::missed(location, options) : remark::passed(location, options);
    SmallVector<StringRef> layers(origin.layers.begin(), origin.layers.end());
    remark << how << remark::detail::Remark::Arg("Layers", builder.getStrArrayAttr(layers));
    if (const Kernel *kernel = steps.getKernel())
      remark << remark::metric("Kernel", kernel->name().str());
    if (tile)
      remark << remark::metric("Outputs", tile->outputs) << remark::metric("Lanes", tile->lanes);
  }

  func::FuncOp function;
  ModuleOp module;
  TargetAttr target;
  int64_t lanes;
  llvm::SetVector<Value> stored;
  StepOrigins origins;
  Globals globals;
  SymbolTable symbols;
  OpBuilder builder;
  IRMapping buffers;
};

struct LinalgToSteps : tally::impl::LinalgToStepsBase<LinalgToSteps> {
  using LinalgToStepsBase::LinalgToStepsBase;

  void runOnOperation() override {
    if (lanes < 0) {
      getOperation().emitError() << "requires 'lanes' of at least 0, but got " << lanes.getValue();
      return signalPassFailure();
    }
    TargetAttr target = getTarget(getOperation());
    int64_t most = lanes > 0 ? int64_t(lanes) : target.getLanes();
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && function.isPublic())
        functions.push_back(function);
    ParameterIndex parameters(getOperation());
    for (func::FuncOp function : functions)
      if (failed(check(function)) || failed(StepCalls(function, target, most).replaceFunction()))
        return signalPassFailure();
    // Parameters live on as flat buffers.
    for (auto global : llvm::make_early_inc_range(getOperation().getOps<ml_program::GlobalOp>()))
      global.erase();
    parameters.forget();
  }

  static LogicalResult check(func::FuncOp function) {
    if (!llvm::hasSingleElement(function.getBody()))
      return function.emitError() << "requires one block to be lowered to loops";
    auto isStatic = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor && tensor.hasStaticShape();
    };
    if (!llvm::all_of(function.getArgumentTypes(), isStatic) ||
        !llvm::all_of(function.getResultTypes(), isStatic))
      return function.emitError() << "requires tensors of static shape to be lowered to loops";
    return success();
  }
};

} // namespace

//===- StepsToEmitC.cpp - loop nests as a C translation unit --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BuffersToEmitC.h"
#include "ShiftsToEmitC.h"
#include "WordsToEmitC.h"
#include "tally/Emit/CNames.h"
#include "tally/Emit/Passes.h"
#include "tally/IR/Tally.h"
#include "tally/Lower/Steps/Workspace.h"

#include "mlir/Conversion/ArithToEmitC/ArithToEmitC.h"
#include "mlir/Conversion/FuncToEmitC/FuncToEmitC.h"
#include "mlir/Conversion/SCFToEmitC/SCFToEmitC.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/EmitC/Transforms/TypeConversions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_STEPSTOEMITC
#include "tally/Emit/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-steps-to-emitc"

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

/// The name of the step that `call` runs.
static StringRef getStepName(func::CallOp call) {
  auto step = call->getAttrOfType<StringAttr>(TallyDialect::kStepAttr);
  return step ? step.getValue() : call.getCallee();
}

/// Gives every symbol a C name with the network's prefix: first the entry, then steps in their
/// order, so that no other symbol changes theirs. What works on words has names of its own.
static void renameSymbols(ModuleOp module, StringRef prefix) {
  SymbolTable symbols(module);
  llvm::StringSet<> taken;
  llvm::MapVector<Operation *, std::string> bases;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic()) {
      bases.insert({function, "run"});
      taken.insert((prefix + "_run_static").str()); // a name in the header
      for (auto call : function.getOps<func::CallOp>())
        if (Operation *step = symbols.lookup(call.getCallee()))
          bases.insert({step, toCIdentifier(getStepName(call))});
    }
  for (Operation &op : *module.getBody())
    if (isa<SymbolOpInterface>(op))
      bases.insert({&op, toCIdentifier(SymbolTable::getSymbolName(&op).getValue())});
  llvm::DenseMap<StringAttr, StringAttr> names;
  llvm::StringMap<unsigned> counts;
  Builder builder(module.getContext());
  for (auto &[op, base] : bases) {
    std::string first = (prefix + "_" + base).str(), name = first;
    for (unsigned &i = counts[first]; isWordFunction(name) || !taken.insert(name).second;)
      name = first + "_" + std::to_string(++i);
    StringAttr old = SymbolTable::getSymbolName(op);
    LDBG() << "'@" << old.getValue() << "' becomes " << name;
    names[old] = builder.getStringAttr(name);
    SymbolTable::setSymbolName(op, names[old]);
  }
  // All of those who name them at once: one after another, each would take a walk.
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FlatSymbolRefAttr reference) -> std::optional<Attribute> {
    StringAttr name = names.lookup(reference.getAttr());
    return name ? FlatSymbolRefAttr::get(name) : reference;
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true);
}

namespace {

/// `arith.max*` and `arith.min*` have no form in EmitC.
template <typename Op, arith::CmpIPredicate predicate> struct ExpandMinMax : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    Value condition =
        arith::CmpIOp::create(rewriter, op.getLoc(), predicate, op.getLhs(), op.getRhs());
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, condition, op.getLhs(), op.getRhs());
    return success();
  }
};

/// Every use of a constant gets its own, so that it is written where it is used.
void placeConstants(func::FuncOp function) {
  SmallVector<arith::ConstantOp> constants;
  function.walk([&](arith::ConstantOp op) { constants.push_back(op); });
  for (arith::ConstantOp op : constants) {
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
      OpBuilder builder(use.getOwner());
      use.set(builder.clone(*op)->getResult(0));
    }
    op.erase();
  }
}

struct StepsToEmitC : tally::impl::StepsToEmitCBase<StepsToEmitC> {
  using StepsToEmitCBase::StepsToEmitCBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (toCIdentifier(name) != name.getValue()) {
      module.emitError() << "requires 'name' to be an identifier of C, but got '" << name.getValue()
                         << "'";
      return signalPassFailure();
    }
    renameSymbols(module, name);
    func::FuncOp entry;
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPublic())
        entry = function;
    if (!entry) {
      module.emitError() << "requires a public function to be emitted as C";
      return signalPassFailure();
    }
    if (failed(prepare(module, entry)) || failed(convert(module)))
      return signalPassFailure();
    finishEntry(module);
    for (const std::string &function : opaque)
      hideValue(module.lookupSymbol<emitc::FuncOp>(function));
    eraseUnused(module);
    markUnused(module);
    order(module);
  }

  LogicalResult prepare(ModuleOp module, func::FuncOp entry) {
    for (Type type : entry.getArgumentTypes())
      if (!isa<MemRefType>(type))
        return entry.emitError() << "has inputs or results of type " << type
                                 << ": run tally-linalg-to-steps first";
    for (Type type : entry.getArgumentTypes())
      if (isa<FloatType>(cast<MemRefType>(type).getElementType()))
        return entry.emitError() << "has inputs or results of type f32: only integer networks "
                                    "are emitted as C; quantize it first";
    RewritePatternSet patterns(&getContext());
    populateWordPreparation(patterns);
    using Predicate = arith::CmpIPredicate;
    patterns.add<
        ExpandMinMax<arith::MaxSIOp, Predicate::sgt>, ExpandMinMax<arith::MinSIOp, Predicate::slt>,
        ExpandMinMax<arith::MaxUIOp, Predicate::ugt>, ExpandMinMax<arith::MinUIOp, Predicate::ult>>(
        &getContext());
    if (failed(applyPatternsGreedily(module, std::move(patterns))))
      return failure();

    // What the conversion would lose: the names of the steps, the types of the entry.
    for (auto call : entry.getOps<func::CallOp>()) {
      auto output = cast<MemRefType>(call.getOperands().back().getType());
      steps.push_back(
          {getStepName(call).str(), output.getNumElements() * output.getElementTypeBitWidth() / 8});
    }
    for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
      unsigned width = cast<MemRefType>(entry.getArgumentTypes()[i]).getElementTypeBitWidth();
      bool isUnsigned = entry.getArgAttr(i, TallyDialect::kUnsignedAttr) != nullptr;
      bool isOutput = entry.getArgAttr(i, TallyDialect::kOutputAttr) != nullptr;
      entryTypes.push_back((isOutput ? "" : "const ") + std::string(isUnsigned ? "u" : "") + "int" +
                           std::to_string(width) + "_t");
    }
    entryName = entry.getSymName().str();
    for (auto function : module.getOps<func::FuncOp>()) {
      if (!function->removeAttr(TallyDialect::kOpaqueAttr))
        continue;
      Type i32 = IntegerType::get(&getContext(), 32);
      if (function.isExternal() ||
          function.getFunctionType() != FunctionType::get(&getContext(), i32, i32))
        return function.emitError() << "'" << TallyDialect::kOpaqueAttr
                                    << "' requires a function with a body, from i32 to i32";
      opaque.push_back(function.getSymName().str());
    }

    entryTypes.push_back("void");
    if (failed(Workspace::of(entry, kCAlignment).addTo(entry)))
      return failure();
    for (auto function : module.getOps<func::FuncOp>())
      placeConstants(function);
    return success();
  }

  LogicalResult convert(ModuleOp module) {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion(
        [](MemRefType type) -> Type { return emitc::PointerType::get(type.getElementType()); });
    converter.addConversion([](VectorType type) -> std::optional<Type> {
      bool isWord = type.hasStaticShape() && !type.isScalable() &&
                    type.getElementType().isInteger() &&
                    type.getNumElements() * type.getElementTypeBitWidth() == 32;
      return isWord ? IntegerType::get(type.getContext(), 32) : Type();
    });
    populateEmitCSizeTTypeConversions(converter);
    ConversionTarget target(*context);
    target.addLegalDialect<emitc::EmitCDialect>();
    target.addLegalOp<ModuleOp>();
    target.addIllegalDialect<arith::ArithDialect, func::FuncDialect, memref::MemRefDialect,
                             scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
    RewritePatternSet patterns(context);
    populateArithToEmitCPatterns(converter, patterns);
    populateShiftPatterns(converter, patterns);
    populateWordPatterns(converter, patterns);
    populateFuncToEmitCPatterns(converter, patterns);
    populateSCFToEmitCConversionPatterns(patterns, converter);
    populateBufferPatterns(converter, patterns);
    return applyFullConversion(module, target, std::move(patterns));
  }

  /// Public types for the entry's parameters, and a TALLY_STEP after every call.
  void finishEntry(ModuleOp module) {
    auto entry = module.lookupSymbol<emitc::FuncOp>(entryName);
    entry.removeSpecifiersAttr();
    OpBuilder builder = OpBuilder::atBlockBegin(&entry.getBody().front());
    SmallVector<Type> types;
    for (auto [argument, text] : llvm::zip(entry.getArguments(), entryTypes)) {
      Type inner = argument.getType();
      Type outer = emitc::PointerType::get(emitc::OpaqueType::get(&getContext(), text));
      types.push_back(outer);
      argument.setType(outer);
      if (argument.use_empty()) // a workspace that nothing needs
        continue;
      auto cast = emitc::CastOp::create(builder, entry.getLoc(), inner, argument);
      argument.replaceAllUsesExcept(cast.getResult(), cast);
    }
    entry.setFunctionType(builder.getFunctionType(types, {}));
    for (auto constant : llvm::make_early_inc_range(entry.getOps<emitc::ConstantOp>()))
      if (constant->use_empty()) // places are written where they are used
        constant.erase();
    size_t index = 0;
    for (auto call : llvm::make_early_inc_range(entry.getOps<emitc::CallOp>())) {
      const Step &step = steps[index++];
      builder.setInsertionPointAfter(call);
      std::string text = "TALLY_STEP(";
      for (char c : toCString(step.name))
        text += c == '{' ? "{{" : std::string(1, c); // not a place for an operand
      text += ", {}, " + std::to_string(step.bytes) + ");";
      emitc::VerbatimOp::create(builder, call.getLoc(), builder.getStringAttr(text),
                                call.getOperands().back());
    }
  }

  /// Keeps compilers from knowing that `function` returns what it takes.
  static void hideValue(emitc::FuncOp function) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    Value value = function.getArgument(0);
    auto line = [&](StringRef text, ValueRange operands = {}) {
      emitc::VerbatimOp::create(builder, function.getLoc(), builder.getStringAttr(text), operands);
    };
    line("#if defined(__GNUC__)");
    line("__asm__(\"\" : \"+r\"({}));", value);
    line("#else");
    line("volatile int32_t hidden = {};", value);
    line("{} = hidden;", value);
    line("#endif");
  }

  /// Loops leave what they carry in variables, which nothing may read behind them.
  static void eraseUnused(ModuleOp module) {
    module.walk([](emitc::LoadOp load) {
      if (load.use_empty())
        load.erase();
    });
  }

  /// A step whose result is one number whatever it takes would make compilers warn.
  static void markUnused(ModuleOp module) {
    for (auto function : module.getOps<emitc::FuncOp>()) {
      OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
      for (BlockArgument argument : function.getArguments())
        if (argument.use_empty())
          emitc::VerbatimOp::create(builder, function.getLoc(), builder.getStringAttr("(void) {};"),
                                    argument);
    }
  }

  /// Includes, constants, functions in the order of their use, the entry last.
  void order(ModuleOp module) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    Location loc = module.getLoc();
    emitc::IncludeOp::create(builder, loc, name + ".h", /*is_standard_include=*/false);
    emitc::IncludeOp::create(builder, loc, "stdbool.h", true);
    emitc::IncludeOp::create(builder, loc, "stddef.h", true);
    emitc::IncludeOp::create(builder, loc, "stdint.h", true);
    for (StringRef line :
         {"", "#ifndef TALLY_STEP", "#define TALLY_STEP(name, data, bytes)", "#endif", "",
          // Of one large function, registers would be shared out among all steps.
          "#if defined(__GNUC__)", "#define TALLY_APART __attribute__((noinline))", "#else",
          "#define TALLY_APART", "#endif", ""})
      emitc::VerbatimOp::create(builder, loc, line);
    addWordFunctions(module, builder);
    std::string section = StringRef(name).upper() + "_WEIGHTS_SECTION";
    for (auto constant : module.getOps<emitc::GlobalOp>()) {
      builder.setInsertionPoint(constant);
      emitc::VerbatimOp::create(builder, loc, section);
    }
    SymbolTable symbols(module);
    llvm::DenseSet<Operation *> placed;
    auto entry = symbols.lookup<emitc::FuncOp>(entryName);
    placeAfterCallees(symbols, entry, placed);
    llvm::SetVector<Operation *> steps;
    for (auto call : entry.getOps<emitc::CallOp>())
      steps.insert(symbols.lookup(call.getCallee()));
    for (Operation *step : steps) {
      builder.setInsertionPoint(step);
      emitc::VerbatimOp::create(builder, loc, "TALLY_APART");
    }
  }

  static void placeAfterCallees(const SymbolTable &symbols, emitc::FuncOp function,
                                llvm::DenseSet<Operation *> &placed) {
    if (placed.contains(function))
      return;
    function.walk([&](emitc::CallOp call) {
      if (auto callee = symbols.lookup<emitc::FuncOp>(call.getCallee()))
        placeAfterCallees(symbols, callee, placed);
    });
    placed.insert(function);
    Block *body = function->getBlock();
    function->moveBefore(body, body->end());
  }

  struct Step {
    std::string name;
    int64_t bytes;
  };
  SmallVector<Step> steps;
  SmallVector<std::string> entryTypes;
  std::string entryName;
  SmallVector<std::string> opaque;
};

} // namespace

//===- Attributes.cpp - discardable attributes of the dialect -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every `tally.NAME` that an operation or an argument may carry, where, and what it is. A name
// that is not here is refused: a misspelt attribute would otherwise be one that nobody reads.
//
//===----------------------------------------------------------------------===//

#include "tally/IR/LearnedQuantizers.h"
#include "tally/Support/ImageSize.h"
#include "tally/Support/Spelling.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace {

/// Where an attribute may stand.
enum class Place {
  Module,
  ModuleOrOperation,
  Operation,
  Named,
  Generic,
  Affine,
  Cast,
  Quantizer,
  Function,
  Call,
  Buffer,
  Argument
};

struct Declaration {
  StringRef name;
  Place place;
  /// What the value has to be, for messages, and whether it is.
  StringRef value;
  bool (*holds)(Attribute);
};

template <typename Attr> bool isOfType(Attribute attr) { return isa<Attr>(attr); }

bool isWhole(Attribute attr) {
  auto number = dyn_cast<IntegerAttr>(attr);
  return number && number.getType().isInteger(64) && number.getInt() >= 0;
}

template <bool (*holds)(float)> bool areNumbers(Attribute attr) {
  auto values = dyn_cast<DenseF32ArrayAttr>(attr);
  return values && !values.empty() && llvm::all_of(values.asArrayRef(), holds);
}

bool isFinite(float value) { return std::isfinite(value); }
bool isPositive(float value) { return std::isfinite(value) && value > 0; }

bool isInterval(Attribute attr) {
  auto ends = dyn_cast<DenseF64ArrayAttr>(attr);
  return ends && ends.size() == 2 && std::isfinite(ends[0]) && std::isfinite(ends[1]) &&
         ends[0] <= ends[1];
}

bool isIntegerType(Attribute attr) {
  auto type = dyn_cast<TypeAttr>(attr);
  auto integer = type ? dyn_cast<IntegerType>(type.getValue()) : IntegerType();
  return integer && !integer.isSignless() && integer.getWidth() <= 32;
}

bool isLevel(Attribute attr) {
  auto level = dyn_cast<StringAttr>(attr);
  return level && symbolizeMulFree(level.getValue());
}

bool isSize(Attribute attr) {
  auto text = dyn_cast<StringAttr>(attr);
  return text && ImageSize::parse(text.str());
}

bool areStrings(Attribute attr) {
  auto strings = dyn_cast<ArrayAttr>(attr);
  return strings && llvm::all_of(strings, llvm::IsaPred<StringAttr>);
}

bool isValue(Attribute attr) { return isa<StringAttr>(attr) || isWhole(attr); }

bool isArena(Attribute attr) {
  auto pools = dyn_cast<DictionaryAttr>(attr);
  auto isPool = [](NamedAttribute pool) {
    unsigned width = 0;
    return !pool.getName().strref().getAsInteger(10, width) && width > 0 && width % 8 == 0 &&
           isWhole(pool.getValue());
  };
  return pools && llvm::all_of(pools, isPool);
}

using Tally = TallyDialect;

const Declaration kDeclarations[] = {
    {Tally::kStageAttr, Place::Module,
     "#tally.stage<imported>, <calibrated>, <quantized> or <integer>", isOfType<StageAttr>},
    {Tally::kFormatAttr, Place::Module, "#tally.format<N>", isOfType<FormatAttr>},
    {Tally::kTargetAttr, Place::Module, "#tally.target<...>", isOfType<TargetAttr>},
    {Tally::kMulFreeAttr, Place::Module, "\"no\", \"macs\", \"compute\" or \"strict\"", isLevel},
    {Tally::kMeanAttr, Place::Module, "an array<f32> of finite numbers", areNumbers<isFinite>},
    {Tally::kStdAttr, Place::Module, "an array<f32> of numbers above 0", areNumbers<isPositive>},
    {Tally::kResizeAttr, Place::Module, "a string of N or HxW pixels", isSize},
    {Tally::kCropAttr, Place::Module, "a string of N or HxW pixels", isSize},
    {Tally::kPlanAttr, Place::ModuleOrOperation, "a dictionary", isOfType<DictionaryAttr>},
    {Tally::kTrainingAttr, Place::Module, "a dictionary", isOfType<DictionaryAttr>},
    {Tally::kDecisionsAttr, Place::Operation, "a dictionary", isOfType<DictionaryAttr>},
    {Tally::kNameAttr, Place::Named, "a string", isOfType<StringAttr>},
    {Tally::kIntervalAttr, Place::Operation, "an array<f64> of two finite numbers, rising",
     isInterval},
    {Tally::kClampConstantAttr, Place::Affine, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kCodesLostByAttr, Place::Operation, "a string", isOfType<StringAttr>},
    {Tally::kRoundsAttr, Place::Cast, "a unit attribute", isOfType<UnitAttr>},
    {kLearnsClipAttr, Place::Quantizer, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kRecomputeAttr, Place::Generic, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kStepAttr, Place::Call, "a string", isOfType<StringAttr>},
    {Tally::kLayersAttr, Place::Call, "an array of strings", areStrings},
    {Tally::kValueAttr, Place::Call, "a string or a 64-bit integer of at least 0", isValue},
    {Tally::kShapeAttr, Place::Call, "an array<i64>", isOfType<DenseI64ArrayAttr>},
    {Tally::kLowAttr, Place::Call, "an array<i64>", isOfType<DenseI64ArrayAttr>},
    {Tally::kHighAttr, Place::Call, "an array<i64>", isOfType<DenseI64ArrayAttr>},
    {Tally::kBorderAttr, Place::Call, "an integer", isOfType<IntegerAttr>},
    {Tally::kOffsetAttr, Place::Buffer, "a 64-bit integer of at least 0", isWhole},
    {Tally::kArenaAttr, Place::Function, "a dictionary from widths in bits to elements", isArena},
    {Tally::kWorkspaceAttr, Place::Function, "a 64-bit integer of at least 0", isWhole},
    {Tally::kBackwardAttr, Place::Function, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kOpaqueAttr, Place::Function, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kIntegerAttr, Place::Argument,
     "an integer type with or without sign, of at most 32 bits", isIntegerType},
    {Tally::kRangeAttr, Place::Argument, "an array<f64> of two finite numbers, rising", isInterval},
    {Tally::kUnsignedAttr, Place::Argument, "a unit attribute", isOfType<UnitAttr>},
    {Tally::kOutputAttr, Place::Argument, "a unit attribute", isOfType<UnitAttr>},
};

StringRef describe(Place place) {
  switch (place) {
  case Place::Module:
    return "a module";
  case Place::ModuleOrOperation:
    return "a module or an operation of a network";
  case Place::Operation:
    return "an operation of a network";
  case Place::Named:
    return "an operation, an argument or a result of a network";
  case Place::Generic:
    return "a linalg.generic";
  case Place::Affine:
    return "a tally.channel_affine";
  case Place::Cast:
    return "a quant.dcast";
  case Place::Quantizer:
    return "a tally.learned_quantizer of uniform levels that learns its step";
  case Place::Function:
    return "a function";
  case Place::Call:
    return "a call";
  case Place::Buffer:
    return "an allocation of memory";
  case Place::Argument:
    return "an argument or a result of a function";
  }
  llvm_unreachable("no such place");
}

bool stands(Operation *op, Place place) {
  bool inNetwork = !isa<ModuleOp, FunctionOpInterface>(op);
  switch (place) {
  case Place::Module:
    return isa<ModuleOp>(op);
  case Place::ModuleOrOperation:
    return inNetwork || isa<ModuleOp>(op);
  case Place::Operation:
  case Place::Named:
    return inNetwork;
  case Place::Generic:
    return isa<linalg::GenericOp>(op);
  case Place::Affine:
    return isa<ChannelAffineOp>(op);
  case Place::Cast:
    return isa<quant::DequantizeCastOp>(op);
  case Place::Quantizer: {
    auto quantizer = dyn_cast<LearnedQuantizerOp>(op);
    return quantizer && !isa<PowerOfTwoType>(quantizer.getLevels()) && !quantizer.getSigma() &&
           !quantizer.getPassesOutside() && !quantizer.getSpansInput();
  }
  case Place::Function:
    return isa<FunctionOpInterface>(op);
  case Place::Call:
    return isa<CallOpInterface>(op);
  case Place::Buffer:
    return op->getNumResults() == 1 && isa<MemRefType>(op->getResult(0).getType());
  case Place::Argument:
    return false;
  }
  llvm_unreachable("no such place");
}

std::vector<std::string> listNames() {
  std::vector<std::string> names;
  for (const Declaration &one : kDeclarations)
    names.push_back(one.name.str());
  return names;
}

/// `here`: whether the attribute may stand where it does.
LogicalResult verifyAttribute(Operation *op, NamedAttribute attribute,
                              function_ref<bool(Place)> here) {
  StringRef name = attribute.getName();
  auto *declared =
      llvm::find_if(kDeclarations, [&](const Declaration &d) { return d.name == name; });
  if (declared == std::end(kDeclarations))
    return op->emitError() << "has an attribute '" << name
                           << "' that Tally does not know, "
                              "and that would have no effect"
                           << didYouMean(name, listNames());
  if (!here(declared->place))
    return op->emitError() << "attribute '" << name << "' belongs on " << describe(declared->place);
  if (!declared->holds(attribute.getValue()))
    return op->emitError() << "attribute '" << name << "' must be " << declared->value
                           << ", but is " << attribute.getValue();
  return success();
}

/// Mean and standard deviation come together: one number each, or one for each channel.
LogicalResult verifyNormalisation(Operation *op, StringRef name, StringRef other) {
  auto values = op->getAttrOfType<DenseF32ArrayAttr>(name);
  auto others = op->getAttrOfType<DenseF32ArrayAttr>(other);
  if (!op->hasAttr(other))
    return op->emitError() << "has '" << name << "', which requires '" << other << "' beside it";
  if (values && others && values.size() != others.size() && values.size() != 1 &&
      others.size() != 1)
    return op->emitError() << "requires as many numbers in '" << name << "' as in '" << other
                           << "', but got " << values.size() << " and " << others.size();
  return success();
}

} // namespace

/// A level from before there was a target may stand beside one that says the same.
static LogicalResult verifyLevel(Operation *op, StringRef level) {
  auto target = op->getAttrOfType<TargetAttr>(Tally::kTargetAttr);
  if (!target || stringifyMulFree(target.getMulFree()) == level)
    return success();
  return op->emitError() << "attribute '" << Tally::kMulFreeAttr << "' asks for the level '"
                         << level << "', but '" << Tally::kTargetAttr << "' for '"
                         << stringifyMulFree(target.getMulFree()) << "': omit the former";
}

LogicalResult TallyDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (failed(verifyAttribute(op, attribute, [&](Place place) { return stands(op, place); })))
    return failure();
  if (attribute.getName() == Tally::kMulFreeAttr)
    return verifyLevel(op, cast<StringAttr>(attribute.getValue()));
  if (attribute.getName() == kMeanAttr)
    return verifyNormalisation(op, kMeanAttr, kStdAttr);
  if (attribute.getName() == kStdAttr && !op->hasAttr(kMeanAttr))
    return verifyNormalisation(op, kStdAttr, kMeanAttr);
  return success();
}

LogicalResult TallyDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                     NamedAttribute attribute) {
  return verifyAttribute(
      op, attribute, [](Place place) { return place == Place::Argument || place == Place::Named; });
}

LogicalResult TallyDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                        NamedAttribute attribute) {
  return verifyAttribute(
      op, attribute, [](Place place) { return place == Place::Argument || place == Place::Named; });
}

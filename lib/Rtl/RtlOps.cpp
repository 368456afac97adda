//===- RtlOps.cpp - the structure of a circuit ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Rtl/Rtl.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tally::rtl;

#include "tally/Rtl/RtlDialect.cpp.inc"

#define GET_OP_CLASSES
#include "tally/Rtl/RtlOps.cpp.inc"

void RtlDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "tally/Rtl/RtlOps.cpp.inc"
      >();
}

static int64_t widthOf(Value value) { return value.getType().getIntOrFloatBitWidth(); }

LogicalResult tally::rtl::ModuleOp::verifyRegions() {
  Block &block = getBody().front();
  auto output = dyn_cast_or_null<OutputOp>(block.empty() ? nullptr : &block.back());
  if (!output)
    return emitOpError("requires an 'rtl.output' at its end");
  // module_c1
  if (getInputs().size() != block.getNumArguments())
    return emitOpError("requires a name for each input (module_c1), but has ")
           << getInputs().size() << " names for " << block.getNumArguments();
  if (getOutputs().size() != output.getValues().size())
    return emitOpError("requires a name for each output (module_c1), but has ")
           << getOutputs().size() << " names for " << output.getValues().size();
  llvm::StringSet<> names;
  for (ArrayAttr list : {getInputs(), getOutputs()})
    for (auto name : list.getAsRange<StringAttr>())
      if (!names.insert(name).second)
        return emitOpError("requires ports of different names (module_c1), but has two '")
               << name.getValue() << "'";
  return success();
}

LogicalResult ExternOp::verify() {
  AffineMap map = getWidths();
  size_t ports = getInputs().size() + getOutputs().size();
  if (map.getNumDims() != 0 || map.getNumSymbols() != getParams().size() ||
      map.getNumResults() != ports)
    return emitOpError("requires 'widths' with a symbol for each of its ")
           << getParams().size() << " parameters and a result for each of its " << ports
           << " ports (extern_c1), but got " << AffineMapAttr::get(map);
  return success();
}

LogicalResult TableOp::verify() {
  auto type = getWords().getShapedType();
  if (type.getRank() != 2 || !type.getElementType().isSignlessInteger())
    return emitOpError(
               "requires words of two dimensions and signless integers (table_c1), but got ")
           << type;
  return success();
}

LogicalResult InstanceOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto module = symbols.lookupNearestSymbolFrom<ExternOp>(*this, getModuleAttr());
  if (!module)
    return emitOpError("requires a declared module (instance_c1), but there is no 'rtl.extern' ")
           << getModuleAttr();
  if (getParams().size() != module.getParams().size())
    return emitOpError("requires the ")
           << module.getParams().size() << " parameters of " << getModuleAttr()
           << " (instance_c1), but has " << getParams().size();
  SmallVector<Attribute> numbers;
  for (auto name : module.getParams().getAsRange<StringAttr>()) {
    Attribute value = getParams().get(name);
    auto table = dyn_cast_or_null<FlatSymbolRefAttr>(value);
    if (auto number = dyn_cast_or_null<IntegerAttr>(value);
        number && number.getValue().isSignedIntN(32)) {
      numbers.push_back(IntegerAttr::get(IndexType::get(getContext()), number.getInt()));
      continue;
    }
    if (!table)
      return emitOpError("requires parameter '")
             << name.getValue() << "' as an integer of 32 bits or a table (instance_c1)";
    auto words = symbols.lookupNearestSymbolFrom<TableOp>(*this, table);
    if (!words)
      return emitOpError("requires a table (instance_c1), but there is no 'rtl.table' ") << table;
    for (auto [param, size] :
         {std::pair("DEPTH", words.getDepth()), std::pair("WIDTH", words.getWidth())})
      if (auto number = getParams().getAs<IntegerAttr>(param); !number || number.getInt() != size)
        return emitOpError("requires ")
               << param << " to be that of " << table << ", " << size << " (instance_c1)";
    numbers.push_back(IntegerAttr::get(IndexType::get(getContext()), 0));
  }

  size_t inputs = module.getInputs().size(), outputs = module.getOutputs().size();
  if (getPorts().size() != inputs || getValues().size() != outputs)
    return emitOpError("requires ")
           << inputs << " inputs and " << outputs << " outputs (instance_c2), but has "
           << getPorts().size() << " and " << getValues().size();
  SmallVector<Attribute> widths;
  if (failed(module.getWidths().constantFold(numbers, widths)))
    return emitOpError("has parameters that give no widths (instance_c2)");
  for (auto [index, attr] : llvm::enumerate(widths)) {
    bool isInput = index < inputs;
    int64_t wanted = cast<IntegerAttr>(attr).getInt();
    int64_t width = widthOf(isInput ? getPorts()[index] : getValues()[index - inputs]);
    auto name =
        cast<StringAttr>(isInput ? module.getInputs()[index] : module.getOutputs()[index - inputs]);
    if (wanted != width)
      return emitOpError("requires ") << wanted << " bits at port '" << name.getValue()
                                      << "' (instance_c2), but got " << width;
  }
  return success();
}

LogicalResult ExtendOp::verify() {
  if (widthOf(getResult()) <= widthOf(getInput()))
    return emitOpError("requires a wider result (extend_c1), but got ")
           << getResult().getType() << " from " << getInput().getType();
  return success();
}

LogicalResult TruncateOp::verify() {
  if (widthOf(getResult()) >= widthOf(getInput()))
    return emitOpError("requires a narrower result (truncate_c1), but got ")
           << getResult().getType() << " from " << getInput().getType();
  return success();
}

LogicalResult ExtractOp::verify() {
  int64_t inputs = widthOf(getInput()), low = getLow(), results = widthOf(getResult());
  if (low > inputs - results)
    return emitOpError("requires bits that its input has (extract_c1), but got ")
           << results << " from " << low << " on of " << inputs;
  return success();
}

LogicalResult ConcatOp::verify() {
  int64_t width = 0;
  for (Value input : getInputs())
    width += widthOf(input);
  if (width == 0 || width != widthOf(getResult()))
    return emitOpError("requires as many bits as its inputs have (concat_c1), but got ")
           << widthOf(getResult()) << " for " << width;
  return success();
}

LogicalResult ClampOp::verify() {
  if (int64_t(getLow()) > int64_t(getHigh()) || widthOf(getResult()) > widthOf(getInput()))
    return emitOpError("requires a range and a result no wider than its input (clamp_c1), but got ")
           << int64_t(getLow()) << " to " << int64_t(getHigh()) << " and " << getResult().getType()
           << " from " << getInput().getType();
  return success();
}

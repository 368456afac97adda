//===- Contents.cpp - what a module holds, checked once -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Contents.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Shapes.h"
#include "tally/IR/Tally.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace tally {

static LogicalResult checkShape(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && isa<quant::CalibratedQuantizedType>(tensor.getElementType()))
    return op->emitError() << "has a tensor of type " << type << ", which says no storage";
  if (!tensor || !tensor.hasStaticShape())
    return success();
  std::optional<int64_t> count = countElements(tensor.getShape());
  if (!count)
    return op->emitError() << "has a tensor of type " << type << ", with more than " << kMaxElements
                           << " elements or " << kMaxRank << " dimensions";
  if (*count == 0)
    return op->emitError() << "has a tensor of type " << type << ", without elements";
  return success();
}

/// Types that nothing of ours reads are for those to refuse who meet them.
static bool isReadable(ElementsAttr value) {
  Type element = value.getElementType();
  if (element.isF32())
    return !getFloats(value).empty();
  bool ours = element.isInteger(8) || element.isInteger(16) || element.isInteger(32) ||
              element.isInteger(64);
  return !ours || !getIntegers(value).empty();
}

/// Codes of `type` as integers of its storage.
static LogicalResult checkCodes(Operation *op, ElementsAttr value, quant::QuantizedType type) {
  auto stored = dyn_cast<IntegerType>(value.getElementType());
  if (!stored || stored.getWidth() != type.getStorageTypeIntegralWidth())
    return op->emitError() << "holds codes of " << type << " in elements of type "
                           << value.getElementType() << ", but its storage has "
                           << type.getStorageTypeIntegralWidth() << " bits";
  CodeRange range = getCodeRange(type);
  for (auto [index, code] : llvm::enumerate(getIntegers(value)))
    if (code < range.min || code > range.max)
      return op->emitError() << "holds the code " << code << " as element " << index
                             << ", outside the range " << range.min << " to " << range.max << " of "
                             << type;
  return success();
}

static LogicalResult checkValue(Operation *op, Attribute attr, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !attr || failed(checkShape(op, tensor)))
    return success(!tensor || !attr);
  auto value = dyn_cast<ElementsAttr>(attr);
  if (!value)
    return op->emitError() << "has the value " << attr << " for type " << type;
  // Codes of powers of two are packed: their bytes have no shape.
  if (isa<PowerOfTwoType>(tensor.getElementType()))
    return success(unpackCodes(value, tensor, op->getLoc()).has_value());
  if (value.getShapedType().getShape() != tensor.getShape())
    return op->emitError() << "has a value of type " << value.getType() << " for type " << type;
  if (!isReadable(value))
    return op->emitError() << "has constant elements that cannot be read";
  if (auto quantized = getQuantizedElement(tensor))
    return checkCodes(op, value, quantized);
  if (value.getElementType() != tensor.getElementType())
    return op->emitError() << "has a value of type " << value.getType() << " for type " << type;
  return success();
}

/// Sizes that an operation takes as an operand; none where they are computed.
static SmallVector<int64_t> sizesOf(Value shape) {
  SmallVector<int64_t> sizes;
  if (auto constant = shape.getDefiningOp<tosa::ConstShapeOp>())
    for (const APInt &size : constant.getValues().getValues<APInt>())
      sizes.push_back(size.getSExtValue());
  return sizes;
}

static LogicalResult checkSlice(tosa::SliceOp op, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> starts = sizesOf(op.getStart()), sizes = sizesOf(op.getSize());
  if (starts.size() != from.size() || sizes.size() != from.size() || to.size() != from.size())
    return success(); // what upstream verifies
  for (auto [dim, start] : llvm::enumerate(starts)) {
    int64_t size = sizes[dim];
    if (size == -1) // to upstream, which does not lower it
      return op.emitOpError() << "takes all elements from " << start << " on along dimension "
                              << dim << ": their number has to be written, " << from[dim] - start;
    if (start < 0 || size < 1 || size > from[dim] - start)
      return op.emitOpError() << "takes " << size << " elements from " << start
                              << " on along dimension " << dim << ", which has " << from[dim];
    if (size != to[dim])
      return op.emitOpError() << "takes " << size << " elements along dimension " << dim
                              << ", but its result has " << to[dim];
  }
  return success();
}

static LogicalResult checkPad(tosa::PadOp op) {
  for (auto [index, amount] : llvm::enumerate(sizesOf(op.getPadding())))
    if (amount < 0)
      return op.emitOpError() << "pads dimension " << index / 2 << " by " << amount
                              << " elements: tosa.slice leaves elements out";
  return success();
}

static LogicalResult checkTile(tosa::TileOp op, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> multiples = sizesOf(op.getMultiples());
  if (multiples.size() != from.size() || to.size() != from.size())
    return success();
  for (auto [dim, multiple] : llvm::enumerate(multiples))
    if (multiple < 1 || saturatedProduct({multiple, from[dim]}) != to[dim])
      return op.emitOpError() << "repeats the " << from[dim] << " elements of dimension " << dim
                              << " " << multiple << " times, but its result has " << to[dim];
  return success();
}

/// What moves elements takes no more than there are. The other verifiers of upstream say so.
static LogicalResult checkMove(Operation *op) {
  if (!isa<tosa::SliceOp, tosa::PadOp, tosa::TileOp>(op))
    return success();
  auto from = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!from || !to || !from.hasStaticShape() || !to.hasStaticShape())
    return success();
  if (auto slice = dyn_cast<tosa::SliceOp>(op))
    return checkSlice(slice, from.getShape(), to.getShape());
  if (auto tile = dyn_cast<tosa::TileOp>(op))
    return checkTile(tile, from.getShape(), to.getShape());
  return checkPad(cast<tosa::PadOp>(op));
}

/// A name that can be written to a file and read again.
static LogicalResult checkName(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
  if (name && name.empty())
    return op->emitError() << "has an empty name";
  return success();
}

LogicalResult verifyContents(ModuleOp module) {
  bool ok = true;
  module.walk([&](Operation *op) {
    ok &= succeeded(checkName(op)) && succeeded(checkMove(op));
    if (auto global = dyn_cast<ml_program::GlobalOp>(op))
      ok &= succeeded(checkValue(op, global.getValueAttr(), global.getType()));
    else if (auto constant = dyn_cast<tosa::ConstOp>(op))
      ok &= succeeded(checkValue(op, constant.getValues(), constant.getType()));
    else
      for (Type type : op->getResultTypes())
        if (failed(checkShape(op, type))) {
          ok = false;
          break;
        }
    if (auto function = dyn_cast<FunctionOpInterface>(op))
      for (ArrayRef<Type> types : {function.getArgumentTypes(), function.getResultTypes()})
        ok &= llvm::all_of(types, [&](Type type) { return succeeded(checkShape(op, type)); });
  });
  return success(ok);
}

} // namespace tally

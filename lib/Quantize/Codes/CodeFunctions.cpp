//===- CodeFunctions.cpp - functions and products of activations on codes -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeBuilder.h"
#include "FilterCodes.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

FailureOr<Value> CodeBuilder::tableOf(Value value, UniformType type) {
  Operation *op = value.getDefiningOp();
  Value source = functions.inputOf(value);
  if (!ElementFunctions::inputTypeOf(source))
    return op->emitError() << "'" << getLayerName(op)
                           << "' is a function of one value, which requires a quantizer of 8 bits "
                              "on its input";
  FailureOr<Value> input = quantized(source.getDefiningOp<DequantizeCastOp>().getInput());
  if (failed(input))
    return failure();
  FailureOr<std::vector<float>> results = functions.evaluate(value);
  if (failed(results))
    return failure();
  std::string name = nameOf(value) + ".table";
  auto shape = RankedTensorType::get({int64_t(results->size())}, builder.getF32Type());
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto entries =
      addParameter(module, name, shape.clone(type), makeCodeElements(*results, shape, type, name));
  Value table = loadParameter(builder, op->getLoc(), entries);
  auto lookUp = TableOp::create(builder, op->getLoc(), withElement(value, type), *input, table);
  if (Attribute layer = op->getAttr(TallyDialect::kNameAttr))
    lookUp->setAttr(TallyDialect::kNameAttr, layer);
  return lookUp.getOutput();
}

FailureOr<Value> CodeBuilder::productOf(Operation *op) {
  auto it = sums.find(op);
  if (it != sums.end())
    return it->second;
  SmallVector<Value> operands;
  SmallVector<UniformType> types;
  for (Value operand : op->getOperands().take_front(2)) {
    auto cast = operand.getDefiningOp<DequantizeCastOp>();
    if (!cast)
      return op->emitError() << "layer '" << getLayerName(op)
                             << "' multiplies by what has no form on codes: a constant has to "
                                "broadcast to the other operand, and be the same for all images";
    if (FailureOr<Value> codes = quantized(cast.getInput()); succeeded(codes)) {
      operands.push_back(*codes);
      types.push_back(perTensorType(*codes));
    }
  }
  if (operands.size() != 2)
    return failure();
  CodeRange range = getProductRange(types[0], types[1]);
  if (range.min < INT32_MIN || range.max > INT32_MAX)
    return op->emitError() << "layer '" << getLayerName(op) << "' needs products from " << range.min
                           << " to " << range.max << ", more than 32 bits";
  auto type = UniformType::get(
      QuantizationFlags::Signed, builder.getI32Type(), builder.getF32Type(),
      boundScale(types[0].getScale() * types[1].getScale()), 0, range.min, range.max);
  auto product = MultiplyOp::create(builder, op->getLoc(), withElement(op->getResult(0), type),
                                    operands[0], operands[1]);
  if (Attribute name = op->getAttr(TallyDialect::kNameAttr))
    product->setAttr(TallyDialect::kNameAttr, name);
  sums[op] = product;
  return product.getOutput();
}

} // namespace tally

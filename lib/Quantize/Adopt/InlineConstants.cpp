//===- InlineConstants.cpp - constants that are not parameters yet --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"

#include "Quantize/Network.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tally {

FailureOr<func::FuncOp> getFloatNetwork(ModuleOp module) {
  FailureOr<func::FuncOp> network = getNetwork(module);
  if (failed(network))
    return failure();
  auto check = [](Operation *op, TypeRange types) -> LogicalResult {
    for (Type type : types)
      if (Type element = getElementTypeOrSelf(type); isa<FloatType>(element) && !element.isF32())
        return op->emitError() << "has a value of type " << type
                               << ", but networks compute with f32: convert them to it first";
    return success();
  };
  if (failed(check(*network, network->getArgumentTypes())))
    return failure();
  for (Operation &op : network->front())
    if (failed(check(&op, op.getResultTypes())))
      return failure();
  return network;
}

bool isInlineConstant(Value value) {
  return isa_and_present<tosa::ConstOp, tosa::ConstShapeOp>(value.getDefiningOp());
}

std::optional<Tensor> getInlineFloats(Value value) {
  auto constant = value.getDefiningOp<tosa::ConstOp>();
  if (!constant)
    return std::nullopt;
  auto type = cast<RankedTensorType>(constant.getType());
  std::vector<float> values = getFloats(constant.getValues());
  if (int64_t(values.size()) != type.getNumElements())
    return std::nullopt;
  return Tensor::of<float>(type.getShape().vec(), values);
}

Value makeInlineFloats(OpBuilder &builder, Location location, const Tensor &tensor) {
  auto type = RankedTensorType::get(tensor.shape(), builder.getF32Type());
  ArrayRef<float> values(tensor.data<float>(), tensor.size());
  return tosa::ConstOp::create(builder, location, type,
                               makeElements<float>(type, values, "constant"));
}

std::optional<Shape> getShapeConstant(Value value) {
  auto constant = value.getDefiningOp<tosa::ConstShapeOp>();
  if (!constant)
    return std::nullopt;
  Shape shape;
  for (const APInt &size : constant.getValues().getValues<APInt>())
    shape.push_back(size.getSExtValue());
  return shape;
}

Value makeShapeConstant(OpBuilder &builder, Location location, ArrayRef<int64_t> values) {
  auto attr = DenseIntElementsAttr::get(
      RankedTensorType::get({int64_t(values.size())}, builder.getIndexType()), values);
  return tosa::ConstShapeOp::create(
      builder, location, tosa::shapeType::get(builder.getContext(), values.size()), attr);
}

Value reshapeTo(OpBuilder &builder, Location location, Value value, ArrayRef<int64_t> shape) {
  while (auto earlier = value.getDefiningOp<tosa::ReshapeOp>())
    value = earlier.getInput1();
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return tosa::ReshapeOp::create(builder, location, type.clone(shape), value,
                                 makeShapeConstant(builder, location, shape));
}

void eraseUnused(func::FuncOp function) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

} // namespace tally

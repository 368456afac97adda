//===- GradientOps.cpp - verifiers of what flows back through layers ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels are those of GradientOps.td.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace tally;

/// C1 of the gradients of layers: `input` and `filter` make what has the shape of `gradient`.
static LogicalResult verifyLayer(Operation *op, StringRef label, const Window &window,
                                 int64_t group, Type inputType, Type filterType,
                                 Type gradientType) {
  auto input = cast<RankedTensorType>(inputType), filter = cast<RankedTensorType>(filterType),
       gradient = cast<RankedTensorType>(gradientType);
  if (!input.hasStaticShape() || !filter.hasStaticShape() || !gradient.hasStaticShape())
    return op->emitOpError() << "requires static shapes (" << label << ")";
  if (filter.getDimSize(0) < 1 || filter.getDimSize(3) < 1 ||
      filter.getDimSize(3) * group != input.getDimSize(3) || filter.getDimSize(0) % group != 0)
    return op->emitOpError() << "requires a filter of " << input.getDimSize(3) << " / " << group
                             << " channels and a multiple of " << group << " filters (" << label
                             << "), but got " << filter.getDimSize(3) << " and "
                             << filter.getDimSize(0);
  return verifyWindow(op, label, window, input, gradient, filter.getDimSize(0), "gradient");
}

template <typename OpT> static Window windowOf(OpT op, Type filter) {
  return makeWindow(cast<RankedTensorType>(filter).getShape().slice(1, 2), op.getPad(),
                    op.getStride(), op.getDilation());
}

Window Conv2DInputGradientOp::getWindow() { return windowOf(*this, getFilter().getType()); }
Window Conv2DFilterGradientOp::getWindow() { return windowOf(*this, getOutput().getType()); }
Window AdderInputGradientOp::getWindow() { return windowOf(*this, getFilter().getType()); }
Window MaxPool2DGradientOp::getWindow() {
  return makeWindow(getKernel(), getPad(), getStride(), {1, 1});
}

LogicalResult Conv2DInputGradientOp::verify() {
  return verifyLayer(*this, "conv2d_input_gradient_c1", getWindow(), getGroup(),
                     getOutput().getType(), getFilter().getType(), getGradient().getType());
}

LogicalResult Conv2DFilterGradientOp::verify() {
  return verifyLayer(*this, "conv2d_filter_gradient_c1", getWindow(), getGroup(),
                     getInput().getType(), getOutput().getType(), getGradient().getType());
}

LogicalResult AdderInputGradientOp::verify() {
  if (getInput().getType() != getOutput().getType())
    return emitOpError() << "requires 'output' to have the shape of 'input' "
                            "(adder_input_gradient_c1), but got "
                         << getOutput().getType() << " and " << getInput().getType();
  return verifyLayer(*this, "adder_input_gradient_c1", getWindow(), getGroup(),
                     getInput().getType(), getFilter().getType(), getGradient().getType());
}

LogicalResult MaxPool2DGradientOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  if (!input.hasStaticShape())
    return emitOpError() << "requires static shapes (max_pool2d_gradient_c1)";
  return verifyWindow(*this, "max_pool2d_gradient_c1", getWindow(), input,
                      cast<RankedTensorType>(getGradient().getType()), input.getDimSize(3),
                      "gradient");
}

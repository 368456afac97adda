//===- TallyOps.cpp - verifiers and shape inference of layers and sums ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels such as adder_conv2d_c3 are those of TallyOps.td.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Shapes.h"
#include "tally/IR/Tally.h"
#include "tally/IR/Window.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

Window tally::makeWindow(ArrayRef<int64_t> kernel, ArrayRef<int64_t> pad, ArrayRef<int64_t> stride,
                         ArrayRef<int64_t> dilation) {
  return {{kernel[0], kernel[1]},
          {pad[0], pad[1], pad[2], pad[3]},
          {stride[0], stride[1]},
          {dilation[0], dilation[1]}};
}

/// The largest number of `window` along `dim` and `size`, where sums and products of them may not
/// be 64-bit integers.
static std::optional<int64_t> findTooLarge(const Window &window, int dim, int64_t size) {
  int64_t largest = std::max({window.kernel[dim], window.stride[dim], window.dilation[dim],
                              window.padBefore(dim), window.padAfter(dim), size});
  return largest > INT32_MAX ? std::optional(largest) : std::nullopt;
}

LogicalResult tally::verifyWindow(Operation *op, StringRef label, const Window &window,
                                  RankedTensorType input, RankedTensorType output, int64_t channels,
                                  StringRef name) {
  for (int dim : {0, 1}) {
    if (window.stride[dim] < 1 || window.dilation[dim] < 1 || window.kernel[dim] < 1)
      return op->emitOpError() << "requires kernel, stride and dilation of at least 1 (" << label
                               << "), but got " << window.kernel[dim] << ", " << window.stride[dim]
                               << " and " << window.dilation[dim];
    if (window.padBefore(dim) < 0 || window.padAfter(dim) < 0)
      return op->emitOpError() << "requires 'pad' of at least 0 (" << label << "), but got "
                               << std::min(window.padBefore(dim), window.padAfter(dim));
    if (auto largest = findTooLarge(window, dim, input.getDimSize(dim + 1)))
      return op->emitOpError() << "requires a window and an input of sizes below 2^31 (" << label
                               << "), but got " << *largest;
  }
  int64_t shape[] = {input.getDimSize(0), ShapedType::kDynamic, ShapedType::kDynamic, channels};
  for (int dim : {0, 1})
    if (!input.isDynamicDim(dim + 1)) {
      shape[dim + 1] = window.outputSize(dim, input.getDimSize(dim + 1));
      if (shape[dim + 1] < 1)
        return op->emitOpError() << "requires a window that fits the input (" << label
                                 << "), but it spans " << window.extent(dim)
                                 << " elements and the padded input has "
                                 << input.getDimSize(dim + 1) + window.padBefore(dim) +
                                        window.padAfter(dim);
    }
  for (int dim = 0; dim < 4; ++dim)
    if (!ShapedType::isDynamic(shape[dim]) && !output.isDynamicDim(dim) &&
        output.getDimSize(dim) != shape[dim])
      return op->emitOpError() << "requires '" << name << "' dimension " << dim << " to be "
                               << shape[dim] << " (" << label << "), but got "
                               << output.getDimSize(dim);
  return success();
}

FailureOr<UniformQuantizedType> tally::requirePerTensor(Operation *op, StringRef label,
                                                        StringRef what, Type type) {
  auto uniform = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(type));
  if (!uniform)
    return op->emitOpError() << "requires '" << what << "' to be per-tensor quantized (" << label
                             << "), but got " << getElementTypeOrSelf(type);
  return uniform;
}

/// A quantized sum: scale of the terms, zero point 0, range that holds `sums`.
static LogicalResult verifySum(Operation *op, StringRef label, Type type, double scale,
                               CodeRange sums) {
  auto output = requirePerTensor(op, label, "output", type);
  if (failed(output))
    return failure();
  if (output->getScale() != scale)
    return op->emitOpError() << "requires 'output' to keep the scale of 'input' (" << label
                             << "), but got " << output->getScale() << " and " << scale;
  if (output->getZeroPoint() != 0)
    return op->emitOpError() << "requires 'output' to have zero point 0 (" << label << "), but got "
                             << output->getZeroPoint();
  CodeRange range = getCodeRange(*output);
  if (!range.contains(sums))
    return op->emitOpError() << "requires 'output' to hold every sum in " << sums.min << ".."
                             << sums.max << " (" << label << "), but its range is " << range.min
                             << ".." << range.max;
  return success();
}

static LogicalResult inferWindowShape(ShapeAdaptor input, const Window &window, int64_t channels,
                                      SmallVectorImpl<ShapedTypeComponents> &out) {
  SmallVector<int64_t> shape = {input.getDimSize(0), ShapedType::kDynamic, ShapedType::kDynamic,
                                channels};
  for (int dim : {0, 1}) {
    if (window.stride[dim] < 1 || findTooLarge(window, dim, input.getDimSize(dim + 1)))
      return failure();
    if (!input.isDynamicDim(dim + 1))
      shape[dim + 1] = window.outputSize(dim, input.getDimSize(dim + 1));
  }
  out.emplace_back(shape);
  return success();
}

//===----------------------------------------------------------------------===//
// AdderConv2DOp
//===----------------------------------------------------------------------===//

Window AdderConv2DOp::getWindow() {
  return makeWindow(getFilter().getType().getShape().slice(1, 2), getPad(), getStride(),
                    getDilation());
}

int64_t AdderConv2DOp::getNumTerms() {
  return getFilter().getType().getNumElements() / getFilter().getType().getDimSize(0);
}

LogicalResult AdderConv2DOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto filter = cast<RankedTensorType>(getFilter().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  bool floats = isFloat(input);
  bool quantized =
      getQuantizedElement(input) && getQuantizedElement(filter) && getQuantizedElement(output);
  if (!(floats ? isFloat(filter) && isFloat(output) : quantized))
    return emitOpError() << "requires 'input', 'filter' and 'output' to be all "
                            "float or all quantized (adder_conv2d_c1), but got "
                         << input.getElementType() << ", " << filter.getElementType() << " and "
                         << output.getElementType();
  if (!filter.hasStaticShape())
    return emitOpError("requires 'filter' to have a static shape "
                       "(adder_conv2d_c2)");
  int64_t group = getGroup(), channels = input.getDimSize(3);
  if (filter.getDimSize(0) < 1 || filter.getDimSize(3) < 1)
    return emitOpError() << "requires 'filter' to have at least one filter and one channel "
                            "(adder_conv2d_c2), but got "
                         << filter.getDimSize(0) << " and " << filter.getDimSize(3);
  if ((channels != ShapedType::kDynamic && filter.getDimSize(3) * group != channels) ||
      filter.getDimSize(0) % group != 0)
    return emitOpError() << "requires 'filter' to have " << channels << " / " << group
                         << " channels and a multiple of " << group
                         << " filters (adder_conv2d_c2), but got " << filter.getDimSize(3)
                         << " and " << filter.getDimSize(0);
  if (failed(
          verifyWindow(*this, "adder_conv2d_c5", getWindow(), input, output, filter.getDimSize(0))))
    return failure();
  if (floats)
    return success();

  auto a = requirePerTensor(*this, "adder_conv2d_c3", "input", input);
  auto b = requirePerTensor(*this, "adder_conv2d_c3", "filter", filter);
  if (failed(a) || failed(b))
    return failure();
  if (a->getScale() != b->getScale())
    return emitOpError() << "requires 'input' and 'filter' to share one scale "
                            "(adder_conv2d_c3), but got "
                         << a->getScale() << " and " << b->getScale();
  if (a->getZeroPoint() != b->getZeroPoint())
    return emitOpError() << "requires 'input' and 'filter' to share one zero point "
                            "(adder_conv2d_c3), but got "
                         << a->getZeroPoint() << " and " << b->getZeroPoint();
  bool padded = llvm::any_of(getPad(), [](int64_t size) { return size != 0; });
  if (CodeRange codes = getCodeRange(*a);
      padded && !codes.contains({a->getZeroPoint(), a->getZeroPoint()}))
    return emitOpError() << "requires the zero point to be a code of 'input' where it pads "
                            "(adder_conv2d_c6), but got "
                         << a->getZeroPoint() << " and " << codes.min << ".." << codes.max;
  return verifySum(*this, "adder_conv2d_c4", output, a->getScale(),
                   getAdderSumRange(*a, *b, getNumTerms()));
}

LogicalResult
AdderConv2DOp::inferReturnTypeComponents(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                         SmallVectorImpl<ShapedTypeComponents> &shapes) {
  ShapeAdaptor input(adaptor.getInput().getType());
  ShapeAdaptor filter(adaptor.getFilter().getType());
  if (input.getRank() != 4 || !filter.hasStaticShape())
    return failure();
  int64_t kernel[] = {filter.getDimSize(1), filter.getDimSize(2)};
  return inferWindowShape(
      input, makeWindow(kernel, adaptor.getPad(), adaptor.getStride(), adaptor.getDilation()),
      filter.getDimSize(0), shapes);
}

//===----------------------------------------------------------------------===//
// AdderLinearOp
//===----------------------------------------------------------------------===//

LogicalResult AdderLinearOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto filter = cast<RankedTensorType>(getFilter().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  if (input.getDimSize(1) != filter.getDimSize(1))
    return emitOpError() << "requires 'input' and 'filter' to agree in their "
                            "last dimension (adder_linear_c2), but got "
                         << input.getDimSize(1) << " and " << filter.getDimSize(1);
  if (output.getDimSize(0) != input.getDimSize(0) || output.getDimSize(1) != filter.getDimSize(0))
    return emitOpError() << "requires 'output' to have the shape " << input.getDimSize(0) << "x"
                         << filter.getDimSize(0);
  return success();
}

LogicalResult
AdderLinearOp::inferReturnTypeComponents(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                         SmallVectorImpl<ShapedTypeComponents> &shapes) {
  ShapeAdaptor input(adaptor.getInput().getType());
  ShapeAdaptor filter(adaptor.getFilter().getType());
  if (input.getRank() != 2 || filter.getRank() != 2)
    return failure();
  shapes.emplace_back(SmallVector<int64_t>{input.getDimSize(0), filter.getDimSize(0)});
  return success();
}

//===----------------------------------------------------------------------===//
// BoxSumOp, SumPool2DOp
//===----------------------------------------------------------------------===//

template <typename OpT> static Window getSumWindow(OpT op) {
  return makeWindow(op.getKernel(), op.getPad(), op.getStride(), op.getDilation());
}

Window BoxSumOp::getWindow() { return getSumWindow(*this); }
Window SumPool2DOp::getWindow() { return getSumWindow(*this); }

int64_t BoxSumOp::getNumTerms() {
  int64_t channels = cast<RankedTensorType>(getInput().getType()).getDimSize(3);
  return saturatedProduct({getKernel()[0], getKernel()[1], channels});
}
int64_t SumPool2DOp::getNumTerms() { return saturatedProduct(getKernel()); }

static LogicalResult verifyWindowSum(Operation *op, const std::string &label, const Window &window,
                                     RankedTensorType input, RankedTensorType output,
                                     int64_t channels, int64_t terms, bool zeroPointMustBeZero) {
  if (failed(verifyWindow(op, label + "_c2", window, input, output, channels)))
    return failure();
  if (isFloat(input) && isFloat(output))
    return success();
  auto type = requirePerTensor(op, label + "_c1", "input", input);
  if (failed(type))
    return failure();
  if (zeroPointMustBeZero && type->getZeroPoint() != 0)
    return op->emitOpError() << "requires 'input' to have zero point 0 (" << label
                             << "_c1), but got " << type->getZeroPoint();
  return verifySum(op, label + "_c1", output, type->getScale(), getSumRange(*type, terms));
}

LogicalResult BoxSumOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  return verifyWindowSum(*this, "box_sum", getWindow(), input,
                         cast<RankedTensorType>(getOutput().getType()), 1, getNumTerms(),
                         /*zeroPointMustBeZero=*/true);
}

LogicalResult SumPool2DOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  return verifyWindowSum(*this, "sum_pool2d", getWindow(), input,
                         cast<RankedTensorType>(getOutput().getType()), input.getDimSize(3),
                         getNumTerms(),
                         /*zeroPointMustBeZero=*/false);
}

LogicalResult BoxSumOp::inferReturnTypeComponents(MLIRContext *, std::optional<Location>,
                                                  Adaptor adaptor,
                                                  SmallVectorImpl<ShapedTypeComponents> &shapes) {
  return inferWindowShape(
      adaptor.getInput().getType(),
      makeWindow(adaptor.getKernel(), adaptor.getPad(), adaptor.getStride(), adaptor.getDilation()),
      1, shapes);
}

LogicalResult
SumPool2DOp::inferReturnTypeComponents(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                       SmallVectorImpl<ShapedTypeComponents> &shapes) {
  ShapeAdaptor input(adaptor.getInput().getType());
  return inferWindowShape(
      input,
      makeWindow(adaptor.getKernel(), adaptor.getPad(), adaptor.getStride(), adaptor.getDilation()),
      input.getDimSize(3), shapes);
}

#define GET_OP_CLASSES
#include "tally/IR/TallyOps.cpp.inc"

//===- CodeSums.cpp - layers and pooling on codes -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeBuilder.h"
#include "FilterCodes.h"
#include "Quantize/BroughtQuantizers.h"

#include "tally/Run/Interpreter.h"
#include "tally/Run/Reference.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

/// 32-bit sums whose range is known; null where it is larger.
static UniformQuantizedType sumType(MLIRContext *context, CodeRange range, double scale) {
  if (range.min < INT32_MIN || range.max > INT32_MAX)
    return {};
  return UniformQuantizedType::get(QuantizationFlags::Signed, IntegerType::get(context, 32),
                                   Float32Type::get(context), scale, 0, range.min, range.max);
}

/// The filter's parameter, now holding codes, under its own name.
FailureOr<Value> CodeBuilder::filterCodes(Value dequantized) {
  if (auto decode = dequantized.getDefiningOp<DecodeOp>())
    return levelCodes(decode);
  if (auto codes = getCodesBehind(dequantized))
    return loadParameter(builder, dequantized.getLoc(), getParameter(codes));
  auto cast = dequantized.getDefiningOp<DequantizeCastOp>();
  auto quantize = cast ? cast.getInput().getDefiningOp<QuantizeCastOp>() : QuantizeCastOp();
  auto parameter = quantize ? getParameter(quantize.getInput()) : ml_program::GlobalOp();
  if (!parameter)
    return emitError(dequantized.getLoc()) << "requires a quantizer on a constant filter";
  auto shape = llvm::cast<RankedTensorType>(quantize.getInput().getType());
  QuantizedType type = getQuantizedElement(quantize.getResult().getType());
  auto elements = dyn_cast_or_null<ElementsAttr>(parameter.getValueAttr());
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.empty())
    return emitError(dequantized.getLoc()) << "requires a filter of f32 constants";
  auto module = parameter->getParentOfType<ModuleOp>();
  std::string name = takeName(quantize.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>());
  auto codes =
      addParameter(module, name, shape.clone(type), makeCodeElements(values, shape, type, name));
  return loadParameter(builder, dequantized.getLoc(), codes);
}

/// The levels of a filter on powers of two, as integers.
Value CodeBuilder::levelCodes(DecodeOp decode) {
  auto type = cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType()));
  PowerOfTwoLevels levels = type.getLevels();
  CodeRange range = {levels.sorted().front(), levels.largest()};
  QuantizedType uniform;
  if (type.isPerAxis())
    uniform = getPerAxisType(builder.getContext(), range, type.getScales(), type.getAxis());
  else
    uniform = getUniformType(builder.getContext(), range, type.getScales()[0]);
  auto shape = cast<RankedTensorType>(decode.getInput().getType());
  Value codes = loadParameter(builder, decode.getLoc(), getParameter(decode.getInput()));
  auto levelsOf = DecodeOp::create(builder, decode.getLoc(), shape.clone(uniform), codes);
  levelsOf->setAttr(
      TallyDialect::kNameAttr,
      builder.getStringAttr(getParameter(decode.getInput()).getSymName() + ".levels"));
  return levelsOf;
}

/// What the magnitudes of one filter's codes add up to at most.
static int64_t getLargestFilterSum(Value filter, bool depthwise) {
  auto shape = cast<RankedTensorType>(filter.getType());
  std::vector<int64_t> codes;
  if (auto decode = filter.getDefiningOp<DecodeOp>())
    codes = getLevels(decode);
  else if (ElementsAttr elements = getConstantElements(filter))
    codes = getIntegers(elements);
  if (codes.empty()) {
    CodeRange range = getCodeRange(getQuantizedElement(shape));
    codes.assign(shape.getNumElements(), std::max(range.max, -range.min));
  }
  return getLargestFilterSum(codes, shape, depthwise);
}

FailureOr<Value> CodeBuilder::sumOf(Operation *op) {
  auto it = sums.find(op);
  if (it != sums.end())
    return it->second;
  if (getConstantElements(op->getResult(0))) {
    Operation *user = *op->user_begin();
    return user->emitError() << "'" << user->getName() << "' (layer '" << getLayerName(user)
                             << "') takes a constant that has no form on codes: only sums and "
                                "products with one value, or with one for each channel, have one";
  }
  if (!isWindowSum(op))
    return op->emitError() << "'" << op->getName() << "' (layer '" << getLayerName(op)
                           << "') has no form on codes: leave it out of the network or replace it";
  auto cast = op->getOperand(0).getDefiningOp<DequantizeCastOp>();
  if (!cast)
    return op->emitError() << "requires a quantizer on its input";
  FailureOr<Value> input = quantized(cast.getInput());
  if (failed(input))
    return failure();
  FailureOr<Value> sum = layerSum(op, *input);
  if (failed(sum))
    return failure();
  if (Attribute name = op->getAttr(TallyDialect::kNameAttr))
    sum->getDefiningOp()->setAttr(TallyDialect::kNameAttr, name);
  sums[op] = *sum;
  return sum;
}

FailureOr<Value> CodeBuilder::layerSum(Operation *op, Value input) {
  UniformType type = perTensorType(input);
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  MLIRContext *context = op->getContext();
  auto checked = [&](CodeRange range) -> FailureOr<RankedTensorType> {
    UniformType sum = sumType(context, range, type.getScale());
    if (!sum)
      return op->emitError() << "layer '" << getLayerName(op) << "' needs sums from " << range.min
                             << " to " << range.max << ", more than 32 bits";
    return resultType.clone(sum);
  };
  if (auto adder = dyn_cast<AdderConv2DOp>(op)) {
    FailureOr<Value> filter = filterCodes(adder.getFilter());
    if (failed(filter))
      return failure();
    auto result = checked(getAdderSumRange(type, perTensorType(*filter), adder.getNumTerms()));
    if (failed(result))
      return failure();
    return AdderConv2DOp::create(builder, op->getLoc(), *result, input, *filter, adder.getPad(),
                                 adder.getStride(), adder.getDilation(), adder.getGroup())
        .getOutput();
  }
  if (isConvolution(op))
    return convolve(op, input);
  if (auto average = dyn_cast<tosa::AvgPool2dOp>(op)) {
    auto result = checked(getSumRange(type, average.getKernel()[0] * average.getKernel()[1]));
    if (failed(result))
      return failure();
    return SumPool2DOp::create(builder, op->getLoc(), *result, input, average.getKernel(),
                               average.getPad(), average.getStride(), ArrayRef<int64_t>{1, 1})
        .getOutput();
  }
  auto build = [&](auto sum, int64_t terms) -> FailureOr<Value> {
    auto result = checked(getSumRange(type, terms));
    if (failed(result))
      return failure();
    return decltype(sum)::create(builder, op->getLoc(), *result, input, sum.getKernel(),
                                 sum.getPad(), sum.getStride(), sum.getDilation())
        .getOutput();
  };
  if (auto box = dyn_cast<BoxSumOp>(op))
    return build(box, box.getKernel()[0] * box.getKernel()[1] *
                          cast<RankedTensorType>(input.getType()).getDimSize(3));
  auto pool = cast<SumPool2DOp>(op);
  return build(pool, pool.getKernel()[0] * pool.getKernel()[1]);
}

/// The mean is of the taps inside the image: at its border there are fewer.
void CodeBuilder::divideByTaps(tosa::AvgPool2dOp average, Pending &pending) {
  Window window = *cast<ReductionOpInterface>(*average).getWindow();
  auto input = cast<RankedTensorType>(average.getInput().getType());
  auto output = cast<RankedTensorType>(average.getType());
  SmallVector<int64_t> counts[2];
  for (int dim : {0, 1})
    for (int64_t o = 0; o < output.getDimSize(dim + 1); ++o) {
      int64_t first = o * window.stride[dim] - window.padBefore(dim);
      counts[dim].push_back(std::min(first + window.kernel[dim], input.getDimSize(dim + 1)) -
                            std::max<int64_t>(first, 0));
    }
  if (llvm::all_equal(counts[0]) && llvm::all_equal(counts[1])) {
    llvm::fill(pending.factors.scale, 1.0 / double(counts[0][0] * counts[1][0]));
    return;
  }
  Factors factors{{1, output.getDimSize(1), output.getDimSize(2), 1}, {}, {}};
  for (int64_t rows : counts[0])
    for (int64_t columns : counts[1])
      factors.scale.push_back(1.0 / double(rows * columns));
  factors.bias.assign(factors.scale.size(), 0.0);
  pending.factors = std::move(factors);
}

/// TOSA convolutions keep their own zero points; the scale of the sums is that of
/// the products, one an output channel.
FailureOr<Value> CodeBuilder::convolve(Operation *op, Value input) {
  if (getNumber(op->getOperand(2)) != 0.0f)
    return op->emitError() << "layer '" << getLayerName(op)
                           << "' has a bias, which codes have no place for; run "
                              "tally-raise-affine first";
  FailureOr<Value> filter = filterCodes(op->getOperand(1));
  if (failed(filter))
    return failure();
  UniformType inputType = perTensorType(input);
  QuantizedType filterType = getQuantizedElement(filter->getType());
  std::vector<double> filterScales;
  if (auto perAxis = dyn_cast_or_null<UniformQuantizedPerAxisType>(filterType))
    filterScales = perAxis.getScales().vec();
  else if (auto perTensor = dyn_cast_or_null<UniformQuantizedType>(filterType))
    filterScales = {perTensor.getScale()};
  else
    return op->emitError() << "requires a quantized filter";
  CodeRange in = getCodeRange(inputType);
  int64_t largest = std::max(in.max - inputType.getZeroPoint(), inputType.getZeroPoint() - in.min);
  // A filter of zeros alone has sums of 0, but a type needs a range.
  int64_t bound = std::max<int64_t>(
      1, largest * getLargestFilterSum(*filter, isa<tosa::DepthwiseConv2DOp>(op)));
  if (bound > INT32_MAX)
    return op->emitError() << "layer '" << getLayerName(op) << "' needs sums up to " << bound
                           << ", more than 32 bits";

  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t outputs = resultType.getShape().back();
  int64_t perScale = outputs / int64_t(filterScales.size());
  std::vector<double> scales(outputs);
  for (int64_t c = 0; c < outputs; ++c)
    scales[c] = boundScale(inputType.getScale() * filterScales[c / perScale]);
  std::vector<int64_t> zeros(outputs, 0);
  auto sum = UniformQuantizedPerAxisType::get(QuantizationFlags::Signed, builder.getI32Type(),
                                              builder.getF32Type(), scales, zeros,
                                              resultType.getRank() - 1, -bound, bound);

  auto scalar = [&](Type element, int64_t value) -> Value {
    auto type = RankedTensorType::get({1}, element);
    auto attr = DenseElementsAttr::get(
        type, APInt(element.getIntOrFloatBitWidth(), uint64_t(value), true, true));
    return tosa::ConstOp::create(builder, op->getLoc(), type, attr);
  };
  Type zeroType =
      IntegerType::get(op->getContext(), inputType.getStorageTypeIntegralWidth(),
                       inputType.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  OperationState state(op->getLoc(), op->getName());
  state.addOperands({input, *filter, scalar(builder.getI32Type(), 0),
                     scalar(zeroType, inputType.getZeroPoint()),
                     scalar(getStorageType(filterType), 0)});
  state.addAttributes(op->getAttrs());
  // What TOSA names for 16-bit inputs; the sums were shown to fit 32 bits.
  bool wide = inputType.getStorageTypeIntegralWidth() > 8;
  Type accumulator = wide ? builder.getIntegerType(48) : builder.getI32Type();
  state.attributes.set("acc_type", TypeAttr::get(accumulator));
  state.attributes.erase(TallyDialect::kPlanAttr);
  state.attributes.erase(TallyDialect::kDecisionsAttr);
  state.addTypes(resultType.clone(sum));
  return builder.create(state)->getResult(0);
}

} // namespace tally

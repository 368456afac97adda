//===- RandomNetwork.cpp - small integer networks of every shape ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomNetwork.h"

#include "RandomMovement.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally::test {

namespace {

class Generator : RandomMovement {
public:
  Generator(MLIRContext *context, unsigned seed, RandomFilters filters)
      : RandomMovement(context, seed), mulFree(filters != RandomFilters::Any) {
    fewBits = filters == RandomFilters::FewBits;
  }

  OwningOpRef<ModuleOp> run() {
    module = ModuleOp::create(loc);
    (*module)->setAttr(TallyDialect::kStageAttr, StageAttr::get(context, Stage::Integer));
    SmallVector<Type> inputs = {pickInput()};
    if (chance(4))
      inputs.push_back(chance(2) ? inputs[0] : pickInput());
    builder.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(inputs, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    // Channels in front are brought behind first.
    bool channelsInFront = chance(4);
    for (Value argument : function.getArguments())
      values.push_back(channelsInFront ? transpose(argument, {0, 2, 3, 1}) : argument);
    if (fewBits) {
      // Codes of 8 bits, on which convolutions are.
      values.push_back(requantize(values.back(), pickCodeType(/*narrow=*/true)));
      addConv(values.back());
      addDepthwise(values.back());
    }
    for (int i = 0, steps = 3 + upTo(6); i < steps; ++i)
      addStep();
    SmallVector<Value> results = {values.back()};
    if (channelsInFront)
      results[0] = transpose(results[0], {0, 3, 1, 2});
    else if (chance(4))
      results[0] = reshape(results[0], {1, ShapedType::getNumElements(shapeOf(results[0]))});
    if (chance(4))
      results.push_back(pick(values));
    func::ReturnOp::create(builder, loc, results);
    function.setType(builder.getFunctionType(inputs, ValueRange(results).getTypes()));
    return std::move(module);
  }

private:
  /// An image, or a line, of a network of one dimension.
  Type pickInput() {
    if (chance(5))
      return tensor({1, 1, upTo(30), upTo(7)}, pickCodeType());
    return tensor({1, upTo(9), upTo(9), upTo(7)}, pickCodeType());
  }

  // Steps. Each takes values of at most 16 bits and adds one.
  void addStep() {
    Value value = chance(3) ? pick(values) : values.back();
    switch (random() % 18) {
    case 0:
    case 1:
    case 2:
      return addAdder(value);
    case 3:
      return addConv(value);
    case 4:
      return addDepthwise(value);
    case 5:
      return addMaxPool(value);
    case 6:
      return addSumPool(value);
    case 7:
      return addBoxSum(value);
    case 8:
      return addElementwise(value);
    case 9:
    case 13:
      return values.push_back(move(value));
    case 10:
      return values.push_back(concatenate(value, values));
    case 11:
      return addTable(value);
    case 12:
      return addProduct(value);
    case 14:
      return addTransposedConv(value);
    case 15:
      return addReduction(value);
    case 16:
      return addSnap(value);
    default:
      values.push_back(requantize(value, pickCodeType(), /*sane=*/chance(2)));
    }
  }

  void addAdder(Value value) {
    auto window = pickWindow(value, false);
    if (!window)
      return;
    UniformQuantizedType input = typeOf(value);
    int64_t channels = shapeOf(value)[3], group = 1, filters = upTo(20);
    if (chance(3)) {
      group = channels % 2 == 0 && filters % 3 == 0 ? channels / 2 : channels;
      filters = chance(2) ? channels : 2 * channels;
    }
    CodeRange range = getCodeRange(input);
    if (chance(3)) // weights of another range than the activations'
      range = {std::min<int64_t>(range.min, -16), std::min<int64_t>(range.max, 14)};
    auto filterType = getUniformType(context, range, input.getScale(), input.getZeroPoint());
    if (!filterType || !range.contains({input.getZeroPoint(), input.getZeroPoint()}))
      filterType = input;
    int64_t terms = window->kernel[0] * window->kernel[1] * channels / group;
    Value filter =
        parameter({filters, window->kernel[0], window->kernel[1], channels / group}, filterType);
    Type sum = sumType(getAdderSumRange(input, filterType, terms), input.getScale());
    Value sums =
        AdderConv2DOp::create(builder, loc, outputType(value, *window, filters, sum), value, filter,
                              ArrayRef<int64_t>(window->pad), ArrayRef<int64_t>(window->stride),
                              ArrayRef<int64_t>(window->dilation), group);
    values.push_back(requantize(sums, pickCodeType()));
  }

  void addConv(Value value) {
    Value result = chance(2) ? groupedConv(value) : conv(value, upTo(20));
    if (result)
      values.push_back(result);
  }

  /// As ONNX's Conv with groups is imported: a convolution for each, of its slice of the channels.
  Value groupedConv(Value value) {
    ArrayRef<int64_t> shape = shapeOf(value);
    SmallVector<int64_t> divisors;
    for (int64_t group = 2; group <= shape[3]; ++group)
      if (shape[3] % group == 0)
        divisors.push_back(group);
    auto window = pickWindow(value, true);
    if (divisors.empty() || !window || typeOf(value).getStorageTypeIntegralWidth() != 8)
      return {};
    int64_t group = divisors[random() % divisors.size()], filters = upTo(chance(2) ? 36 : 9);
    SmallVector<int64_t> start(4, 0), size(shape);
    size[3] /= group;
    std::optional<PowerOfTwoFormat> kind;
    if (mulFree || chance(2))
      kind = pickFormat();
    UniformQuantizedType output = pickCodeType();
    SmallVector<Value> parts;
    for (; start[3] < shape[3]; start[3] += size[3]) {
      Value sums = sumWindow(slice(value, start, size), filters, *window, kind);
      if (!sums)
        return {};
      parts.push_back(requantize(sums, output));
    }
    return tosa::ConcatOp::create(builder, loc, outputType(value, *window, group * filters, output),
                                  parts, 3);
  }

  /// Null where `value` is of other codes than 8 bits, or too large sums could come.
  Value conv(Value value, int64_t filters) {
    auto window = pickWindow(value, true);
    UniformQuantizedType input = typeOf(value);
    if (!window || input.getStorageTypeIntegralWidth() != 8)
      return {};
    std::optional<PowerOfTwoFormat> kind;
    if (mulFree || chance(2))
      kind = pickFormat();
    Value sums = sumWindow(value, filters, *window, kind);
    return sums ? requantize(sums, pickCodeType()) : Value();
  }

  /// The sums of a convolution, on powers of two of `kind` or in equal steps; null as for `conv`.
  Value sumWindow(Value value, int64_t filters, const Window &window,
                  std::optional<PowerOfTwoFormat> kind) {
    UniformQuantizedType input = typeOf(value);
    int64_t channels = shapeOf(value)[3];
    SmallVector<int64_t> shape = {filters, window.kernel[0], window.kernel[1], channels};
    SmallVector<double> scales(filters, 0.5);
    Value filter = kind ? levels(shape, scales, 0, *kind)
                        : parameter(shape, getPerAxisType(context, {-127, 127}, scales, 0));
    int64_t terms = window.kernel[0] * window.kernel[1] * channels;
    int64_t bound = terms * getCodeRange(getQuantizedElement(filter.getType())).max * 256 + 1000;
    if (bound > INT32_MAX)
      return {};
    Type sum = sumType({-bound, bound}, 1.0);
    return tosa::Conv2DOp::create(
        builder, loc, outputType(value, window, filters, sum), value, filter, bias(filters),
        scalarConstant(input, input.getZeroPoint()), filterZero(filter),
        builder.getDenseI64ArrayAttr(window.pad), builder.getDenseI64ArrayAttr(window.stride),
        builder.getDenseI64ArrayAttr(window.dilation), TypeAttr::get(builder.getI32Type()));
  }

  void addDepthwise(Value value) {
    auto window = pickWindow(value, true);
    UniformQuantizedType input = typeOf(value);
    if (!window || input.getStorageTypeIntegralWidth() != 8)
      return;
    int64_t channels = shapeOf(value)[3], multiplier = upTo(2);
    SmallVector<int64_t> shape = {window->kernel[0], window->kernel[1], channels, multiplier};
    Value filter = mulFree || chance(2)
                       ? levels(shape, {0.5}, -1, pickFormat())
                       : parameter(shape, getUniformType(context, {-127, 127}, 0.5));
    int64_t terms = window->kernel[0] * window->kernel[1];
    int64_t bound = terms * getCodeRange(getQuantizedElement(filter.getType())).max * 256 + 1000;
    if (bound > INT32_MAX)
      return;
    Type sum = sumType({-bound, bound}, 1.0);
    Value sums = tosa::DepthwiseConv2DOp::create(
        builder, loc, outputType(value, *window, channels * multiplier, sum), value, filter,
        bias(channels * multiplier), scalarConstant(input, input.getZeroPoint()),
        filterZero(filter), builder.getDenseI64ArrayAttr(window->pad),
        builder.getDenseI64ArrayAttr(window->stride),
        builder.getDenseI64ArrayAttr(window->dilation), TypeAttr::get(builder.getI32Type()));
    values.push_back(requantize(sums, pickCodeType()));
  }

  void addMaxPool(Value value) {
    auto window = pickWindow(value, true, /*dilate=*/false);
    if (!window)
      return;
    values.push_back(tosa::MaxPool2dOp::create(
        builder, loc, outputType(value, *window, shapeOf(value)[3], typeOf(value)), value,
        builder.getDenseI64ArrayAttr(window->kernel), builder.getDenseI64ArrayAttr(window->stride),
        builder.getDenseI64ArrayAttr(window->pad)));
  }

  void addSumPool(Value value) {
    auto window = pickWindow(value, false);
    if (!window)
      return;
    UniformQuantizedType input = typeOf(value);
    Type sum = sumType(getSumRange(input, window->kernel[0] * window->kernel[1]), input.getScale());
    Value sums =
        SumPool2DOp::create(builder, loc, outputType(value, *window, shapeOf(value)[3], sum), value,
                            ArrayRef<int64_t>(window->kernel), ArrayRef<int64_t>(window->pad),
                            ArrayRef<int64_t>(window->stride), ArrayRef<int64_t>(window->dilation));
    values.push_back(requantize(sums, pickCodeType()));
  }

  void addBoxSum(Value value) {
    auto window = pickWindow(value, false);
    UniformQuantizedType input = typeOf(value);
    if (!window || input.getZeroPoint() != 0)
      return;
    int64_t terms = window->kernel[0] * window->kernel[1] * shapeOf(value)[3];
    Type sum = sumType(getSumRange(input, terms), input.getScale());
    Value sums =
        BoxSumOp::create(builder, loc, outputType(value, *window, 1, sum), value,
                         ArrayRef<int64_t>(window->kernel), ArrayRef<int64_t>(window->pad),
                         ArrayRef<int64_t>(window->stride), ArrayRef<int64_t>(window->dilation));
    values.push_back(requantize(sums, pickCodeType()));
  }

  /// Two values in one common 32-bit step, added, subtracted or compared; one may be a constant.
  void addElementwise(Value value) {
    SmallVector<Value> partners;
    for (Value other : values)
      if (shapeOf(other) == shapeOf(value))
        partners.push_back(other);
    Type common = sumType({-(1 << 24), 1 << 24}, 0.125);
    Value a = requantize(value, common);
    Value b = chance(4) ? parameter(shapeOf(value), cast<UniformQuantizedType>(common))
                        : requantize(pick(partners), common);
    if (chance(4))
      std::swap(a, b);
    Value result;
    switch (random() % 4) {
    case 0:
      result = tosa::AddOp::create(builder, loc, a.getType(), a, b);
      break;
    case 1:
      result = tosa::SubOp::create(builder, loc, a.getType(), a, b);
      break;
    case 2:
      result = tosa::MaximumOp::create(builder, loc, a.getType(), a, b);
      break;
    default:
      result = tosa::MinimumOp::create(builder, loc, a.getType(), a, b);
      break;
    }
    values.push_back(requantize(result, pickCodeType()));
  }

  void addTable(Value value) {
    UniformQuantizedType input = typeOf(value), output = pickCodeType();
    if (input.getStorageTypeIntegralWidth() != 8)
      return;
    CodeRange codes = getCodeRange(input);
    Value table = parameter({codes.max - codes.min + 1}, output);
    values.push_back(TableOp::create(builder, loc, tensor(shapeOf(value), output), value, table));
  }

  /// Times another value of this shape, or a gate: one element of the image for each channel.
  void addProduct(Value value) {
    if (mulFree)
      return;
    SmallVector<Value> partners;
    for (Value other : values)
      if (shapeOf(other) == shapeOf(value))
        partners.push_back(other);
    Value other = pick(partners);
    if (chance(2)) {
      SmallVector<int64_t> start(4, 0), size = {1, 1, 1, shapeOf(value)[3]};
      other = tosa::SliceOp::create(builder, loc, tensor(size, typeOf(other)), other,
                                    shapeConstant(start), shapeConstant(size));
    }
    Value a = value, b = other;
    CodeRange products = getProductRange(typeOf(a), typeOf(b));
    if (products.min < INT32_MIN || products.max > INT32_MAX) {
      a = requantize(a, pickCodeType(/*narrow=*/true));
      b = requantize(b, pickCodeType(/*narrow=*/true));
      products = getProductRange(typeOf(a), typeOf(b));
    }
    if (chance(2))
      std::swap(a, b);
    Type sum = sumType(products, typeOf(a).getScale() * typeOf(b).getScale());
    Value product = MultiplyOp::create(builder, loc, tensor(shapeOf(value), sum), a, b);
    values.push_back(requantize(product, pickCodeType()));
  }

  /// As ONNX's ConvTranspose is imported: a filter for each remainder of places, spread over space.
  void addTransposedConv(Value value) {
    int64_t rows = upTo(2), columns = upTo(2);
    Value spread = conv(value, upTo(3) * rows * columns);
    if (!spread)
      return;
    Value result = depthToSpace(spread, rows, columns);
    SmallVector<int64_t> start(4, 0), size(shapeOf(result));
    for (int64_t dim : {1, 2})
      if (size[dim] > 1 && chance(2)) {
        start[dim] = random() % 2;
        size[dim] -= 1;
      }
    values.push_back(slice(result, start, size));
  }

  /// The sum or the largest of whole rows, columns, images or pixels.
  void addReduction(Value value) {
    SmallVector<int64_t> shape(shapeOf(value));
    int64_t kind = random() % 4;
    if (kind == 3) // of a pixel's channels
      value = reshape(value, {1, shape[1] * shape[2], shape[3], 1});
    ArrayRef<int64_t> from = shapeOf(value);
    SmallVector<int64_t> kernel = {kind == 0 || kind == 2 ? from[1] : 1, kind == 0 ? 1 : from[2]};
    SmallVector<int64_t> result = {1, from[1] / kernel[0], from[2] / kernel[1], from[3]};
    SmallVector<int64_t> pad(4, 0), ones(2, 1);
    UniformQuantizedType type = typeOf(value);
    Value reduced;
    if (chance(2)) {
      Type sum = sumType(getSumRange(type, kernel[0] * kernel[1]), type.getScale());
      reduced = SumPool2DOp::create(builder, loc, tensor(result, sum), value,
                                    ArrayRef<int64_t>(kernel), ArrayRef<int64_t>(pad),
                                    ArrayRef<int64_t>(ones), ArrayRef<int64_t>(ones));
      reduced = requantize(reduced, pickCodeType());
    } else {
      reduced = tosa::MaxPool2dOp::create(
          builder, loc, tensor(result, type), value, builder.getDenseI64ArrayAttr(kernel),
          builder.getDenseI64ArrayAttr(ones), builder.getDenseI64ArrayAttr(pad));
    }
    if (kind == 3)
      reduced = reshape(reduced, {1, shape[1], shape[2], 1});
    values.push_back(reduced);
  }

  /// Onto powers of two, from codes of a step that is finer by another one.
  void addSnap(Value value) {
    bool additive = chance(2), isSigned = chance(2);
    auto levels = PowerOfTwoType::get(context, int(between(2, 4)), isSigned, additive,
                                      /*zero=*/true, builder.getDenseF64ArrayAttr({0.5}), -1);
    PowerOfTwoLevels set = levels.getLevels();
    CodeRange range = {set.sorted().front(), set.largest()};
    auto result = getUniformType(context, range, 0.5);
    int fineness = int(upTo(6));
    Type fine = sumType({-(1 << 14), 1 << 14}, std::ldexp(0.5, -fineness));
    if (result.getStorageTypeIntegralWidth() > 16)
      return;
    Value snapped = SnapOp::create(builder, loc, tensor(shapeOf(value), result),
                                   requantize(value, fine), levels, /*ties_to_even=*/chance(2));
    values.push_back(snapped);
  }

  bool mulFree;
  SmallVector<Value> values;
};

} // namespace

OwningOpRef<ModuleOp> makeRandomNetwork(MLIRContext *context, unsigned seed,
                                        RandomFilters filters) {
  return Generator(context, seed, filters).run();
}

std::vector<Tensor> makeRandomInputs(func::FuncOp function, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Tensor> inputs;
  for (Type type : function.getArgumentTypes()) {
    auto tensorType = cast<RankedTensorType>(type);
    CodeRange range = getCodeRange(tensorType.getElementType());
    Tensor tensor(*getTensorElementType(type), tensorType.getShape().vec());
    dispatch(tensor.type(), [&](auto tag) {
      using T = decltype(tag);
      T *data = tensor.data<T>();
      for (int64_t i = 0; i < tensor.size(); ++i) {
        int64_t span = range.max - range.min + 1;
        int64_t code = range.min + int64_t(random()) % span;
        data[i] = T(random() % 5 == 0 ? (random() % 2 ? range.min : range.max) : code);
      }
    });
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

} // namespace tally::test

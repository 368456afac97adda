//===- RandomNetwork.cpp - small integer networks of every shape ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomNetwork.h"

#include "RandomBuilder.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally::test {

namespace {

class Generator : RandomBuilder {
public:
  Generator(MLIRContext *context, unsigned seed, bool mulFree)
      : RandomBuilder(context, seed), mulFree(mulFree) {}

  OwningOpRef<ModuleOp> run() {
    module = ModuleOp::create(loc);
    (*module)->setAttr(TallyDialect::kStageAttr, StageAttr::get(context, Stage::Integer));
    auto inputType = RankedTensorType::get({1, upTo(9), upTo(9), upTo(7)}, pickCodeType());
    builder.setInsertionPointToEnd(module->getBody());
    auto function =
        func::FuncOp::create(builder, loc, "main", builder.getFunctionType({inputType}, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    values.push_back(function.getArgument(0));
    for (int i = 0, steps = 3 + upTo(6); i < steps; ++i)
      addStep();
    SmallVector<Value> results = {values.back()};
    if (chance(4))
      results.push_back(pick(values));
    func::ReturnOp::create(builder, loc, results);
    function.setType(builder.getFunctionType({inputType}, ValueRange(results).getTypes()));
    return std::move(module);
  }

private:
  // Steps. Each takes values of at most 16 bits and adds one.
  void addStep() {
    Value value = chance(3) ? pick(values) : values.back();
    switch (random() % 14) {
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
      return addMovement(value);
    case 10:
      return addConcat(value);
    case 11:
      return addTable(value);
    case 12:
      return addProduct(value);
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
      group = channels;
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
    auto window = pickWindow(value, true);
    UniformQuantizedType input = typeOf(value);
    if (!window || input.getStorageTypeIntegralWidth() != 8)
      return;
    int64_t channels = shapeOf(value)[3], filters = upTo(20);
    SmallVector<int64_t> shape = {filters, window->kernel[0], window->kernel[1], channels};
    SmallVector<double> scales(filters, 0.5);
    Value filter = mulFree || chance(2)
                       ? levels(shape, scales, 0)
                       : parameter(shape, getPerAxisType(context, {-127, 127}, scales, 0));
    int64_t terms = window->kernel[0] * window->kernel[1] * channels;
    int64_t bound = terms * getCodeRange(getQuantizedElement(filter.getType())).max * 256 + 1000;
    if (bound > INT32_MAX)
      return;
    Type sum = sumType({-bound, bound}, 1.0);
    Value sums = tosa::Conv2DOp::create(
        builder, loc, outputType(value, *window, filters, sum), value, filter, bias(filters),
        scalarConstant(input, input.getZeroPoint()), filterZero(filter),
        builder.getDenseI64ArrayAttr(window->pad), builder.getDenseI64ArrayAttr(window->stride),
        builder.getDenseI64ArrayAttr(window->dilation), TypeAttr::get(builder.getI32Type()));
    values.push_back(requantize(sums, pickCodeType()));
  }

  void addDepthwise(Value value) {
    auto window = pickWindow(value, true);
    UniformQuantizedType input = typeOf(value);
    if (!window || input.getStorageTypeIntegralWidth() != 8)
      return;
    int64_t channels = shapeOf(value)[3], multiplier = upTo(2);
    SmallVector<int64_t> shape = {window->kernel[0], window->kernel[1], channels, multiplier};
    Value filter = mulFree || chance(2)
                       ? levels(shape, {0.5}, -1)
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

  /// Two values in one common 32-bit step, added, subtracted or compared.
  void addElementwise(Value value) {
    SmallVector<Value> partners;
    for (Value other : values)
      if (shapeOf(other) == shapeOf(value))
        partners.push_back(other);
    Type common = sumType({-(1 << 24), 1 << 24}, 0.125);
    Value a = requantize(value, common), b = requantize(pick(partners), common);
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

  void addMovement(Value value) {
    ArrayRef<int64_t> shape = shapeOf(value);
    UniformQuantizedType type = typeOf(value);
    switch (random() % 6) {
    case 4:
      return addTake(value);
    case 0: {
      SmallVector<int64_t> permutation(shape[3]);
      for (int64_t c = 0; c < shape[3]; ++c)
        permutation[c] = c;
      std::shuffle(permutation.begin(), permutation.end(), random);
      values.push_back(ShuffleChannelsOp::create(builder, loc, value.getType(), value,
                                                 ArrayRef<int64_t>(permutation)));
      return;
    }
    case 1: {
      SmallVector<int64_t> pads, padded(shape);
      for (int64_t dim = 0; dim < 4; ++dim)
        for (int side = 0; side < 2; ++side) {
          pads.push_back(dim == 0 ? 0 : random() % 3);
          padded[dim] += pads.back();
        }
      Value code = scalarConstant(type, randomCode(getCodeRange(type)));
      code.setType(tensor({1}, type));
      values.push_back(tosa::PadOp::create(builder, loc, tensor(padded, type), value,
                                           shapeConstant(pads), code));
      return;
    }
    case 2: {
      SmallVector<int64_t> start, size;
      for (int64_t dim = 0; dim < 4; ++dim) {
        start.push_back(random() % shape[dim]);
        size.push_back(upTo(shape[dim] - start.back()));
      }
      values.push_back(tosa::SliceOp::create(builder, loc, tensor(size, type), value,
                                             shapeConstant(start), shapeConstant(size)));
      return;
    }
    case 3: {
      static constexpr int32_t perms[][4] = {{0, 3, 1, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}};
      ArrayRef<int32_t> perm = perms[random() % 3];
      SmallVector<int64_t> result;
      for (int32_t dim : perm)
        result.push_back(shape[dim]);
      values.push_back(tosa::TransposeOp::create(builder, loc, tensor(result, type), value,
                                                 builder.getDenseI32ArrayAttr(perm)));
      return;
    }
    default: {
      SmallVector<int64_t> result = {1, shape[1] * shape[3], 1, shape[2]};
      values.push_back(tosa::ReshapeOp::create(builder, loc, tensor(result, type), value,
                                               shapeConstant(result)));
      return;
    }
    }
  }

  /// Every second element, one repeated, in the other order, or any.
  void addTake(Value value) {
    int64_t axis = 1 + random() % 3, size = shapeOf(value)[axis];
    SmallVector<int64_t> indices, result(shapeOf(value));
    int64_t kind = random() % 4, first = random() % size;
    for (int64_t i = 0; i < 1 + size / 2; ++i)
      indices.push_back(kind == 0   ? std::min(2 * i, size - 1)
                        : kind == 1 ? first
                        : kind == 2 ? size - 1 - i
                                    : random() % size);
    for (int64_t &index : indices)
      index = std::max<int64_t>(index, 0);
    result[axis] = indices.size();
    values.push_back(TakeOp::create(builder, loc, tensor(result, typeOf(value)), value,
                                    ArrayRef<int64_t>(indices), axis));
  }

  void addConcat(Value value) {
    int64_t axis = 1 + random() % 3;
    SmallVector<Value> parts = {value};
    SmallVector<int64_t> shape(shapeOf(value));
    for (Value other : values) {
      SmallVector<int64_t> a(shapeOf(value)), b(shapeOf(other));
      a[axis] = b[axis] = 0;
      if (a != b || parts.size() > 2 || shape[axis] > 30)
        continue;
      if (other.getType() != value.getType() || chance(2))
        other = requantize(other, typeOf(value));
      shape[axis] += shapeOf(other)[axis];
      parts.push_back(other);
    }
    values.push_back(tosa::ConcatOp::create(builder, loc, tensor(shape, typeOf(value)), parts,
                                            builder.getI32IntegerAttr(axis)));
  }

  bool mulFree;
  SmallVector<Value> values;
};

} // namespace

OwningOpRef<ModuleOp> makeRandomNetwork(MLIRContext *context, unsigned seed, bool mulFree) {
  return Generator(context, seed, mulFree).run();
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

//===- RandomNetwork.cpp - small integer networks of every shape ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomNetwork.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Quantize/Math/FixedPoint.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::quant;

namespace tally::test {

namespace {

class Generator {
public:
  Generator(MLIRContext *context, unsigned seed, bool mulFree)
      : context(context), builder(context), loc(UnknownLoc::get(context)), random(seed),
        mulFree(mulFree) {}

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
  // Random choices.
  int64_t upTo(int64_t most) { return 1 + int64_t(random() % uint64_t(most)); }
  int64_t between(int64_t low, int64_t high) {
    return low + int64_t((uint64_t(random()) << 32 | random()) % uint64_t(high - low + 1));
  }
  bool chance(int oneIn) { return random() % oneIn == 0; }
  Value pick(ArrayRef<Value> choices) { return choices[random() % choices.size()]; }

  UniformQuantizedType pickCodeType(bool narrow = false) {
    static const CodeRange ranges[] = {{0, 15}, {0, 255},  {-128, 127},    {-7, 7},
                                       {0, 3},  {0, 1000}, {-32768, 32767}};
    CodeRange range = ranges[random() % (narrow ? 5 : 7)];
    int64_t zeroPoint = chance(2) ? 0 : between(range.min, range.max);
    if (zeroPoint < range.min || zeroPoint > range.max)
      zeroPoint = range.min;
    return getUniformType(context, range, std::ldexp(1.0, -int(upTo(5))), zeroPoint);
  }
  /// 32-bit sums, or now and then the narrowest type that holds them.
  UniformQuantizedType sumType(CodeRange range, double scale) {
    if (chance(4))
      return getUniformType(context, range, scale);
    return UniformQuantizedType::get(QuantizationFlags::Signed, builder.getI32Type(),
                                     builder.getF32Type(), scale, 0, range.min, range.max);
  }
  static UniformQuantizedType typeOf(Value value) {
    return cast<UniformQuantizedType>(getElementTypeOrSelf(value.getType()));
  }
  static ArrayRef<int64_t> shapeOf(Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  }
  RankedTensorType tensor(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }

  int64_t randomCode(CodeRange range) {
    if (chance(4))
      return chance(2) ? range.min : range.max;
    return between(range.min, range.max);
  }
  Value parameter(ArrayRef<int64_t> shape, QuantizedType type) {
    CodeRange range = getCodeRange(type);
    unsigned width = type.getStorageTypeIntegralWidth();
    SmallVector<APInt> codes;
    for (int64_t i = 0; i < ShapedType::getNumElements(shape); ++i)
      codes.emplace_back(width, uint64_t(randomCode(range)), /*isSigned=*/true, /*trunc=*/true);
    auto storage = IntegerType::get(
        context, width, type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
    auto global = addParameter(*module, "w" + std::to_string(counter++), tensor(shape, type),
                               DenseElementsAttr::get(tensor(shape, storage), codes));
    return loadParameter(builder, loc, global);
  }
  Value scalarConstant(UniformQuantizedType type, int64_t code) {
    auto storage =
        IntegerType::get(context, type.getStorageTypeIntegralWidth(),
                         type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
    auto dense = DenseElementsAttr::get(tensor({1}, storage),
                                        APInt(storage.getWidth(), uint64_t(code), true, true));
    return tosa::ConstOp::create(builder, loc, dense.getType(), dense);
  }
  Value shapeConstant(ArrayRef<int64_t> sizes) {
    auto attr = DenseIntElementsAttr::get(
        RankedTensorType::get({int64_t(sizes.size())}, builder.getIndexType()), sizes);
    return tosa::ConstShapeOp::create(builder, loc, tosa::shapeType::get(context, sizes.size()),
                                      attr);
  }

  /// A window that fits `value`; `exact` where TOSA wants strides to come out even.
  std::optional<Window> pickWindow(Value value, bool exact, bool dilate = true) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      Window window;
      bool fits = true;
      for (int dim : {0, 1}) {
        window.kernel[dim] = upTo(3);
        window.stride[dim] = upTo(2);
        window.dilation[dim] = dilate ? upTo(2) : 1;
        window.pad[2 * dim] = random() % window.kernel[dim];
        window.pad[2 * dim + 1] = random() % window.kernel[dim];
        int64_t room = shapeOf(value)[dim + 1] + window.padBefore(dim) + window.padAfter(dim) -
                       window.extent(dim);
        fits &= room >= 0 && (!exact || room % window.stride[dim] == 0);
      }
      if (fits)
        return window;
    }
    return std::nullopt;
  }
  RankedTensorType outputType(Value value, const Window &window, int64_t channels, Type element) {
    return tensor({1, window.outputSize(0, shapeOf(value)[1]),
                   window.outputSize(1, shapeOf(value)[2]), channels},
                  element);
  }

  /// A random requantization of `value` to `type` that spreads it over the range, or not.
  Value requantize(Value value, Type type, bool sane = true) {
    CodeRange from = getCodeRange(getElementTypeOrSelf(value.getType()));
    CodeRange to = getCodeRange(type);
    int64_t channels = chance(2) ? shapeOf(value).back() : 1;
    SmallVector<int32_t> multipliers;
    SmallVector<int64_t> offsets;
    SmallVector<int8_t> shifts;
    for (int64_t c = 0; c < channels; ++c) {
      double span = std::max<double>(1, double(from.max) - double(from.min));
      double factor =
          (double(to.max) - double(to.min)) / span * std::exp2(double(random() % 5) - 2);
      if (chance(3))
        factor = std::exp2(std::round(std::log2(factor)));
      if (chance(2))
        factor = -factor;
      double middle = (double(to.max) + double(to.min)) / 2 -
                      factor * (double(from.max) + double(from.min)) / 2;
      auto point = toFixedPoint(factor, middle, from);
      if (!sane && chance(3))
        point = FixedPoint{chance(2) ? INT32_MIN : INT32_MAX, between(-1000, 1000),
                           int8_t(between(0, 62))};
      multipliers.push_back(point->multiplier);
      offsets.push_back(point->offset);
      shifts.push_back(point->shift);
    }
    auto elements = [&](auto values, Type element) {
      return DenseElementsAttr::get(tensor({channels}, element), ArrayRef(values));
    };
    return RequantizeOp::create(
        builder, loc, tensor(shapeOf(value), type), value,
        elements(multipliers, builder.getI32Type()), elements(offsets, builder.getI64Type()),
        elements(shifts, builder.getI8Type()),
        RoundingAttr::get(context, chance(4) ? Rounding::Floor : Rounding::HalfUp));
  }

  // Steps. Each takes values of at most 16 bits and adds one.
  void addStep() {
    Value value = chance(3) ? pick(values) : values.back();
    switch (random() % 12) {
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

  /// A packed filter of random codes of a random kind of powers of two, unpacked.
  Value levels(ArrayRef<int64_t> shape, ArrayRef<double> scales, int32_t axis) {
    bool additive = chance(2);
    int bits = int(between(2, 5));
    auto element = PowerOfTwoType::get(context, bits, true, additive, additive || chance(2),
                                       builder.getDenseF64ArrayAttr(scales), axis);
    PowerOfTwoLevels set = element.getLevels();
    auto type = tensor(shape, element);
    std::vector<uint8_t> codes(type.getNumElements());
    for (uint8_t &code : codes)
      code = *set.encode(set.sorted()[random() % set.sorted().size()]);
    auto global = addParameter(*module, "codes", type, packCodes(type, codes, "codes"));
    CodeRange range = {set.sorted().front(), set.largest()};
    Type uniform = axis < 0 ? Type(getUniformType(context, range, scales[0]))
                            : Type(getPerAxisType(context, range, scales, axis));
    return DecodeOp::create(builder, loc, tensor(shape, uniform),
                            loadParameter(builder, loc, global));
  }

  Value filterZero(Value filter) {
    auto width = getStorageType(getElementTypeOrSelf(filter.getType())).getWidth();
    int64_t limit = (int64_t(1) << (width - 1)) - 1;
    return scalarConstant(getUniformType(context, {-limit, limit}, 1.0), 0);
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

  Value bias(int64_t filters) {
    SmallVector<int32_t> codes(chance(2) ? 1 : filters);
    for (int32_t &code : codes)
      code = int32_t(between(-1000, 1000));
    auto dense = DenseElementsAttr::get(tensor({int64_t(codes.size())}, builder.getI32Type()),
                                        ArrayRef<int32_t>(codes));
    return tosa::ConstOp::create(builder, loc, dense.getType(), dense);
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

  void addMovement(Value value) {
    ArrayRef<int64_t> shape = shapeOf(value);
    UniformQuantizedType type = typeOf(value);
    switch (random() % 5) {
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

  MLIRContext *context;
  OpBuilder builder;
  Location loc;
  std::mt19937 random;
  bool mulFree;
  OwningOpRef<ModuleOp> module;
  SmallVector<Value> values;
  int counter = 0;
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

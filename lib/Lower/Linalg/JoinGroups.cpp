//===- JoinGroups.cpp - one sum for the groups of a convolution -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Lower/Kernels/Kernel.h"
#include "Reductions.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Kernels.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_JOINGROUPS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-join-groups"

namespace {

/// The numbers of a constant shape; empty where it is none.
SmallVector<int64_t> readShape(Value value) {
  auto constant = value.getDefiningOp<tosa::ConstShapeOp>();
  if (!constant)
    return {};
  return llvm::map_to_vector(constant.getValues().getValues<APInt>(),
                             [](const APInt &number) { return number.getSExtValue(); });
}

/// The only element of a constant.
std::optional<int64_t> readNumber(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<int64_t> numbers = elements ? getIntegers(elements) : std::vector<int64_t>();
  return numbers.size() == 1 ? std::optional(numbers.front()) : std::nullopt;
}

/// Adds to `all` the one of `numbers`, of that shape, for each of `count` channels; fails where
/// they are of places.
bool spread(ArrayRef<int64_t> numbers, ArrayRef<int64_t> shape, int64_t count,
            SmallVectorImpl<int64_t> &all) {
  if (numbers.size() == 1)
    all.append(count, numbers.front());
  else if (int64_t(numbers.size()) == count && shape.back() == count)
    llvm::append_range(all, numbers);
  else
    return false;
  return true;
}

/// Convolutions of slices of one value that lie side by side, requantized and put together again.
class Groups {
public:
  explicit Groups(tosa::ConcatOp concat) : concat(concat) {}

  /// Whether it is one.
  bool read() {
    auto type = dyn_cast<RankedTensorType>(concat.getType());
    if (!type || type.getRank() != 4 || concat.getAxis() != 3 || concat.getNumOperands() < 2)
      return false;
    return llvm::all_of(concat.getOperands(), [&](Value part) { return readPart(part); }) &&
           fitsWideProducts();
  }

  /// The same by one sum of a kernel; null where none computes it.
  Value build(OpBuilder &b, TargetAttr target) {
    Location loc = concat.getLoc();
    Value input = takeInput(b);
    auto type = cast<RankedTensorType>(input.getType());
    Type storage = getStorageType(type.getElementType());
    auto codes = quant::StorageCastOp::create(b, loc, type.clone(storage), input);
    Value padded = padInput(b, loc, codes, window, getCodeAttr(b, storage, zeroPoint));
    SmallVector<Operation *> layers(convolutions.begin(), convolutions.end());
    Value sums = lowerByKernel(b, {concat, padded, window, target, layers});
    if (!sums) {
      // Without padding, both are one.
      if (padded != codes.getResult())
        padded.getDefiningOp()->erase();
      codes.erase();
      if (input != source)
        input.getDefiningOp()->erase();
      return {};
    }
    // It stands for all of them.
    sums.setLoc(FusedLoc::get(b.getContext(), llvm::map_to_vector(layers, [](Operation *layer) {
                                return layer->getLoc();
                              })));
    auto sumType = cast<RankedTensorType>(concat.getType())
                       .clone(getPerAxisType(b.getContext(), sumRange, scales, /*axis=*/3));
    Value stored = storeSums(b, loc, sums, sumType);
    return requantize(b, quant::StorageCastOp::create(b, loc, sumType, stored));
  }

private:
  bool readPart(Value part) {
    auto requantize = part.getDefiningOp<RequantizeOp>();
    auto convolution =
        requantize ? requantize.getInput().getDefiningOp<tosa::Conv2DOp>() : tosa::Conv2DOp();
    auto slice =
        convolution ? convolution.getInput().getDefiningOp<tosa::SliceOp>() : tosa::SliceOp();
    if (!slice || !requantize->hasOneUse() || !convolution->hasOneUse())
      return false;
    return readSlice(slice) && readConvolution(convolution) && readRequantize(requantize);
  }

  bool readSlice(tosa::SliceOp slice) {
    SmallVector<int64_t> start = readShape(slice.getStart()), size = readShape(slice.getSize());
    if (start.size() != 4 || size.size() != 4 ||
        !isa<quant::UniformQuantizedType>(getElementTypeOrSelf(slice.getType())))
      return false;
    if (convolutions.empty()) {
      source = slice.getInput1();
      begin = start;
      extent = size;
      return true;
    }
    SmallVector<int64_t> expected = begin;
    expected[3] += extent[3] * int64_t(convolutions.size());
    return slice.getInput1() == source && start == expected && size == extent;
  }

  bool readConvolution(tosa::Conv2DOp op) {
    std::optional<int64_t> zero = readNumber(op.getInputZp());
    auto sums = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(op.getType()));
    auto filter = dyn_cast<RankedTensorType>(op.getWeight().getType());
    if (!zero || !sums || !filter || filter.getRank() != 4)
      return false;
    CodeRange range = getCodeRange(sums);
    if (convolutions.empty()) {
      zeroPoint = *zero;
      window = {{filter.getDimSize(1), filter.getDimSize(2)},
                {op.getPad()[0], op.getPad()[1], op.getPad()[2], op.getPad()[3]},
                {op.getStride()[0], op.getStride()[1]},
                {op.getDilation()[0], op.getDilation()[1]}};
      sumRange = range;
    }
    tosa::Conv2DOp first = convolutions.empty() ? op : convolutions.front();
    if (*zero != zeroPoint || op.getPad() != first.getPad() ||
        op.getStride() != first.getStride() || op.getDilation() != first.getDilation() ||
        filter.getShape() != cast<RankedTensorType>(first.getWeight().getType()).getShape())
      return false;
    sumRange = {std::min(sumRange.min, range.min), std::max(sumRange.max, range.max)};
    if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(sums))
      llvm::append_range(scales, perAxis.getScales());
    else
      scales.append(filter.getDimSize(0), cast<quant::UniformQuantizedType>(sums).getScale());
    convolutions.push_back(op);
    return true;
  }

  bool readRequantize(RequantizeOp op) {
    int64_t filters = cast<RankedTensorType>(op.getType()).getDimSize(3);
    ArrayRef<int64_t> shape = cast<ShapedType>(op.getMultiplier().getType()).getShape();
    return spread(getIntegers(op.getMultiplier()), shape, filters, multipliers) &&
           spread(getRoundingOffsets(op), shape, filters, offsets) &&
           spread(getIntegers(op.getShift()), shape, filters, shifts);
  }

  /// Whether no product plus offset leaves 64 bits where every channel has all codes of `sumRange`
  /// (requantize_c3).
  bool fitsWideProducts() const {
    using Wide = __int128;
    for (auto [multiplier, offset] : llvm::zip(multipliers, offsets))
      for (int64_t code : {sumRange.min, sumRange.max})
        if (Wide sum = Wide(code) * multiplier + offset; sum != int64_t(sum))
          return false;
    return true;
  }

  /// All channels that the groups read.
  Value takeInput(OpBuilder &b) {
    SmallVector<int64_t> size = extent;
    size[3] *= int64_t(convolutions.size());
    auto type = cast<RankedTensorType>(source.getType());
    if (type.getShape() == ArrayRef(size))
      return source;
    auto makeShape = [&](ArrayRef<int64_t> numbers) -> Value {
      return tosa::ConstShapeOp::create(b, concat.getLoc(), tosa::shapeType::get(b.getContext(), 4),
                                        b.getIndexTensorAttr(numbers));
    };
    return tosa::SliceOp::create(b, concat.getLoc(), type.clone(size), source, makeShape(begin),
                                 makeShape(size));
  }

  Value requantize(OpBuilder &b, Value sums) {
    auto dense = [&](ArrayRef<int64_t> numbers, auto element) {
      SmallVector<decltype(element)> narrowed(numbers.begin(), numbers.end());
      auto type =
          RankedTensorType::get({int64_t(numbers.size())}, b.getIntegerType(8 * sizeof(element)));
      return DenseElementsAttr::get(type, ArrayRef(narrowed));
    };
    return RequantizeOp::create(b, concat.getLoc(), concat.getType(), sums,
                                dense(multipliers, int32_t()), dense(offsets, int64_t()),
                                dense(shifts, int8_t()), Rounding::Floor);
  }

  tosa::ConcatOp concat;
  Value source;
  SmallVector<int64_t> begin, extent; ///< of the first slice
  SmallVector<tosa::Conv2DOp> convolutions;
  Window window;
  int64_t zeroPoint = 0;
  CodeRange sumRange; ///< of all sums
  SmallVector<double> scales;
  SmallVector<int64_t> multipliers, offsets, shifts; ///< one a filter; offsets with the half
};

struct JoinGroups : tally::impl::JoinGroupsBase<JoinGroups> {
  using JoinGroupsBase::JoinGroupsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    JoinGroupsBase::getDependentDialects(registry);
    registerKernels(registry);
  }

  void runOnOperation() override {
    TargetAttr target = getTarget(getOperation());
    ParameterIndex parameters(getOperation());
    SmallVector<tosa::ConcatOp> concats;
    getOperation().walk([&](tosa::ConcatOp op) { concats.push_back(op); });
    for (tosa::ConcatOp concat : concats) {
      Groups groups(concat);
      OpBuilder builder(concat);
      Value joined = groups.read() ? groups.build(builder, target) : Value();
      if (!joined)
        continue;
      LDBG() << "'" << getLayerName(concat) << "': one sum for " << concat.getNumOperands()
             << " groups";
      concat.getOutput().replaceAllUsesWith(joined);
      eraseUnused(concat);
    }
  }

  /// Erases `op` and what was there for it alone.
  static void eraseUnused(Operation *op) {
    SmallVector<Operation *> pending = {op};
    while (!pending.empty()) {
      Operation *next = pending.pop_back_val();
      llvm::SmallSetVector<Operation *, 4> sources;
      for (Value operand : next->getOperands())
        if (Operation *source = operand.getDefiningOp())
          sources.insert(source);
      next->erase();
      for (Operation *source : sources)
        if (source->use_empty() && isa<RequantizeOp, tosa::Conv2DOp, tosa::SliceOp>(source))
          pending.push_back(source);
    }
  }
};

} // namespace

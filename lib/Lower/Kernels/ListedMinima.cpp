//===- ListedMinima.cpp - sums of minima with the weights that count ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Adder layers on cores without vectors that know no absolute differences of bytes:
//
//   y[n, oh, ow, f] = start[f] - box[n, oh, ow] + 2 sum over listed w of min(x, w)
//
// x bytes `[N, H, W, C]`, read at the places that the lists of f name (WeightLists.h); box
// `[N, OH, OW]`, of 16 or 32 bits, the sums of windows of x, which all filters share; start `[F]`,
// 32 bits, with what weights add themselves. Inputs: x, the lists' bytes, where those of each
// filter begin (`[F]`, 32 bits), start and box.
//
// Parameters: `stride`, `dilation`, `window` (array<i64>, two each), `signed` (bool: x, weights and
// box).
//
//===----------------------------------------------------------------------===//

#include "AdderBytes.h"
#include "Lower/Linalg/Reductions.h"
#include "Lower/Steps/LoopNest.h"
#include "Lower/Steps/Storage.h"
#include "WeightLists.h"
#include "WindowSums.h"
#include "WordSum.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {
namespace {

using Indices = Kernel::Indices;

enum Input { X, Lists, First, Start, Box };

/// The runs of a window, of single bytes.
ByteRuns getRuns(KernelOp op) { return ByteRuns(op, /*unit=*/1, /*block=*/1); }

/// The sums of minima of a few outputs with the listed weights of one filter.
class MinimaSums {
public:
  MinimaSums(StepBuilder &steps, KernelOp op, Value x, Value lists, Value first)
      : steps(steps), b(steps.builder), loc(steps.loc), op(op), runs(getRuns(op)), x(x),
        lists(lists), first(first),
        isSigned(op.getParameters().getAs<BoolAttr>("signed").getValue()) {}

  SmallVector<Value> build(ArrayRef<Indices> members) {
    outputs = members;
    Value start = arith::IndexCastUIOp::create(
        b, loc, b.getIndexType(),
        memref::LoadOp::create(b, loc, first, steps.materialize(members[0][3])));
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    SmallVector<Value> carried(members.size(), zero); // and where the stream goes on
    carried.push_back(start);
    LoopNest nest(steps, carried);
    row = runs.rows > 1 ? nest.enter(runs.rows) : b.getAffineConstantExpr(0);
    column = runs.columns > 1 ? nest.enter(runs.columns) : b.getAffineConstantExpr(0);
    carried.assign(nest.carried().begin(), nest.carried().end());
    int64_t whole = runs.bytes / WeightLists::kMostPlaces;
    {
      LoopNest segments(steps, carried);
      AffineExpr segment = b.getAffineConstantExpr(0);
      if (whole > 1)
        segment = segments.enter(whole);
      carried.assign(segments.carried().begin(), segments.carried().end());
      if (whole > 0)
        addSegment(carried, segment * WeightLists::kMostPlaces);
      carried = segments.leave(carried);
    }
    if (runs.bytes % WeightLists::kMostPlaces != 0)
      addSegment(carried, b.getAffineConstantExpr(whole * WeightLists::kMostPlaces));
    carried = nest.leave(carried);
    carried.pop_back();
    return carried;
  }

private:
  /// The terms of the segment that begins at that byte of the run.
  void addSegment(SmallVector<Value> &carried, AffineExpr begin) {
    constexpr int64_t kTogether = WeightLists::kTogether;
    AffineExpr at = steps.addDim(carried.pop_back_val());
    AffineExpr full = at + 2;
    AffineExpr between = full + steps.addDim(loadIndex(at)) * kTogether;
    AffineExpr end = between + steps.addDim(loadIndex(at + 1)) * (2 * kTogether);
    SmallVector<AffineExpr> bases;
    auto stride = op.getParameters().getAs<DenseI64ArrayAttr>("stride"),
         dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
    for (const Indices &member : outputs) {
      Indices index = {member[0], member[1] * stride[0] + row * dilation[0],
                       member[2] * stride[1] + column * dilation[1], b.getAffineConstantExpr(0)};
      bases.push_back(steps.getPosition(index, op.getInputs()[X]) + begin);
    }
    addEntries(carried, bases, full, between, /*size=*/1);
    addEntries(carried, bases, between, end, /*size=*/2);
    carried.push_back(steps.materialize(end));
  }

  /// The terms of the entries of so many bytes that stand from `begin` to `end`.
  void addEntries(SmallVector<Value> &sums, ArrayRef<AffineExpr> bases, AffineExpr begin,
                  AffineExpr end, int64_t size) {
    constexpr int64_t kTogether = WeightLists::kTogether;
    auto loop = scf::ForOp::create(b, loc, steps.materialize(begin), steps.materialize(end),
                                   steps.constantIndex(kTogether * size), sums);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      AffineExpr at = steps.addDim(loop.getInductionVar());
      sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
      for (int64_t i = 0; i < kTogether; ++i)
        addEntry(sums, bases, at + i * size, /*isFull=*/size == 1);
      scf::YieldOp::create(b, loc, sums);
    }
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }

  void addEntry(MutableArrayRef<Value> sums, ArrayRef<AffineExpr> bases, AffineExpr at,
                bool isFull) {
    AffineExpr place = steps.addDim(loadIndex(at));
    Value weight = isFull ? Value() : extend(load(lists, at + 1));
    for (auto [sum, base] : llvm::zip(sums, bases)) {
      Value term = extend(load(x, base + place));
      if (weight)
        term = LLVM::CallIntrinsicOp::create(b, loc, b.getI32Type(), b.getStringAttr("llvm.smin"),
                                             ValueRange{term, weight})
                   .getResult(0);
      sum = arith::AddIOp::create(b, loc, sum, term, arith::IntegerOverflowFlags::nsw);
    }
  }

  Value load(Value buffer, AffineExpr position) {
    return memref::LoadOp::create(b, loc, buffer, steps.materialize(position));
  }
  /// A byte of the lists that is a number.
  Value loadIndex(AffineExpr at) {
    Value number = arith::ExtUIOp::create(b, loc, b.getI32Type(), load(lists, at));
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), number);
  }
  Value extend(Value code) {
    if (isSigned)
      return arith::ExtSIOp::create(b, loc, b.getI32Type(), code);
    return arith::ExtUIOp::create(b, loc, b.getI32Type(), code);
  }

  StepBuilder &steps;
  OpBuilder &b;
  Location loc;
  KernelOp op;
  ByteRuns runs;
  Value x, lists, first;
  bool isSigned;
  ArrayRef<Indices> outputs;
  AffineExpr row, column;
};

struct ListedMinima : Kernel {
  StringRef name() const override { return "listed-minima"; }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op || layer.target.getLanes() != 1 ||
        !isa<quant::QuantizedType>(op.getInput().getType().getElementType()))
      return {};
    if (op.getGroup() != 1)
      return decline(layer, "it has groups of channels");
    Type input = op.getInput().getType().getElementType();
    CodeRange codes = getInputCodes(op, /*trustsCaller=*/true);
    AdderBytes weights(op, codes);
    if (!weights.obstacle.empty())
      return decline(layer, weights.obstacle);
    // Codes of few bits can be read by words, and their weights take as few.
    bool byWords = WordSumKernel::findObstacle(layer).empty();
    int64_t span = codes.max - codes.min, size = weights.bytes.size();
    if (byWords && span <= 15)
      return decline(layer, "four of its codes are compared at once");
    int64_t otherwise = byWords && span <= 31 ? (5 * size + 7) / 8 : size;
    ByteRuns runs(layer.window.kernel, layer.window.dilation,
                  cast<RankedTensorType>(layer.padded.getType()).getDimSize(3), 1, 1);
    WeightLists lists(runs, weights.bytes, weights.start.size(), codes);
    std::string account = describe(lists, size, otherwise);
    if (!pay(lists, otherwise))
      return decline(layer, account);
    layer.why = account;
    return create(builder, layer, weights, lists, codes, !hasUnsignedStorage(input));
  }

  LogicalResult verify(KernelOp op) const override {
    DictionaryAttr parameters = op.getParameters();
    std::optional<Window> window = getWindow(op);
    if (parameters.size() != 4 || !window || !parameters.getAs<BoolAttr>("signed"))
      return op.emitOpError()
             << "requires 'stride', 'dilation', 'window' (two numbers above 0 each) and 'signed' "
                "alone (kernel_c2), but got "
             << parameters;
    TypeRange types = op.getInputs().getTypes();
    if (types.size() != 5 || !isTensorOf(types[X], 8, 4) || !isTensorOf(types[Lists], 8, 1) ||
        !isTensorOf(types[First], 32, 1) || !isTensorOf(types[Start], 32, 1) ||
        !(isTensorOf(types[Box], 16, 3) || isTensorOf(types[Box], 32, 3)) ||
        !isTensorOf(op.getType(), 32, 4))
      return op.emitOpError() << "requires bytes [N, H, W, C], bytes, i32 [F], i32 [F] and i16 or "
                                 "i32 [N, OH, OW] for i32 [N, OH, OW, F] (kernel_c2), but got "
                              << types << " for " << op.getType();
    ArrayRef<int64_t> x = cast<RankedTensorType>(types[X]).getShape(),
                      box = cast<RankedTensorType>(types[Box]).getShape(),
                      y = cast<RankedTensorType>(op.getType()).getShape();
    int64_t filters = cast<RankedTensorType>(types[Start]).getDimSize(0);
    int64_t outputs[] = {x[0], window->outputSize(0, x[1]), window->outputSize(1, x[2]), filters};
    if (y != ArrayRef<int64_t>(outputs) || box != ArrayRef<int64_t>(outputs).drop_back() ||
        cast<RankedTensorType>(types[First]).getDimSize(0) != filters)
      return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                              << " for " << op.getType();
    return success();
  }

  bool hasLanesAlongLast() const override { return true; }

  std::optional<TileShape> getTile(Operation *, TargetAttr target) const override {
    return TileShape{outputs(target), /*lanes=*/1, /*anyLength=*/false};
  }

  FailureOr<SmallVector<Value>> buildTile(StepBuilder &steps, Operation *op,
                                          ArrayRef<Indices> members) const override {
    auto kernel = cast<KernelOp>(op);
    if (failed(checkLists(kernel)))
      return failure();
    FailureOr<Value> x = steps.bufferFor(kernel.getInputs()[X]),
                     lists = steps.bufferFor(kernel.getInputs()[Lists]),
                     first = steps.bufferFor(kernel.getInputs()[First]);
    if (failed(x) || failed(lists) || failed(first))
      return failure();
    // Lists are of one filter.
    SmallVector<Value> results(members.size());
    for (size_t begin = 0; begin < members.size(); ++begin) {
      if (results[begin])
        continue;
      SmallVector<Indices> together;
      SmallVector<size_t> places;
      for (size_t i = begin;
           i < members.size() && int64_t(together.size()) < outputs(steps.getTarget()); ++i)
        if (!results[i] && steps.simplify(members[i][3] - members[begin][3]) == 0) {
          together.push_back(members[i]);
          places.push_back(i);
        }
      SmallVector<Value> sums = MinimaSums(steps, kernel, *x, *lists, *first).build(together);
      for (auto [place, sum] : llvm::zip(places, sums)) {
        FailureOr<Value> result = finish(steps, kernel, members[place], sum);
        if (failed(result))
          return failure();
        results[place] = *result;
      }
    }
    return results;
  }

private:
  /// Those that share what is read of the lists. Cores with eight registers for most instructions
  /// have none left for a second one.
  static int64_t outputs(TargetAttr target) {
    bool isSmall = llvm::Triple(target.getArch()).getSubArch() == llvm::Triple::ARMSubArch_v6m;
    return isSmall ? 1 : 4;
  }

  static int64_t countBytes(const WeightLists &lists) {
    return int64_t(lists.bytes.size() + 4 * lists.first.size());
  }

  /// Whether to prefer lists to `otherwise` bytes of weights. Instructions follow bytes: a weight
  /// that is not listed takes none of either, a full one a byte and four instructions, others two
  /// bytes and seven. Without lists each takes seven at least, so that those of up to a byte and a
  /// quarter a weight are the faster ones by far.
  static bool pay(const WeightLists &lists, int64_t otherwise) {
    return 4 * countBytes(lists) <= 5 * otherwise;
  }

  static std::string describe(const WeightLists &lists, int64_t weights, int64_t otherwise) {
    auto percent = [&](int64_t part) {
      return std::to_string((100 * part + weights / 2) / weights) + " %";
    };
    return "of its weights " + percent(weights - lists.full - lists.between) +
           " lie at the lowest code of its input, " + percent(lists.full) +
           " at the highest: " + std::to_string(countBytes(lists)) +
           " bytes of lists in place of " + std::to_string(otherwise);
  }

  Value create(OpBuilder &builder, const KernelLayer &layer, const AdderBytes &weights,
               const WeightLists &lists, CodeRange codes, bool isSigned) const {
    Location loc = layer.op->getLoc();
    int64_t filters = weights.start.size(), terms = weights.bytes.size() / filters;
    std::vector<int32_t> start;
    for (int64_t f = 0; f < filters; ++f) {
      int64_t sum = terms * codes.min;
      for (uint8_t weight : ArrayRef(weights.bytes).slice(f * terms, terms))
        sum += weight;
      start.push_back(int32_t(uint32_t(weights.start[f] + lists.low[f] - sum)));
    }
    auto numbers = [&](ArrayRef<int32_t> values) -> Value {
      auto type = RankedTensorType::get({int64_t(values.size())}, builder.getI32Type());
      return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, values));
    };
    Value bytes = addBytes(builder, layer.op, layer.op->getOperand(1),
                           {int64_t(lists.bytes.size())}, lists.bytes);
    Value box =
        buildWindowSums(builder, withPart(loc, "box"), layer.padded, layer.window, codes, isSigned);
    NamedAttribute parameters[] = {
        builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
        builder.getNamedAttr("signed", builder.getBoolAttr(isSigned)),
        builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride)),
        builder.getNamedAttr("window", builder.getDenseI64ArrayAttr(layer.window.kernel))};
    auto output = cast<RankedTensorType>(layer.op->getResult(0).getType());
    return KernelOp::create(
        builder, loc, RankedTensorType::get(output.getShape(), builder.getI32Type()), name(),
        ValueRange{layer.padded, bytes, numbers(lists.first), numbers(start), box},
        builder.getDictionaryAttr(parameters));
  }

  /// Lists say where is read: those that are not as they are made would read anywhere.
  static LogicalResult checkLists(KernelOp op) {
    ElementsAttr bytes = getConstantTensor(getStorageBase(op.getInputs()[Lists])),
                 first = getConstantTensor(getStorageBase(op.getInputs()[First]));
    if (!bytes || !first)
      return op.emitOpError() << "requires constant lists";
    std::vector<uint8_t> stream;
    for (int64_t byte : getIntegers(bytes))
      stream.push_back(uint8_t(byte));
    if (!areWeightLists(getRuns(op), stream, getIntegers(first)))
      return op.emitOpError() << "requires lists of places within the window";
    return success();
  }

  static FailureOr<Value> finish(StepBuilder &steps, KernelOp op, const Indices &member,
                                 Value sum) {
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    FailureOr<Value> start = steps.elementOf(op.getInputs()[Start], {member[3]}),
                     box = steps.elementOf(op.getInputs()[Box],
                                           Indices(ArrayRef(member).drop_back()));
    if (failed(start) || failed(box))
      return failure();
    Value inputs = *box;
    if (inputs.getType().isInteger(16)) {
      bool isSigned = op.getParameters().getAs<BoolAttr>("signed").getValue();
      inputs = isSigned ? Value(arith::ExtSIOp::create(b, loc, b.getI32Type(), inputs))
                        : Value(arith::ExtUIOp::create(b, loc, b.getI32Type(), inputs));
    }
    Value one = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
    Value twice = arith::ShLIOp::create(b, loc, sum, one);
    Value rest = arith::SubIOp::create(b, loc, *start, inputs);
    return arith::AddIOp::create(b, loc, rest, twice).getResult();
  }
};

} // namespace

const Kernel *getListedMinimaKernel() {
  static const ListedMinima kernel;
  return &kernel;
}

} // namespace tally

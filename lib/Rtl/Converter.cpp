//===- Converter.cpp - operations become stages and expressions -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Converter.h"

#include "Rtl/Refuse.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"
#include <functional>
#include <numeric>

using namespace mlir;

#define DEBUG_TYPE "tally-to-rtl"

namespace tally {

static int64_t elementsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}
static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

LogicalResult Converter::convert(Operation &op) {
  if (llvm::all_of(op.getOperands(), [&](Value value) { return constants.contains(value); }))
    return evaluate(op);
  if (auto requantize = dyn_cast<RequantizeOp>(op))
    return places.contains(requantize.getOutput()) ? success() : convertRequantize(requantize);
  if (isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp, MultiplyOp>(op))
    return convertPair(op);
  if (isa<tosa::ReshapeOp, tosa::IdentityOp>(op))
    return settle(op.getResult(0), places.lookup(op.getOperand(0)));
  if (isa<TableOp, SnapOp>(op))
    return convertFunction(op);
  if (isa<tosa::SliceOp, tosa::PadOp, tosa::TransposeOp>(op))
    return convertMove(op);
  if (auto take = dyn_cast<TakeOp>(op))
    return convertTake(op, take.getAxis(), take.getIndices());
  if (auto shuffle = dyn_cast<ShuffleChannelsOp>(op))
    return convertTake(op, shuffle.getType().getRank() - 1, shuffle.getPermutation());
  if (auto concat = dyn_cast<tosa::ConcatOp>(op))
    return convertConcat(concat);
  if (isa<tosa::MaxPool2dOp, SumPool2DOp, BoxSumOp>(op))
    return convertPool(op);
  if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, AdderConv2DOp>(op))
    return convertLayer(op);
  return refuseLayer(&op, "is " + op.getName().getStringRef());
}

void Converter::setInput(Value argument, Place place) { (void)settle(argument, place); }

static LogicalResult refuseWidth(Operation &op) {
  return refuseLayer(&op, "needs more than 62 bits for a scaled code");
}

static LogicalResult refuseLoops(Operation &op) {
  return refuseLayer(&op, "moves codes in more than " + Twine(kMoveLoops) + " loops");
}

LogicalResult Converter::evaluate(Operation &op) {
  SmallVector<Tensor> operands;
  for (Value operand : op.getOperands())
    operands.push_back(constants.lookup(operand));
  FailureOr<Tensor> result = interpretOperation(&op, operands);
  if (failed(result))
    return failure();
  constants[op.getResult(0)] = std::move(*result);
  return success();
}

/// Whether `user` takes `value` code by code, from a stage as well as from a map.
static bool passesOn(Value value, Operation *user) {
  if (auto requantize = dyn_cast<RequantizeOp>(user))
    return scalesAlike(requantize);
  if (isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp, MultiplyOp>(user))
    return shapeOf(value) == shapeOf(user->getResult(0));
  return isa<tosa::ReshapeOp, tosa::IdentityOp, TableOp, SnapOp>(user);
}

static StringRef nameOf(Value value) {
  return value.getDefiningOp() ? getLayerName(value.getDefiningOp()) : "input";
}

/// Stores what more than one operation reads, or one at addresses of its own.
LogicalResult Converter::settle(Value value, Place place) {
  Operation *op = value.getDefiningOp();
  if (place.stage && (!op || names.contains(op)))
    circuit.call(place.code.wire, op ? names.lookup(op) : "");
  places[value] = place;
  if (!value.hasOneUse() || !passesOn(value, *value.getUsers().begin())) {
    LDBG() << value.getLoc() << ": '" << nameOf(value) << "' becomes a memory";
    (void)stored(value);
  }
  return success();
}

Place Converter::stored(Value value) {
  Place &place = places[value];
  return place = circuit.store(value.getLoc(), nameOf(value), elementsOf(value), place);
}

std::vector<int64_t> Converter::numbersOf(Value value) {
  std::vector<int64_t> numbers;
  const Tensor &tensor = constants.find(value)->second;
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    numbers.assign(data, data + tensor.size());
  });
  return numbers;
}

//===----------------------------------------------------------------------===//
// Code by code
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertRequantize(RequantizeOp op) {
  CodeRange clamp = getCodeRange(getElementTypeOrSelf(op.getOutput().getType()));
  if (scalesAlike(op)) {
    Place place = places.lookup(op.getInput());
    if (failed(circuit.scalePlace(op.getLoc(), place, Scalings(op)[0], clamp)))
      return refuseWidth(*op);
    return settle(op.getOutput(), place);
  }
  // Where constants follow the last dimension alone, it gives their number, else the elements.
  int64_t elements = elementsOf(op.getOutput());
  int64_t channels = scalesByChannel(op) ? shapeOf(op.getOutput()).back() : elements;
  Place input = stored(op.getInput());
  LayerSums sums = getCodeSums(elements / channels, channels, input.code.range);
  std::optional<ScaleTable> table = makeScaleTable(sums, op, clamp);
  if (!table)
    return refuseWidth(*op);
  FailureOr<Place> place = circuit.addSums(op, "", sums, std::move(*table), input);
  return failed(place) ? failure() : settle(op.getOutput(), *place);
}

Place Converter::handOn(Operation &op, Value value) {
  return circuit.handOn(op.getLoc(), getLayerName(&op), elementsOf(value), places.lookup(value));
}

/// Both operands of `op`, code by code.
std::pair<Place, Place> Converter::meet(Operation &op) {
  Value result = op.getResult(0), one = op.getOperand(0), other = op.getOperand(1);
  for (Value constant : {one, other}) {
    std::vector<int64_t> numbers;
    if (constants.contains(constant))
      numbers = numbersOf(constant);
    Value rest = constant == one ? other : one;
    if (numbers.empty() || !llvm::all_equal(numbers) || shapeOf(rest) != shapeOf(result))
      continue;
    Place place = handOn(op, rest), number = place;
    number.code = constantNumber(b, op.getLoc(), numbers.front());
    return constant == one ? std::pair(number, place) : std::pair(place, number);
  }
  if (constants.contains(one) || constants.contains(other) || shapeOf(one) != shapeOf(other))
    return meetMoved(op);
  return circuit.meet(op.getLoc(), getLayerName(&op), elementsOf(result), places.lookup(one),
                      places.lookup(other));
}

/// The same where one is a constant, or has fewer codes than the result.
std::pair<Place, Place> Converter::meetMoved(Operation &op) {
  Value result = op.getResult(0);
  std::vector<MovedPlace> moves;
  for (Value operand : op.getOperands().take_front(2)) {
    MovedPlace moved;
    if (constants.contains(operand))
      moved.constants = numbersOf(operand);
    else
      moved.place = stored(operand);
    moved.move = moveBroadcast(shapeOf(operand), shapeOf(result));
    // A memory answers at one address.
    if (!moves.empty() && moved.place.map && moved.place.map == moves[0].place.map)
      moved.place =
          circuit.store(op.getLoc(), nameOf(operand), elementsOf(operand), handOn(op, operand));
    moves.push_back(std::move(moved));
  }
  std::vector<Place> met =
      circuit.addMoves(op.getLoc(), getLayerName(&op), elementsOf(result), moves);
  return {met[0], met[1]};
}

LogicalResult Converter::convertPair(Operation &op) {
  for (Value operand : op.getOperands().take_front(2))
    if (collapse(moveBroadcast(shapeOf(operand), shapeOf(op.getResult(0)))).size() > kMoveLoops)
      return refuseLoops(op);
  auto [one, other] = meet(op);
  Location loc = op.getLoc();
  auto centered = [&](const Number &code, Value value) {
    int64_t zero = zeroPointOf(value);
    return zero == 0 ? code : subtractNumbers(b, loc, code, constantNumber(b, loc, zero));
  };
  if (isa<MultiplyOp>(op))
    one.code = circuit.multiply(loc, getLayerName(&op), centered(one.code, op.getOperand(0)),
                                centered(other.code, op.getOperand(1)));
  else
    one.code = isa<tosa::AddOp>(op)       ? addNumbers(b, loc, one.code, other.code)
               : isa<tosa::SubOp>(op)     ? subtractNumbers(b, loc, one.code, other.code)
               : isa<tosa::MaximumOp>(op) ? largerNumber(b, loc, one.code, other.code)
                                          : smallerNumber(b, loc, one.code, other.code);
  return settle(op.getResult(0), one);
}

LogicalResult Converter::convertFunction(Operation &op) {
  Place place = handOn(op, op.getOperand(0));
  StringRef name = getLayerName(&op);
  if (auto snap = dyn_cast<SnapOp>(op)) {
    PowerOfTwoLevels levels = snap.getLevelType().getLevels();
    Number count = countReached(b, op.getLoc(), place.code, snap.getThresholds());
    place.code =
        circuit.lookUp(op.getLoc(), name, count, [&](int64_t n) { return levels.sorted()[n]; });
  } else {
    auto table = cast<TableOp>(op);
    if (!constants.contains(table.getTable()))
      return refuseLayer(&op, "looks up in a table that is no constant");
    std::vector<int64_t> entries = numbersOf(table.getTable());
    int64_t lowest = getCodeRange(getElementTypeOrSelf(table.getInput().getType())).min;
    place.code = circuit.lookUp(op.getLoc(), name, place.code,
                                [&](int64_t x) { return entries[x - lowest]; });
  }
  return settle(op.getResult(0), place);
}

//===----------------------------------------------------------------------===//
// Codes elsewhere
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertMove(Operation &op) {
  FailureOr<Move> move = getMove(&op);
  if (failed(move))
    return failure();
  if (collapse(*move).size() > kMoveLoops)
    return refuseLoops(op);
  MovedPlace moved{stored(op.getOperand(0)), {}, *move};
  // What stands outside: not looked at where there is nothing.
  moved.padding = moved.place.code.range.min;
  if (auto pad = dyn_cast<tosa::PadOp>(op)) {
    if (!constants.contains(pad.getPadConst()))
      return refuseLayer(&op, "pads with what is no constant");
    moved.padding = numbersOf(pad.getPadConst()).front();
  }
  Value result = op.getResult(0);
  return settle(
      result,
      circuit.addMoves(op.getLoc(), getLayerName(&op), elementsOf(result), {moved}).front());
}

LogicalResult Converter::convertTake(Operation &op, int64_t axis, ArrayRef<int64_t> indices) {
  Value input = op.getOperand(0), result = op.getResult(0);
  ArrayRef<int64_t> shape = shapeOf(input);
  auto product = [](ArrayRef<int64_t> sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<int64_t>());
  };
  return settle(result,
                circuit.addTake(op.getLoc(), getLayerName(&op), product(shape.take_front(axis)),
                                shape[axis], product(shape.drop_front(axis + 1)), indices,
                                stored(input)));
}

/// Each operand, padded to the shape of the result.
LogicalResult Converter::convertConcat(tosa::ConcatOp op) {
  Value result = op.getResult();
  std::vector<MovedPlace> moves;
  int64_t begin = 0, axis = op.getAxis();
  for (Value operand : op.getOperands()) {
    MovedPlace moved;
    moved.move = moveAll(shapeOf(operand));
    MoveLoop &loop = moved.move[axis];
    loop.first = -begin;
    loop.rounds = shapeOf(result)[axis];
    begin += loop.size;
    if (collapse(moved.move).size() > kMoveLoops)
      return refuseLoops(*op);
    if (constants.contains(operand))
      moved.constants = numbersOf(operand);
    else
      moved.place = stored(operand);
    moves.push_back(std::move(moved));
  }
  std::vector<Place> moved =
      circuit.addMoves(op.getLoc(), getLayerName(op), elementsOf(result), moves);
  SmallVector<Number> codes;
  for (const Place &place : moved)
    codes.push_back(place.code);
  Place joined = moved.front();
  joined.code = joinNumbers(b, op.getLoc(), codes);
  return settle(result, joined);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertPool(Operation &op) {
  Value input = op.getOperand(0);
  if (shapeOf(input)[0] != 1)
    return refuseLayer(&op, "works on batches");
  bool max = isa<tosa::MaxPool2dOp>(op);
  auto reduction = cast<ReductionOpInterface>(op);
  int64_t zero = max ? 0 : zeroPointOf(input);
  Place place = circuit.addPool(&op, max, *reduction.getWindow(), zero, stored(input));
  if (zero != 0) {
    CodeRange all = {-(int64_t(1) << 40), int64_t(1) << 40};
    if (failed(
            circuit.scalePlace(op.getLoc(), place, {1, -zero * reduction.getNumTerms(), 0}, all)))
      return refuseWidth(op);
  }
  return settle(op.getResult(0), place);
}

LogicalResult Converter::convertLayer(Operation &op) {
  Place input = stored(op.getOperand(0));
  FailureOr<std::optional<LayerSums>> sums = getLayerSums(&op, input.code.range);
  if (failed(sums))
    return failure();
  // Its requantization is part of the stage where nothing else takes the sums.
  Value result = op.getResult(0);
  auto scaled =
      result.hasOneUse() ? dyn_cast<RequantizeOp>(*result.getUsers().begin()) : RequantizeOp();
  if (scaled && !scalesAlike(scaled) && !scalesByChannel(scaled))
    scaled = RequantizeOp();
  if (scaled)
    result = scaled.getOutput();
  std::optional<ScaleTable> table =
      makeScaleTable(**sums, scaled, getCodeRange(getElementTypeOrSelf(result.getType())));
  if (!table)
    return refuseWidth(op);
  FailureOr<Place> place =
      circuit.addSums(&op, origins.lookup(&op).layer, **sums, std::move(*table), input);
  return failed(place) ? failure() : settle(result, *place);
}

} // namespace tally

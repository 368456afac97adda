//===- MoveStages.cpp - stages that move codes, and look-ups --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"

using namespace mlir;

namespace tally {

static CodeRange rangeOf(ArrayRef<int64_t> values) {
  return {*llvm::min_element(values), *llvm::max_element(values)};
}

/// A word for each of `values`.
static ElementsAttr wordsOf(Builder &b, ArrayRef<int64_t> values, unsigned width) {
  auto type = RankedTensorType::get({int64_t(values.size()), 1}, b.getIntegerType(width));
  SmallVector<APInt> words;
  for (int64_t value : values)
    words.emplace_back(width, value, /*isSigned=*/true, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, words);
}

/// Parameters of tally_move but the code's: loops and the widths of their counters.
static SmallVector<std::pair<std::string, int64_t>> paramsOf(Move move) {
  move.insert(move.begin(), kMoveLoops - move.size(), MoveLoop());
  SmallVector<std::pair<std::string, int64_t>> params;
  int64_t count = 1, span = 1;
  for (auto [index, loop] : llvm::enumerate(llvm::reverse(move))) {
    std::string number = std::to_string(index);
    params.append({{"N" + number, loop.rounds},
                   {"FIRST" + number, loop.first},
                   {"STEP" + number, loop.step},
                   {"SIZE" + number, loop.size},
                   {"PLACE" + number, loop.place}});
    count = std::max(count, loop.rounds);
    span = std::max(
        {span, loop.size, std::abs(loop.first), std::abs(loop.first + loop.rounds * loop.step)});
  }
  params.append({{"POSITION", countBits(span) + 1}, {"COUNT", countBits(count)}});
  return params;
}

std::vector<Place> CircuitBuilder::addMoves(Location loc, StringRef name, int64_t depth,
                                            ArrayRef<MovedPlace> moves) {
  CircuitStage &stage = addStage((name + "_move").str());
  unsigned oAddress = countBits(depth - 1);
  std::vector<Place> results;
  for (const MovedPlace &moved : moves) {
    Number code;
    MapMemory *memory = nullptr;
    Operation *constants = nullptr;
    int64_t codes = moved.constants.size();
    if (moved.constants.empty()) {
      codes = moved.place.map->depth;
      memory = &memoryFor(loc, *moved.place.map, stage, 1, 1);
      code = wordOf(loc, moved.place, *memory).front();
    } else {
      code.range = rangeOf(moved.constants);
      code.wire = rom(loc, unique((name + "_constants").str()),
                      wordsOf(b, moved.constants, bitsOf(code.range)),
                      constant(loc, 0, countBits(codes - 1)), constants);
    }
    CodeRange range = unite(code.range, {moved.padding, moved.padding});
    unsigned width = bitsOf(range), xAddress = countBits(codes - 1);
    SmallVector<std::pair<std::string, int64_t>> named = paramsOf(collapse(moved.move));
    named.append(
        {{"A", width}, {"PAD", moved.padding}, {"XADDRESS", xAddress}, {"OADDRESS", oAddress}});
    SmallVector<std::pair<StringRef, int64_t>> params(named.begin(), named.end());
    Operation *move =
        instance(loc, results.empty() ? stage.name : unique(stage.name), "tally_move",
                 dictionary(params), {clock, reset, startToCome(loc), widen(b, loc, code, width)},
                 {1, xAddress, 1, oAddress, width});
    if (memory)
      memory->addresses.push_back(move->getResult(1));
    else
      constants->setOperand(1, move->getResult(1));
    if (results.empty()) {
      setInstance(stage, move, depth + 1);
      stage.done = move->getResult(0);
      stage.valid = move->getResult(2);
      stage.address = move->getResult(3);
    } else {
      stage.others.push_back(move);
    }
    results.push_back({{move->getResult(4), range}, &stage, nullptr, {}});
  }
  return results;
}

Place CircuitBuilder::addTake(Location loc, StringRef name, int64_t outer, int64_t size,
                              int64_t inner, ArrayRef<int64_t> rows, const Place &input) {
  CircuitStage &stage = addStage((name + "_take").str());
  MapMemory &memory = memoryFor(loc, *input.map, stage, 1, 1);
  Number code = wordOf(loc, input, memory).front();
  unsigned width = bitsOf(code.range), xAddress = countBits(input.map->depth - 1),
           rAddress = countBits(rows.size() - 1);
  int64_t depth = outer * int64_t(rows.size()) * inner;
  unsigned oAddress = countBits(depth - 1);
  SmallVector<int64_t> places;
  for (int64_t row : rows)
    places.push_back(row * inner);
  std::string table = unique((name + "_rows").str());
  Operation *begins =
      instance(loc, table, "tally_table", tableOf(loc, table, wordsOf(b, places, xAddress)),
               {constant(loc, 0, rAddress)}, {xAddress});
  Operation *take = instance(loc, stage.name, "tally_take",
                             dictionary({{"A", width},
                                         {"OUTER", outer},
                                         {"ROWS", int64_t(rows.size())},
                                         {"INNER", inner},
                                         {"SIZE", size},
                                         {"XADDRESS", xAddress},
                                         {"OADDRESS", oAddress},
                                         {"RADDRESS", rAddress},
                                         {"COUNT", countBits(std::max(outer, inner))}}),
                             {clock, reset, startToCome(loc), code.wire, begins->getResult(0)},
                             {1, xAddress, rAddress, 1, oAddress, width});
  setInstance(stage, take, depth + 1);
  begins->setOperand(0, take->getResult(2));
  memory.addresses.push_back(take->getResult(1));
  stage.done = take->getResult(0);
  stage.valid = take->getResult(3);
  stage.address = take->getResult(4);
  return {{take->getResult(5), code.range}, &stage, nullptr, {}};
}

Number CircuitBuilder::lookUp(Location loc, StringRef name, const Number &code,
                              llvm::function_ref<int64_t(int64_t)> function) {
  SmallVector<int64_t> values;
  for (int64_t x = code.range.min; x <= code.range.max; ++x)
    values.push_back(function(x));
  CodeRange range = rangeOf(values);
  // Entry 0 is that of the lowest code.
  unsigned address = countBits(values.size() - 1);
  Number index =
      *scale(b, loc, code, {1, -code.range.min, 0}, {0, code.range.max - code.range.min});
  std::string table = unique((name + "_table").str());
  Operation *found =
      instance(loc, table, "tally_table", tableOf(loc, table, wordsOf(b, values, bitsOf(range))),
               {widen(b, loc, index, address)}, {bitsOf(range)});
  return {found->getResult(0), range};
}

Number CircuitBuilder::multiply(Location loc, StringRef name, const Number &one,
                                const Number &other) {
  auto [low, high] =
      std::minmax({one.range.min * other.range.min, one.range.min * other.range.max,
                   one.range.max * other.range.min, one.range.max * other.range.max});
  bool signedX = hasSign(one.range), signedW = hasSign(other.range);
  unsigned x = std::max(bitsOf(one.range), 2u), w = std::max(bitsOf(other.range), 2u),
           width = x + w + (!signedX && !signedW);
  // Booth's digits: additions of shifted copies. A term comes in two parts.
  Operation *term = instance(loc, unique((name + "_product").str()), "tally_term",
                             dictionary({{"KIND", 2},
                                         {"A", x},
                                         {"W", w},
                                         {"X_SIGNED", signedX},
                                         {"W_SIGNED", signedW},
                                         {"P", width}}),
                             {widen(b, loc, one, x), widen(b, loc, other, w)}, {width, 1});
  Value carry = widen(b, loc, {term->getResult(1), {0, 1}}, width);
  return narrow(b, loc, rtl::AddOp::create(b, loc, term->getResult(0), carry), {low, high});
}

} // namespace tally

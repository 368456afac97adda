//===- CircuitBuilder.cpp - stages and the memories between them ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"

#include "tally/Emit/CNames.h"
#include "tally/IR/Parameters.h"

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// Instances
//===----------------------------------------------------------------------===//

/// Names end in what they are, so that none is a word of Verilog.
std::string CircuitBuilder::unique(StringRef name) {
  std::string base = toCIdentifier(name), candidate = base;
  for (unsigned n = 2; !names.insert(candidate).second; ++n)
    candidate = base + "_" + std::to_string(n);
  return candidate;
}

Operation *CircuitBuilder::instance(Location loc, StringRef name, StringRef module,
                                    DictionaryAttr params, ValueRange ports,
                                    ArrayRef<unsigned> widths) {
  SmallVector<Type> types;
  for (unsigned width : widths)
    types.push_back(b.getIntegerType(width));
  return rtl::InstanceOp::create(b, loc, types, b.getStringAttr(name),
                                 FlatSymbolRefAttr::get(b.getContext(), module), params, ports);
}

DictionaryAttr CircuitBuilder::dictionary(Params params) {
  SmallVector<NamedAttribute> attributes;
  for (auto [name, value] : params)
    attributes.push_back(b.getNamedAttr(name, b.getI64IntegerAttr(value)));
  return b.getDictionaryAttr(attributes);
}

Value CircuitBuilder::constant(Location loc, int64_t value, unsigned width) {
  auto type = b.getIntegerType(width);
  return rtl::ConstantOp::create(b, loc, type,
                                 b.getIntegerAttr(type, APInt(width, value, true, true)));
}

CircuitStage &CircuitBuilder::addStage(StringRef name) {
  CircuitStage &stage = stages.emplace_back();
  stage.number = stages.size() - 1;
  stage.name = unique(name);
  return stage;
}

/// A memory of `words` that is read at `address`, which may still be to come.
Value CircuitBuilder::rom(Location loc, const std::string &name, ElementsAttr words, Value address,
                          Operation *&memory) {
  OpBuilder::InsertionGuard guard(b);
  Operation *parent = b.getInsertionBlock()->getParentOp();
  b.setInsertionPoint(parent);
  auto table = rtl::TableOp::create(b, loc, name, words);
  b.setInsertionPointToEnd(&parent->getRegion(0).front());
  NamedAttrList params = dictionary({{"DEPTH", table.getDepth()},
                                     {"WIDTH", table.getWidth()},
                                     {"ADDRESS", countBits(table.getDepth() - 1)}});
  params.append("FILE", FlatSymbolRefAttr::get(table));
  memory = instance(loc, name, "tally_rom", params.getDictionary(b.getContext()), {clock, address},
                    {unsigned(table.getWidth())});
  return memory->getResult(0);
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

Place CircuitBuilder::store(Location loc, StringRef name, int64_t depth, Place place) {
  if (!place.stage)
    return place;
  unsigned width = bitsOf(place.code.range), address = countBits(depth - 1);
  Value nowhere = constant(loc, 0, address);
  Operation *memory = instance(
      loc, unique((name + "_map").str()), "tally_map",
      dictionary({{"DEPTH", depth}, {"WIDTH", width}, {"ADDRESS", address}}),
      {clock, place.stage->valid, place.stage->address, place.code.wire, nowhere}, {width});
  maps.push_back({memory, place.stage->number, depth, {}});
  return {{memory->getResult(0), place.code.range}, nullptr, &maps.back()};
}

std::pair<Place, Place> CircuitBuilder::meet(Location loc, StringRef name, int64_t depth, Place one,
                                             Place other) {
  // Of two stages the later one hands on; the other's codes must be there by then.
  if (one.stage && other.stage) {
    bool first = one.stage->number < other.stage->number;
    (first ? one : other) = store(loc, name, depth, first ? one : other);
  }
  for (Place *moving : {&one, &other}) {
    Place &still = moving == &one ? other : one;
    if (!moving->stage)
      continue;
    CircuitStage &stage = *moving->stage;
    if (stage.beside && still.map->writer < stage.number &&
        !llvm::is_contained(stage.reads, still.map)) {
      still.map->readers.push_back(stage.beside);
      return {{one.code, &stage, nullptr}, {other.code, &stage, nullptr}};
    }
    *moving = store(loc, name, depth, *moving);
  }
  CircuitStage &copy = addStage((name + "_join").str());
  unsigned address = countBits(depth - 1);
  Operation *op =
      instance(loc, copy.name, "tally_copy", dictionary({{"DEPTH", depth}, {"ADDRESS", address}}),
               {clock, reset, previousDone()}, {1, address, 1, address});
  copy.done = op->getResult(0);
  copy.beside = op->getResult(1);
  copy.valid = op->getResult(2);
  copy.address = op->getResult(3);
  one.map->readers.push_back(copy.beside);
  if (one.map != other.map)
    other.map->readers.push_back(copy.beside);
  return {{one.code, &copy, nullptr}, {other.code, &copy, nullptr}};
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void CircuitBuilder::open(Location loc, int64_t depth, CodeRange range, Value valid, Value data) {
  CircuitStage &stage = addStage("input_fill");
  unsigned width = bitsOf(range), address = countBits(depth - 1);
  codes = range;
  fill = instance(loc, stage.name, "tally_fill",
                  dictionary({{"DEPTH", depth}, {"WIDTH", width}, {"ADDRESS", address}}),
                  {clock, reset, constant(loc, 0, 1), valid, data}, {1, 1, 1, address, width});
  stage.done = fill->getResult(0);
  ready = fill->getResult(1);
  stage.valid = fill->getResult(2);
  stage.address = fill->getResult(3);
  result = fill->getResult(4);
}

/// Parameters of tally_walk that follow from the shapes.
static SmallVector<std::pair<StringRef, int64_t>> walkOf(Operation *op, const Window &window,
                                                         int64_t depth) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t span = 1, count = input.getDimSize(3);
  for (int dim : {0, 1}) {
    span = std::max(span, input.getDimSize(1 + dim) + window.padBefore(dim) + window.padAfter(dim) +
                              window.stride[dim] + window.extent(dim));
    count = std::max({count, window.kernel[dim], output.getDimSize(1 + dim)});
  }
  return {{"HEIGHT", input.getDimSize(1)},
          {"WIDTH", input.getDimSize(2)},
          {"CHANNELS", input.getDimSize(3)},
          {"OH", output.getDimSize(1)},
          {"OW", output.getDimSize(2)},
          {"KERNEL_H", window.kernel[0]},
          {"KERNEL_W", window.kernel[1]},
          {"STRIDE_H", window.stride[0]},
          {"STRIDE_W", window.stride[1]},
          {"DILATION_H", window.dilation[0]},
          {"DILATION_W", window.dilation[1]},
          {"TOP", window.padBefore(0)},
          {"LEFT", window.padBefore(1)},
          {"XADDRESS", countBits(depth - 1)},
          {"OADDRESS", countBits(output.getNumElements() - 1)},
          // With a sign; and a count of one more than the last, which the outermost loop reaches.
          {"POSITION", countBits(span) + 1},
          {"COUNT", countBits(count)}};
}

/// The weights, a word for each tap: `[taps][filters]`.
static ElementsAttr weightWords(Builder &b, const LayerSums &sums) {
  auto type = RankedTensorType::get({sums.taps, sums.filters}, b.getIntegerType(sums.weightBits));
  SmallVector<APInt> words;
  for (int64_t k = 0; k < sums.taps; ++k)
    for (int64_t f = 0; f < sums.filters; ++f)
      words.emplace_back(sums.weightBits, sums.weights[f * sums.taps + k]);
  return DenseElementsAttr::get(type, words);
}

static ElementsAttr scaleWords(Builder &b, const ScaleTable &table) {
  unsigned width = table.words.front().getBitWidth();
  auto type = RankedTensorType::get({int64_t(table.words.size()), 1}, b.getIntegerType(width));
  return DenseElementsAttr::get(type, table.words);
}

Place CircuitBuilder::addSums(Operation *op, const LayerSums &sums, const ScaleTable &table,
                              Place input) {
  CircuitStage &stage = addStage((getLayerName(op) + "_conv").str());
  Location loc = op->getLoc();
  CodeRange sum = sums.ranges.front();
  for (CodeRange range : sums.ranges)
    sum = {std::min(sum.min, range.min), std::max(sum.max, range.max)};
  unsigned inputBits = sums.inputBits;
  unsigned resultBits = bitsOf(table.results);
  SmallVector<std::pair<StringRef, int64_t>> params = walkOf(op, sums.window, input.map->depth);
  unsigned xAddress = countBits(input.map->depth - 1), kAddress = countBits(sums.taps - 1),
           fAddress = countBits(sums.filters - 1);
  params.append({{"KIND", sums.kind},
                 {"A", inputBits},
                 {"B", resultBits},
                 {"N", bitsOf(sum)},
                 {"W", sums.weightBits},
                 {"X_SIGNED", hasSign(sums.inputs)},
                 {"W_SIGNED", sums.weightsSigned},
                 {"N_SIGNED", hasSign(sum)},
                 {"PAD", sums.padding},
                 {"FILTERS", sums.filters},
                 {"T", table.bits},
                 {"DIGITS", table.digits},
                 {"PLACE", table.placeBits},
                 {"SHIFT", table.shiftBits},
                 {"LOW", table.clamp.min},
                 {"HIGH", table.clamp.max},
                 {"KADDRESS", kAddress},
                 {"FADDRESS", fAddress},
                 {"DCOUNT", countBits(table.digits - 1)}});
  // Addresses of both memories come from the stage: they are set once it is there.
  Operation *weights, *scales;
  Value w = rom(loc, unique((getLayerName(op) + "_weights").str()), weightWords(b, sums),
                constant(loc, 0, kAddress), weights);
  Value row = rom(loc, unique((getLayerName(op) + "_scales").str()), scaleWords(b, table),
                  constant(loc, 0, fAddress), scales);
  Value x = widen(b, loc, input.code, inputBits);
  unsigned oAddress =
      countBits(cast<RankedTensorType>(op->getResult(0).getType()).getNumElements() - 1);
  Operation *conv = instance(loc, stage.name, "tally_conv", dictionary(params),
                             {clock, reset, previousDone(), x, w, row},
                             {1, xAddress, kAddress, fAddress, 1, oAddress, resultBits});
  stage.done = conv->getResult(0);
  input.map->readers.push_back(conv->getResult(1));
  weights->setOperand(1, conv->getResult(2));
  scales->setOperand(1, conv->getResult(3));
  stage.valid = conv->getResult(4);
  // It stands for two cycles at least before its code is valid: time to read another map.
  stage.address = stage.beside = conv->getResult(5);
  stage.reads.push_back(input.map);
  return {{conv->getResult(6), table.results}, &stage, nullptr};
}

Place CircuitBuilder::addPool(Operation *op, bool max, const Window &window, int64_t padding,
                              Place input) {
  CircuitStage &stage = addStage((getLayerName(op) + "_pool").str());
  Location loc = op->getLoc();
  CodeRange taken = input.code.range, results = taken;
  if (!max) {
    taken = {std::min(taken.min, padding), std::max(taken.max, padding)};
    int64_t terms = window.kernel[0] * window.kernel[1];
    results = {taken.min * terms, taken.max * terms};
  }
  unsigned address = countBits(input.map->depth - 1);
  unsigned oAddress =
      countBits(cast<RankedTensorType>(op->getResult(0).getType()).getNumElements() - 1);
  SmallVector<std::pair<StringRef, int64_t>> params = walkOf(op, window, input.map->depth);
  params.append({{"MAX", max},
                 {"A", bitsOf(taken)},
                 {"B", bitsOf(results)},
                 {"SIGNED", hasSign(taken)},
                 {"PAD", padding}});
  Operation *pool =
      instance(loc, stage.name, "tally_pool", dictionary(params),
               {clock, reset, previousDone(), widen(b, loc, input.code, bitsOf(taken))},
               {1, address, 1, oAddress, bitsOf(results)});
  stage.done = pool->getResult(0);
  input.map->readers.push_back(pool->getResult(1));
  stage.valid = pool->getResult(2);
  stage.address = pool->getResult(3);
  stage.reads.push_back(input.map);
  return {{pool->getResult(4), results}, &stage, nullptr};
}

std::pair<Value, Value> CircuitBuilder::close(Location loc, int64_t depth, Place place,
                                              Value taken) {
  CircuitStage &stage = addStage("output_drain");
  unsigned width = place.code.wire.getType().getIntOrFloatBitWidth(),
           address = countBits(depth - 1);
  Operation *drain =
      instance(loc, stage.name, "tally_drain",
               dictionary({{"DEPTH", depth}, {"WIDTH", width}, {"ADDRESS", address}}),
               {clock, reset, previousDone(), place.code.wire, taken}, {1, address, 1, width});
  place.map->readers.push_back(drain->getResult(1));
  fill->setOperand(2, drain->getResult(0));
  for (Map &map : maps) {
    Value at = map.memory->getOperand(4);
    if (!map.readers.empty()) {
      at = map.readers.front();
      for (Value other : llvm::drop_begin(map.readers))
        at = rtl::OrOp::create(b, loc, at, other);
    }
    map.memory->setOperand(4, at);
  }
  return {drain->getResult(2), drain->getResult(3)};
}

} // namespace tally

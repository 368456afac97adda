//===- CircuitBuilder.cpp - stages and the memories between them ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"

#include "tally/Emit/CNames.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// Instances
//===----------------------------------------------------------------------===//

/// Names end in what they are, so that none is a word of Verilog. Of long ones the middle is left
/// out: files are named after tables, and file systems take 255 characters, the network's name
/// included.
std::string CircuitBuilder::unique(StringRef name) {
  constexpr size_t kEnds = 60;
  std::string base = toCIdentifier(name);
  if (base.size() > 2 * kEnds + 2)
    base = base.substr(0, kEnds) + "__" + base.substr(base.size() - kEnds);
  std::string candidate = base;
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

void CircuitBuilder::setInstance(CircuitStage &stage, Operation *op, int64_t cycles) {
  stage.instance = op;
  stage.cycles = cycles;
  op->setAttr("cycles", b.getI64IntegerAttr(cycles));
}

/// The parameters of a memory of `words`, whose table gets `name`.
DictionaryAttr CircuitBuilder::tableOf(Location loc, const std::string &name, ElementsAttr words) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(b.getInsertionBlock()->getParentOp());
  auto table = rtl::TableOp::create(b, loc, name, words);
  NamedAttrList params = dictionary({{"DEPTH", table.getDepth()},
                                     {"WIDTH", table.getWidth()},
                                     {"ADDRESS", countBits(table.getDepth() - 1)}});
  params.append("FILE", FlatSymbolRefAttr::get(table));
  return params.getDictionary(b.getContext());
}

/// A memory of `words` that is read at `address`, which may still be to come.
Value CircuitBuilder::rom(Location loc, const std::string &name, ElementsAttr words, Value address,
                          Operation *&memory) {
  DictionaryAttr params = tableOf(loc, name, words);
  unsigned width = cast<IntegerAttr>(params.get("WIDTH")).getInt();
  memory = instance(loc, name, "tally_rom", params, {clock, address}, {width});
  return memory->getResult(0);
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

Place CircuitBuilder::store(Location loc, StringRef name, int64_t depth, Place place) {
  if (!place.stage)
    return place;
  maps.push_back({place.stage, place.code, depth, unique((name + "_map").str()), {}, {}});
  if (auto value = values.find(place.code.wire); value != values.end())
    maps.back().value = value->second;
  return {{Value(), place.code.range}, nullptr, &maps.back(), {}};
}

LogicalResult CircuitBuilder::scalePlace(Location loc, Place &place, const Scaling &scaling,
                                         CodeRange clamp) {
  if (place.map) {
    std::optional<CodeRange> range = scaledCodes(place.code.range, scaling, clamp);
    if (!range)
      return failure();
    place.code.range = *range;
    place.scalings.emplace_back(scaling, clamp);
    return success();
  }
  std::optional<Number> code = scale(b, loc, place.code, scaling, clamp);
  if (!code)
    return failure();
  place.code = *code;
  return success();
}

MapMemory &CircuitBuilder::memoryFor(Location loc, Map &map, const CircuitStage &stage,
                                     int64_t channels, int64_t lanes, Value from) {
  if (lanes == 1)
    channels = 1;
  for (MapMemory &memory : map.memories)
    if (memory.channels == channels && memory.lanes == lanes &&
        (!options.pipelined || llvm::is_contained(memory.addresses, from))) {
      memory.readers.push_back(stage.number);
      return memory;
    }
  unsigned width = bitsOf(map.code.range), address = countBits(map.depth - 1);
  int64_t words = map.depth / channels * llvm::divideCeil(channels, lanes);
  unsigned wordAddress = countBits(words - 1);
  std::string name = map.memories.empty() ? map.name : unique(map.name);
  Value first = constant(loc, 0, 1);
  Operation *memory = instance(loc, name, "tally_map",
                               dictionary({{"DEPTH", map.depth},
                                           {"WIDTH", width},
                                           {"CHANNELS", channels},
                                           {"LANES", lanes},
                                           {"BUFFERS", 1},
                                           {"ADDRESS", address},
                                           {"RADDRESS", wordAddress},
                                           {"POINTER", 1}}),
                               {clock, reset, map.writer->valid, map.writer->address, map.code.wire,
                                first, constant(loc, 0, wordAddress), first},
                               {unsigned(lanes * width)});
  if (map.memories.empty() && map.value) {
    memory->setAttr("value", b.getStringAttr(*map.value));
    memory->setAttr("signed", b.getBoolAttr(hasSign(map.code.range)));
  }
  return map.memories.emplace_back(MapMemory{memory, channels, lanes, {stage.number}, {}});
}

bool CircuitBuilder::collides(const Map &map, const CircuitStage &stage) const {
  return !options.pipelined && llvm::any_of(map.memories, [&](const MapMemory &memory) {
    return memory.lanes == 1 && llvm::is_contained(memory.readers, stage.number);
  });
}

SmallVector<Number> CircuitBuilder::wordOf(Location loc, const Place &place, MapMemory &memory) {
  SmallVector<Number> word;
  unsigned width = bitsOf(place.map->code.range);
  for (int64_t lane = 0; lane < memory.lanes; ++lane) {
    Value wire = memory.instance->getResult(0);
    if (memory.lanes > 1)
      wire = rtl::ExtractOp::create(b, loc, b.getIntegerType(width), wire, lane * width);
    Number code = {wire, place.map->code.range};
    for (const auto &[scaling, clamp] : place.scalings)
      code = *scale(b, loc, code, scaling, clamp);
    word.push_back(code);
  }
  return word;
}

Number CircuitBuilder::readAt(Location loc, const Place &place, const CircuitStage &stage,
                              Value address) {
  MapMemory &memory = memoryFor(loc, *place.map, stage, 1, 1, address);
  if (!llvm::is_contained(memory.addresses, address))
    memory.addresses.push_back(address);
  return wordOf(loc, place, memory).front();
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
    if (stage.beside && still.map->writer->number < stage.number && !collides(*still.map, stage)) {
      still = {readAt(loc, still, stage, stage.beside), &stage, nullptr, {}};
      return {one, other};
    }
    *moving = store(loc, name, depth, *moving);
  }
  CircuitStage &copy = addCopy(loc, (name + "_join").str(), depth);
  Number a = readAt(loc, one, copy, copy.beside), c = readAt(loc, other, copy, copy.beside);
  return {{a, &copy, nullptr, {}}, {c, &copy, nullptr, {}}};
}

CircuitStage &CircuitBuilder::addCopy(Location loc, StringRef name, int64_t depth) {
  CircuitStage &copy = addStage(name);
  unsigned address = countBits(depth - 1);
  Operation *op =
      instance(loc, copy.name, "tally_copy", dictionary({{"DEPTH", depth}, {"ADDRESS", address}}),
               {clock, reset, startToCome(loc)}, {1, address, 1, address});
  setInstance(copy, op, depth + 1);
  copy.done = op->getResult(0);
  copy.beside = op->getResult(1);
  copy.valid = op->getResult(2);
  copy.address = op->getResult(3);
  return copy;
}

Place CircuitBuilder::handOn(Location loc, StringRef name, int64_t depth, const Place &place) {
  if (!place.map)
    return place;
  CircuitStage &copy = addCopy(loc, (name + "_copy").str(), depth);
  return {readAt(loc, place, copy, copy.beside), &copy, nullptr, {}};
}

//===----------------------------------------------------------------------===//
// The ends
//===----------------------------------------------------------------------===//

void CircuitBuilder::open(Location loc, int64_t depth, CodeRange range, Value valid, Value data) {
  CircuitStage &stage = addStage("input_fill");
  unsigned width = bitsOf(range), address = countBits(depth - 1);
  codes = range;
  Operation *fill =
      instance(loc, stage.name, "tally_fill",
               dictionary({{"DEPTH", depth}, {"WIDTH", width}, {"ADDRESS", address}}),
               {clock, reset, startToCome(loc), valid, data}, {1, 1, 1, address, width});
  setInstance(stage, fill, depth + 1);
  stage.done = fill->getResult(0);
  ready = fill->getResult(1);
  stage.valid = fill->getResult(2);
  stage.address = fill->getResult(3);
  result = fill->getResult(4);
}

std::pair<Value, Value> CircuitBuilder::close(Location loc, int64_t depth, Place place,
                                              CodeRange results, Value taken) {
  CircuitStage &stage = addStage("output_drain");
  unsigned width = bitsOf(results), address = countBits(depth - 1);
  MapMemory &memory = memoryFor(loc, *place.map, stage, 1, 1);
  Number code = wordOf(loc, place, memory).front();
  Operation *drain = instance(
      loc, stage.name, "tally_drain",
      dictionary({{"DEPTH", depth}, {"WIDTH", width}, {"ADDRESS", address}}),
      {clock, reset, startToCome(loc), widen(b, loc, {code.wire, code.range}, width), taken},
      {1, address, 1, width});
  setInstance(stage, drain, 2 * depth + 1);
  stage.done = drain->getResult(0);
  memory.addresses.push_back(drain->getResult(1));
  schedule.pipelined = options.pipelined;
  for (const CircuitStage &each : stages)
    schedule.cycles.push_back(each.cycles);
  connectAddresses(loc);
  if (options.pipelined)
    startAtOnce(loc);
  else
    startInTurn();
  return {drain->getResult(2), drain->getResult(3)};
}

void CircuitBuilder::connectAddresses(Location loc) {
  for (Map &map : maps)
    for (MapMemory &memory : map.memories) {
      Value at = memory.addresses.front();
      for (Value other : llvm::drop_begin(memory.addresses))
        at = rtl::OrOp::create(b, loc, at, other);
      memory.instance->setOperand(6, at);
    }
}

void CircuitBuilder::start(CircuitStage &stage, Value when) {
  stage.instance->setOperand(2, when);
  for (Operation *other : stage.others)
    other->setOperand(2, when);
}

void CircuitBuilder::startInTurn() {
  Value before = stages.back().done;
  for (CircuitStage &stage : stages) {
    start(stage, before);
    before = stage.done;
  }
}

/// A stage may begin where every map that it reads has an image, and every map that it writes has
/// room for one.
void CircuitBuilder::startAtOnce(Location loc) {
  SmallVector<MapMemory *> memories;
  for (Map &map : maps)
    for (MapMemory &memory : map.memories) {
      memories.push_back(&memory);
      schedule.links.push_back({map.writer->number, memory.readers.front(), 1});
    }
  schedule.setBuffers();
  SmallVector<SmallVector<Value>> needs(stages.size());
  for (auto [memory, link] : llvm::zip_equal(memories, schedule.links)) {
    unsigned pointer = countBits(link.buffers - 1);
    Operation *op = memory->instance;
    NamedAttrList params(cast<rtl::InstanceOp>(op).getParams());
    params.set("BUFFERS", b.getI64IntegerAttr(link.buffers));
    params.set("POINTER", b.getI64IntegerAttr(pointer));
    cast<rtl::InstanceOp>(op).setParamsAttr(params.getDictionary(b.getContext()));
    Operation *counts =
        instance(loc, unique((cast<rtl::InstanceOp>(op).getName() + "_link").str()), "tally_link",
                 dictionary({{"BUFFERS", link.buffers}, {"POINTER", pointer}}),
                 {clock, reset, stages[link.writer].done, stages[link.reader].done},
                 {1, 1, pointer, pointer});
    needs[link.reader].push_back(counts->getResult(0));
    needs[link.writer].push_back(counts->getResult(1));
    op->setOperand(5, counts->getResult(2));
    op->setOperand(7, counts->getResult(3));
  }
  for (CircuitStage &stage : stages) {
    Value go;
    for (Value need : needs[stage.number])
      go = go ? Value(rtl::AndOp::create(b, loc, go, need)) : need;
    Operation *gate = instance(loc, unique(stage.name + "_gate"), "tally_gate",
                               dictionary({{"AWAKE", stage.number == 0}}),
                               {clock, reset, go ? go : constant(loc, 1, 1), stage.done}, {1});
    start(stage, gate->getResult(0));
  }
}

} // namespace tally

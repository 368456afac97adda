//===- LayerStages.cpp - the stages of layers that sum or pool ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"

#include "tally/IR/Parameters.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tally {

/// Parameters of tally_walk that follow from the shapes: rows, columns and channels of the map,
/// rows and columns of the result with its `results` channels; no other loop has more than `most`
/// rounds.
static SmallVector<std::pair<StringRef, int64_t>> walkOf(const std::array<int64_t, 3> &shape,
                                                         const std::array<int64_t, 2> &positions,
                                                         int64_t results, const Window &window,
                                                         unsigned address, int64_t most) {
  int64_t span = 1, count = std::max(shape[2], most);
  for (int dim : {0, 1}) {
    span = std::max(span, shape[dim] + window.padBefore(dim) + window.padAfter(dim) +
                              window.stride[dim] + window.extent(dim));
    count = std::max({count, window.kernel[dim], positions[dim]});
  }
  return {{"HEIGHT", shape[0]},
          {"WIDTH", shape[1]},
          {"CHANNELS", shape[2]},
          {"OH", positions[0]},
          {"OW", positions[1]},
          {"KERNEL_H", window.kernel[0]},
          {"KERNEL_W", window.kernel[1]},
          {"STRIDE_H", window.stride[0]},
          {"STRIDE_W", window.stride[1]},
          {"DILATION_H", window.dilation[0]},
          {"DILATION_W", window.dilation[1]},
          {"TOP", window.padBefore(0)},
          {"LEFT", window.padBefore(1)},
          {"XADDRESS", address},
          {"OADDRESS", countBits(positions[0] * positions[1] * results - 1)},
          // With a sign; and a count of one more than the last, which the outermost loop reaches.
          {"POSITION", countBits(span) + 1},
          {"COUNT", countBits(count)}};
}

/// The weights, a word for each step of a pixel's turns: `[groups * turns * steps][block * lanes]`.
/// Where a word has no filter or no channel, its code is 0.
static ElementsAttr weightWords(Builder &b, const LayerSums &sums, const LaneDemand &demand,
                                const Lanes &lanes) {
  int64_t words = llvm::divideCeil(demand.channels, lanes.channels);
  int64_t steps = demand.window * words;
  SmallVector<APInt> codes;
  for (int64_t group = 0; group < demand.groups; ++group)
    for (int64_t turn = 0; turn < lanes.turns; ++turn)
      for (int64_t step = 0; step < steps; ++step)
        for (int64_t f = turn * lanes.block; f < (turn + 1) * lanes.block; ++f)
          for (int64_t lane = 0; lane < lanes.channels; ++lane) {
            int64_t channel = step % words * lanes.channels + lane;
            int64_t tap = step / words * demand.channels + channel;
            bool there = f < demand.filters && channel < demand.channels;
            codes.emplace_back(sums.weightBits,
                               there ? sums.weights[(group * demand.filters + f) * sums.taps + tap]
                                     : 0);
          }
  int64_t width = lanes.block * lanes.channels;
  auto type = RankedTensorType::get({int64_t(codes.size()) / width, width},
                                    b.getIntegerType(sums.weightBits));
  return DenseElementsAttr::get(type, codes);
}

static ElementsAttr scaleWords(Builder &b, const ScaleTable &table) {
  unsigned width = table.words.front().getBitWidth();
  auto type = RankedTensorType::get({int64_t(table.words.size()), 1}, b.getIntegerType(width));
  return DenseElementsAttr::get(type, table.words);
}

static LaneDemand demandOf(const LayerSums &sums, const ScaleTable &table, CodeRange sum) {
  LaneDemand demand;
  demand.pixels = sums.positions[0] * sums.positions[1];
  demand.window = sums.window.kernel[0] * sums.window.kernel[1];
  demand.channels = sums.taps / demand.window;
  demand.groups = sums.groups;
  demand.filters = sums.filters / sums.groups;
  demand.digits = table.digits;
  demand.weightBits = sums.weightBits;
  demand.termBits = sums.termBits();
  demand.sumBits = bitsOf(sum);
  demand.scaledBits = table.bits;
  return demand;
}

FailureOr<Place> CircuitBuilder::addSums(Operation *op, StringRef layer, const LayerSums &sums,
                                         ScaleTable table, const Place &input) {
  CodeRange sum = sums.ranges.front();
  for (CodeRange range : sums.ranges)
    sum = {std::min(sum.min, range.min), std::max(sum.max, range.max)};
  LaneDemand demand = demandOf(sums, table, sum);
  Lanes lanes = options.cycles ? smallestLanes(demand, options.limit, options.cycles)
                               : fastestLanes(demand, options.limit);
  // What simulators and synthesis tools take at least, by the language's standard.
  constexpr int64_t kWidest = 65536;
  if (int64_t width = lanes.block * lanes.channels * sums.weightBits; width > kWidest)
    return op->emitError() << "layer '" << getLayerName(op) << "' with lanes " << lanes.block << "x"
                           << lanes.channels << " would read words of " << width
                           << " bits: at most " << kWidest << "; take fewer --lanes";
  layOut(table, llvm::divideCeil(table.digits, lanes.rounds) * lanes.rounds);

  CircuitStage &stage = addStage((getLayerName(op) + "_conv").str());
  Location loc = op->getLoc();
  MapMemory &memory = memoryFor(loc, *input.map, stage, demand.channels, lanes.channels);
  unsigned xAddress = memory.instance->getOperand(6).getType().getIntOrFloatBitWidth();
  ElementsAttr weightTable = weightWords(b, sums, demand, lanes);
  unsigned kAddress = countBits(weightTable.getShapedType().getDimSize(0) - 1),
           fAddress = countBits(sums.filters - 1),
           oAddress = countBits(demand.pixels * sums.filters - 1);
  unsigned resultBits = bitsOf(table.results);
  SmallVector<std::pair<StringRef, int64_t>> params =
      walkOf(sums.shape, sums.positions, sums.filters, sums.window, xAddress, lanes.turns);
  params.append({{"KIND", sums.kind},
                 {"A", sums.inputBits},
                 {"B", resultBits},
                 {"N", bitsOf(sum)},
                 {"W", sums.weightBits},
                 {"X_SIGNED", hasSign(sums.inputs)},
                 {"W_SIGNED", sums.weightsSigned},
                 {"N_SIGNED", hasSign(sum)},
                 {"PAD", sums.padding},
                 {"FILTERS", demand.filters},
                 {"GROUPS", demand.groups},
                 {"BLOCK", lanes.block},
                 {"TURNS", lanes.turns},
                 {"LANES", lanes.channels},
                 {"T", table.bits},
                 {"DIGITS", table.digits},
                 {"ROUNDS", lanes.rounds},
                 {"PLACE", table.placeBits},
                 {"SHIFT", table.shiftBits},
                 {"LOW", table.clamp.min},
                 {"HIGH", table.clamp.max},
                 {"KADDRESS", kAddress},
                 {"FADDRESS", fAddress},
                 {"BCOUNT", std::max(countBits(lanes.block * lanes.rounds), 2u)}});
  // Addresses of both memories come from the stage: they are set once it is there.
  Operation *weights, *scales;
  Value w = rom(loc, unique((getLayerName(op) + "_weights").str()), weightTable,
                constant(loc, 0, kAddress), weights);
  Value row = rom(loc, unique((getLayerName(op) + "_scales").str()), scaleWords(b, table),
                  constant(loc, 0, fAddress), scales);
  SmallVector<Value> operands;
  SmallVector<Number> word = wordOf(loc, input, memory);
  for (const Number &code : llvm::reverse(word))
    operands.push_back(widen(b, loc, code, sums.inputBits));
  Value x = operands.front();
  if (operands.size() > 1)
    x = rtl::ConcatOp::create(b, loc, b.getIntegerType(operands.size() * sums.inputBits), operands);
  Operation *conv = instance(loc, stage.name, "tally_conv", dictionary(params),
                             {clock, reset, startToCome(loc), x, w, row},
                             {1, xAddress, kAddress, fAddress, 1, oAddress, oAddress, resultBits});
  setInstance(stage, conv, cyclesOf(demand, lanes));
  conv->setAttr("layer", b.getStringAttr(layer));
  stage.done = conv->getResult(0);
  memory.addresses.push_back(conv->getResult(1));
  weights->setOperand(1, conv->getResult(2));
  scales->setOperand(1, conv->getResult(3));
  stage.valid = conv->getResult(4);
  stage.beside = conv->getResult(5);
  stage.address = conv->getResult(6);
  return Place{{conv->getResult(7), table.results}, &stage, nullptr, {}};
}

Place CircuitBuilder::addPool(Operation *op, bool max, const Window &window, int64_t padding,
                              const Place &input) {
  CircuitStage &stage = addStage((getLayerName(op) + "_pool").str());
  Location loc = op->getLoc();
  CodeRange taken = input.code.range, results = taken;
  MapMemory &memory = memoryFor(loc, *input.map, stage, 1, 1);
  if (!max) {
    taken = {std::min(taken.min, padding), std::max(taken.max, padding)};
    int64_t terms = cast<ReductionOpInterface>(op).getNumTerms();
    results = {taken.min * terms, taken.max * terms};
  }
  unsigned address = countBits(input.map->depth - 1);
  ArrayRef<int64_t> from = cast<RankedTensorType>(op->getOperand(0).getType()).getShape();
  ArrayRef<int64_t> to = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  unsigned oAddress = countBits(to[1] * to[2] * to[3] - 1);
  SmallVector<std::pair<StringRef, int64_t>> params =
      walkOf({from[1], from[2], from[3]}, {to[1], to[2]}, to[3], window, address, 1);
  // As many groups as results: one, or all channels.
  int64_t groups = to[3];
  params.append({{"MAX", max},
                 {"GROUPS", groups},
                 {"A", bitsOf(taken)},
                 {"B", bitsOf(results)},
                 {"SIGNED", hasSign(taken)},
                 {"PAD", padding}});
  Operation *pool = instance(loc, stage.name, "tally_pool", dictionary(params),
                             {clock, reset, startToCome(loc),
                              widen(b, loc, wordOf(loc, input, memory).front(), bitsOf(taken))},
                             {1, address, 1, oAddress, bitsOf(results)});
  setInstance(stage, pool, to[1] * to[2] * from[3] * window.kernel[0] * window.kernel[1] + 2);
  stage.done = pool->getResult(0);
  memory.addresses.push_back(pool->getResult(1));
  stage.valid = pool->getResult(2);
  stage.address = pool->getResult(3);
  return {{pool->getResult(4), results}, &stage, nullptr, {}};
}

} // namespace tally

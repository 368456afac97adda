//===- LayerStages.cpp - the stages of layers that sum or pool ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/CircuitBuilder.h"

#include "tally/IR/Parameters.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tally {

/// Parameters of tally_walk that follow from the shapes; `turns` over the same window.
static SmallVector<std::pair<StringRef, int64_t>> walkOf(Operation *op, const Window &window,
                                                         unsigned address, int64_t turns) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t span = 1, count = std::max(input.getDimSize(3), turns);
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
          {"XADDRESS", address},
          {"OADDRESS", countBits(output.getNumElements() - 1)},
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

static LaneDemand demandOf(Operation *op, const LayerSums &sums, const ScaleTable &table,
                           CodeRange sum) {
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  LaneDemand demand;
  demand.pixels = output.getDimSize(1) * output.getDimSize(2);
  demand.window = sums.window.kernel[0] * sums.window.kernel[1];
  demand.channels = sums.taps / demand.window;
  demand.filters = sums.filters;
  demand.digits = table.digits;
  demand.termBits = sums.termBits();
  demand.sumBits = bitsOf(sum);
  demand.scaledBits = table.bits;
  return demand;
}

FailureOr<Place> CircuitBuilder::addSums(Operation *op, const LayerSums &sums, ScaleTable table,
                                         const Place &input) {
  CodeRange sum = sums.ranges.front();
  for (CodeRange range : sums.ranges)
    sum = {std::min(sum.min, range.min), std::max(sum.max, range.max)};
  LaneDemand demand = demandOf(op, sums, table, sum);
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
           fAddress = countBits(sums.filters * demand.groups - 1),
           oAddress =
               countBits(cast<RankedTensorType>(op->getResult(0).getType()).getNumElements() - 1);
  unsigned resultBits = bitsOf(table.results);
  SmallVector<std::pair<StringRef, int64_t>> params =
      walkOf(op, sums.window, xAddress, std::max(lanes.turns, demand.groups));
  params.append({{"KIND", sums.kind},
                 {"A", sums.inputBits},
                 {"B", resultBits},
                 {"N", bitsOf(sum)},
                 {"W", sums.weightBits},
                 {"X_SIGNED", hasSign(sums.inputs)},
                 {"W_SIGNED", sums.weightsSigned},
                 {"N_SIGNED", hasSign(sum)},
                 {"PAD", sums.padding},
                 {"FILTERS", sums.filters},
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
    int64_t terms = window.kernel[0] * window.kernel[1];
    results = {taken.min * terms, taken.max * terms};
  }
  unsigned address = countBits(input.map->depth - 1);
  unsigned oAddress =
      countBits(cast<RankedTensorType>(op->getResult(0).getType()).getNumElements() - 1);
  SmallVector<std::pair<StringRef, int64_t>> params = walkOf(op, window, address, 1);
  int64_t channels = cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(3);
  params.append({{"MAX", max},
                 {"GROUPS", channels},
                 {"A", bitsOf(taken)},
                 {"B", bitsOf(results)},
                 {"SIGNED", hasSign(taken)},
                 {"PAD", padding}});
  Operation *pool = instance(loc, stage.name, "tally_pool", dictionary(params),
                             {clock, reset, startToCome(loc),
                              widen(b, loc, wordOf(loc, input, memory).front(), bitsOf(taken))},
                             {1, address, 1, oAddress, bitsOf(results)});
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  setInstance(stage, pool, output.getNumElements() * window.kernel[0] * window.kernel[1] + 2);
  stage.done = pool->getResult(0);
  memory.addresses.push_back(pool->getResult(1));
  stage.valid = pool->getResult(2);
  stage.address = pool->getResult(3);
  return {{pool->getResult(4), results}, &stage, nullptr, {}};
}

} // namespace tally

//===- HlsSums.cpp - convolutions and adder layers as nests of loops ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsTerms.h"
#include "HlsWindow.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally::hls {

namespace {

class SumsConverter {
public:
  SumsConverter(Program &program, Operation *op) : builder(program, op), op(op) {}

  LogicalResult convert() {
    if (failed(isa<AdderConv2DOp>(op) ? setDifferences() : setProducts()))
      return failure();
    WindowNest loops(builder, *cast<ReductionOpInterface>(op).getWindow());
    Index group = depthwise ? Index(0) : builder.nest().loop("groups", "g", groups);
    loops.loopOverTaps();
    // One lane for each filter: innermost, all at once.
    Index channel = depthwise ? builder.nest().loop("channels", "c", groups)
                              : loops.addUp("channels", "c", groupChannels);
    size_t outer = builder.nest().loops.size() - (depthwise && groups != 1);
    Index filter = builder.nest().loop("filters", "f", groupFilters);
    for (Loop &loop : MutableArrayRef(builder.nest().loops).drop_front(outer))
      loop.directive = Directive::Unroll;
    if (depthwise)
      group = channel;
    return fill(loops, group, depthwise ? Index(0) : channel, filter);
  }

private:
  //===--------------------------------------------------------------------===//
  // The layer
  //===--------------------------------------------------------------------===//

  LogicalResult setShape(Value filter, int64_t groupCount, bool perChannel) {
    in = shapeOf(op->getOperand(0));
    out = shapeOf(op->getResult(0));
    kernel = cast<ReductionOpInterface>(op).getWindow()->kernel;
    groups = groupCount;
    groupChannels = in[3] / groups;
    groupFilters = out[3] / groups;
    depthwise = groupChannels == 1 && groups > 1;
    channelsFirst = perChannel;
    if (!perChannel && shapeOf(filter)[3] != groupChannels)
      return builder.refuse("has filters of other channels than its input");
    starts.assign(out[3], 0);
    return success();
  }

  LogicalResult setDifferences() {
    auto adder = cast<AdderConv2DOp>(op);
    terms.kind = Terms::Differences;
    padding = zeroPointOf(adder.getInput());
    if (failed(setShape(adder.getFilter(), adder.getGroup(), false)))
      return failure();
    return setValues(adder.getFilter());
  }

  LogicalResult setValues(Value filter) {
    terms.values = terms.codes = constantsOf(filter);
    return terms.values.empty() ? builder.refuse("has weights that are no constants") : success();
  }

  LogicalResult setProducts() {
    auto depth = dyn_cast<tosa::DepthwiseConv2DOp>(op);
    Value filter = op->getOperand(1);
    if (failed(setShape(filter, depth ? shapeOf(op->getOperand(0))[3] : 1, bool(depth))))
      return failure();
    std::vector<int64_t> bias = constantsOf(op->getOperand(2)),
                         inputZero = constantsOf(op->getOperand(3)),
                         weightZero = constantsOf(op->getOperand(4));
    if (bias.empty() || inputZero.size() != 1 || weightZero.size() != 1)
      return builder.refuse("has a bias or zero points that are no constants");
    padding = inputZero[0];
    if (auto decode = filter.getDefiningOp<DecodeOp>()) {
      if (failed(setPowers(decode)))
        return failure();
    } else if (failed(setValues(filter))) {
      return failure();
    }
    if (weightZero[0] != 0) {
      if (terms.kind == Terms::Powers)
        return builder.refuse("has powers of two with a zero point");
      for (int64_t &value : terms.values)
        value -= weightZero[0];
      terms.codes = terms.values;
    }
    // The sum of (x - zero) * w is that of x * w less a constant.
    for (int64_t f = 0; f < out[3]; ++f) {
      int64_t total = 0;
      forEachTap(f, [&](int64_t index) { total += terms.values[index]; });
      starts[f] = bias[bias.size() == 1 ? 0 : f] - inputZero[0] * total;
    }
    return success();
  }

  LogicalResult setPowers(DecodeOp decode) {
    auto type = cast<RankedTensorType>(decode.getInput().getType());
    auto element = cast<PowerOfTwoType>(type.getElementType());
    ElementsAttr packed = getConstantElements(decode.getInput());
    std::optional<std::vector<uint8_t>> codes =
        packed ? unpackCodes(packed, type, op->getLoc()) : std::nullopt;
    if (!codes)
      return builder.refuse("has weights that are no constants");
    terms.kind = Terms::Powers;
    terms.levels = element.getLevels();
    terms.codes.assign(codes->begin(), codes->end());
    for (uint8_t code : *codes)
      terms.values.push_back(terms.levels->byCode()[code]);
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Weights and ranges
  //===--------------------------------------------------------------------===//

  /// Where the weight of filter `f` at a tap lies: `[F, KH, KW, C]`, or `[KH, KW, C, M]`.
  int64_t place(int64_t f, int64_t kh, int64_t kw, int64_t c) const {
    return channelsFirst ? (kh * kernel[1] + kw) * out[3] + f
                         : ((f * kernel[0] + kh) * kernel[1] + kw) * groupChannels + c;
  }

  /// In the order of the loops.
  template <typename Function> void forEachTap(int64_t f, Function function) const {
    for (int64_t kh = 0; kh < kernel[0]; ++kh)
      for (int64_t kw = 0; kw < kernel[1]; ++kw)
        for (int64_t c = 0; c < groupChannels; ++c)
          function(place(f, kh, kw, c));
  }

  /// `[G][KH][KW][C][F]`; of depthwise layers, with their loops, `[KH][KW][G][1][F]`.
  Array weightTable() {
    std::vector<int64_t> ordered;
    auto appendFilters = [&](int64_t g, int64_t kh, int64_t kw, int64_t c) {
      for (int64_t f = 0; f < groupFilters; ++f)
        ordered.push_back(terms.codes[place(g * groupFilters + f, kh, kw, c)]);
    };
    int64_t outer = depthwise ? 1 : groups, inner = depthwise ? groups : groupChannels;
    for (int64_t g = 0; g < outer; ++g)
      for (int64_t kh = 0; kh < kernel[0]; ++kh)
        for (int64_t kw = 0; kw < kernel[1]; ++kw)
          for (int64_t c = 0; c < inner; ++c)
            appendFilters(depthwise ? c : g, kh, kw, depthwise ? 0 : c);
    std::optional<CodeRange> codes;
    if (terms.kind == Terms::Powers)
      codes = CodeRange{0, (int64_t(1) << terms.levels->format().bits) - 1};
    return builder.table("weights", {outer, kernel[0], kernel[1], inner, groupFilters}, ordered,
                         codes);
  }

  /// All sums on the way, and those at the end, as these weights make them.
  bool setRanges(CodeRange inputs) {
    bool fits = true;
    for (int64_t f = 0; f < out[3]; ++f) {
      CodeRange range = only(starts[f]);
      passing = f == 0 ? range : unite(passing, range);
      forEachTap(f, [&](int64_t index) {
        CodeRange term = terms.rangeOf(inputs, terms.values[index]);
        range = {range.min + term.min, range.max + term.max};
        fits &= hasType(range);
        passing = unite(passing, range);
      });
      results = f == 0 ? range : unite(results, range);
    }
    return fits;
  }

  //===--------------------------------------------------------------------===//
  // The innermost statements
  //===--------------------------------------------------------------------===//

  Number start(const Index &group, const Index &filter) {
    if (llvm::all_equal(starts))
      return constant(starts[0], passing);
    Array table = builder.table("starts", {groups, groupFilters}, starts);
    int dimension = table.dimension(depthwise && groupFilters == 1 ? 0 : 1);
    if (dimension)
      builder.local("TALLY_PARTITION(" + table.name + ", " + std::to_string(dimension) + ")");
    if (depthwise && groupFilters != 1)
      builder.local("TALLY_PARTITION(" + table.name + ", 1)");
    return builder.nest().at(table, {group, filter});
  }

  LogicalResult fill(WindowNest &loops, const Index &group, const Index &channel,
                     const Index &filter) {
    Nest &nest = builder.nest();
    Array shape{"", in, {}};
    std::optional<Array> input =
        builder.read(op->getOperand(0), false, depthwise ? shape.dimension(3) : 0);
    if (!input)
      return failure();
    CodeRange inputs = loops.pads() ? unite(input->range, only(padding)) : input->range;
    if (!setRanges(inputs))
      return builder.refuseWidth();
    Array output = builder.write(results);
    Array weights = weightTable();
    for (int dim : {3, 4})
      if (int d = weights.dimension(dim); d && (dim == 4 || depthwise))
        builder.local("TALLY_RESHAPE(" + weights.name + ", " + std::to_string(d) + ")");
    Index tapH = loops.row(), tapW = loops.column();
    Number x = loops.load(*input, group.times(groupChannels) + channel, padding);
    Number w = nest.define("weight", nest.at(weights, {depthwise ? Index(0) : group, tapH, tapW,
                                                       depthwise ? group : channel, filter}));
    Number before = start(group, filter);
    Array accumulators{"sum", {depthwise ? groups : 1, groupFilters}, passing};
    std::vector<Index> at = {depthwise ? group : Index(0), filter};
    if (loops.hasTaps()) {
      builder.local(accumulators.declaration() + " = {0};");
      for (int dim : {0, 1})
        if (int d = accumulators.dimension(dim))
          builder.local("TALLY_PARTITION(sum, " + std::to_string(d) + ")");
      before = select(loops.first, before, nest.at(accumulators, at));
    }
    before = nest.define("before", hls::convert(before, passing));
    Number after = nest.define("after", terms.append(nest, before, x, w, passing));
    if (loops.hasTaps())
      nest.store(accumulators, at, after);
    loops.store(output, group.times(groupFilters) + filter, after);
    builder.partitionResult(depthwise || groupFilters > 1 ? output.dimension(3) : 0);
    return builder.finish();
  }

  LayerBuilder builder;
  Operation *op;
  Terms terms;
  std::vector<int64_t> in, out, starts; ///< the latter by filter
  std::array<int64_t, 2> kernel = {1, 1};
  int64_t groups = 1, groupChannels = 1, groupFilters = 1, padding = 0;
  bool depthwise = false, channelsFirst = false;
  CodeRange passing, results;
};

} // namespace

std::optional<LogicalResult> convertSums(Program &program, Operation *op) {
  if (!isa<AdderConv2DOp, tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(op))
    return std::nullopt;
  return SumsConverter(program, op).convert();
}

} // namespace tally::hls

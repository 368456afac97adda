//===- ClusterFilters.cpp - groups of filters of similar range ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Math/Clustering.h"
#include "tally/Quantize/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_CLUSTERFILTERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-cluster-filters"

/// The elements of `values` (rows of `rowSize`) that belong to `rows`, in their order.
static std::vector<float> takeRows(ArrayRef<float> values, ArrayRef<int64_t> rows,
                                   int64_t rowSize) {
  std::vector<float> result;
  for (int64_t row : rows)
    result.insert(result.end(), values.begin() + row * rowSize,
                  values.begin() + (row + 1) * rowSize);
  return result;
}

namespace {
struct ClusterFilters : tally::impl::ClusterFiltersBase<ClusterFilters> {
  using ClusterFiltersBase::ClusterFiltersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<Operation *> layers;
    network->walk([&](Operation *op) {
      if (isWindowSum(op) && getPlan(op).clusters > 1)
        layers.push_back(op);
    });
    for (Operation *layer : layers)
      split(layer);
  }

  /// Whether each filter of `layer` reads the whole input.
  static bool readsWholeInput(Operation *layer) {
    auto adder = dyn_cast<AdderConv2DOp>(layer);
    return adder ? adder.getGroup() == 1 : isa<tosa::Conv2DOp>(layer);
  }

  static Value getFilter(Operation *layer) { return layer->getOperand(1); }

  /// Channelwise operations behind the layer move into the groups, so that each can
  /// have its own scale.
  static SmallVector<Operation *> getChain(Operation *layer) {
    SmallVector<Operation *> chain;
    Value value = layer->getResult(0);
    while (value.hasOneUse() && isChannelwise(*value.user_begin())) {
      Operation *next = *value.user_begin();
      for (Value parameter : llvm::drop_begin(next->getOperands()))
        if (!getConstantElements(parameter))
          return chain;
      chain.push_back(next);
      value = next->getResult(0);
    }
    return chain;
  }

  static void split(Operation *layer) {
    auto refuse = [&](StringRef why) {
      remark::missed(layer->getLoc(), remark::RemarkOpts::name("ClusterFilters")
                                          .category("tally-cluster-filters")
                                          .function(getLayerName(layer)))
          << why;
    };
    if (!readsWholeInput(layer))
      return refuse("filters read different channels");
    ElementsAttr elements = getConstantElements(getFilter(layer));
    std::vector<float> weights = elements ? getFloats(elements) : std::vector<float>();
    if (weights.empty() || !hasConstantBias(layer))
      return refuse("a filter or a bias is not constant");
    SmallVector<SmallVector<int64_t>> clusters = findClusters(layer, weights);
    if (clusters.size() == 1)
      return;

    SmallVector<Operation *> chain = getChain(layer);
    Operation *end = chain.empty() ? layer : chain.back();
    auto resultType = cast<RankedTensorType>(end->getResult(0).getType());
    OpBuilder builder(end);
    SmallVector<Value> parts;
    // channel -> where the concatenation holds it
    SmallVector<int64_t> permutation(
        cast<RankedTensorType>(getFilter(layer).getType()).getDimSize(0));
    int64_t next = 0;
    for (ArrayRef<int64_t> filters : clusters) {
      parts.push_back(buildCluster(builder, layer, chain, weights, filters,
                                   ".cluster" + std::to_string(parts.size())));
      for (int64_t filter : filters)
        permutation[filter] = next++;
    }
    Value joined = tosa::ConcatOp::create(builder, layer->getLoc(), resultType, parts,
                                          builder.getI32IntegerAttr(resultType.getRank() - 1));
    auto shuffle =
        ShuffleChannelsOp::create(builder, layer->getLoc(), resultType, joined, permutation);
    if (Attribute attr = end->getAttr(TallyDialect::kNameAttr))
      shuffle->setAttr(TallyDialect::kNameAttr, attr);
    end->getResult(0).replaceAllUsesWith(shuffle.getOutput());
    for (Operation *op : llvm::reverse(chain))
      op->erase();
    layer->erase();
  }

  static bool hasConstantBias(Operation *layer) {
    return !isa<tosa::Conv2DOp>(layer) || getConstantElements(layer->getOperand(2));
  }

  /// The filters of each cluster, in their order.
  static SmallVector<SmallVector<int64_t>> findClusters(Operation *layer, ArrayRef<float> weights) {
    int64_t filters = cast<RankedTensorType>(getFilter(layer).getType()).getDimSize(0);
    int64_t terms = weights.size() / filters;
    std::vector<double> largest(filters, 0.0);
    for (int64_t i = 0; i < int64_t(weights.size()); ++i)
      largest[i / terms] = std::max<double>(largest[i / terms], std::fabs(weights[i]));
    std::vector<int> groups = clusterOptimally(largest, getPlan(layer).clusters);
    SmallVector<SmallVector<int64_t>> clusters(*std::max_element(groups.begin(), groups.end()) + 1);
    LDBG() << "'" << getLayerName(layer) << "': " << clusters.size() << " of at most "
           << getPlan(layer).clusters << " clusters for " << filters << " filters";
    for (int64_t f = 0; f < filters; ++f) {
      clusters[groups[f]].push_back(f);
      LDBG(2) << "cluster " << groups[f] << ": filter " << f << ", weights up to "
              << llvm::format("%g", largest[f]);
    }
    return clusters;
  }

  /// `layer` and the chain behind it with these filters only; `suffix` is for their names.
  static Value buildCluster(OpBuilder &builder, Operation *layer, ArrayRef<Operation *> chain,
                            ArrayRef<float> weights, ArrayRef<int64_t> filters,
                            const std::string &suffix) {
    std::string label = getLayerName(layer).str() + suffix;
    SmallVector<int64_t> shape(cast<RankedTensorType>(getFilter(layer).getType()).getShape());
    int64_t terms = weights.size() / shape[0];
    shape[0] = filters.size();
    auto withChannels = [&](Type type) {
      SmallVector<int64_t> dims(cast<RankedTensorType>(type).getShape());
      dims.back() = filters.size();
      return cast<RankedTensorType>(type).clone(dims);
    };
    auto takeChannels = [&](Location loc, Value parameter) {
      std::vector<float> all = getFloats(getConstantElements(parameter));
      auto source = getParameter(parameter);
      std::string symbol = (source ? source.getSymName().str() : label) + suffix;
      return makeParameter(builder, loc, symbol, int64_t(filters.size()),
                           takeRows(all, filters, 1));
    };
    IRMapping operands;
    operands.map(getFilter(layer), makeParameter(builder, layer->getLoc(), label, shape,
                                                 takeRows(weights, filters, terms)));
    // A bias may be one number for all.
    if (isa<tosa::Conv2DOp>(layer))
      if (Value bias = layer->getOperand(2);
          cast<RankedTensorType>(bias.getType()).getNumElements() > 1)
        operands.map(bias, takeChannels(layer->getLoc(), bias));
    Operation *part = builder.clone(*layer, operands);
    part->getResult(0).setType(withChannels(part->getResult(0).getType()));
    part->setAttr(TallyDialect::kNameAttr, builder.getStringAttr(label));
    Value value = part->getResult(0);
    for (Operation *op : chain) {
      OperationState state(op->getLoc(), op->getName());
      state.operands.push_back(value);
      for (Value parameter : llvm::drop_begin(op->getOperands()))
        state.operands.push_back(takeChannels(op->getLoc(), parameter));
      state.addAttributes(op->getAttrs());
      state.addTypes(withChannels(op->getResult(0).getType()));
      value = builder.create(state)->getResult(0);
    }
    return value;
  }
};
} // namespace

//===- ProfileLayers.cpp - layers beside the limits of this machine -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ProfileLayers.h"

#include "Limits.h"
#include "tally/Cost/NetworkCost.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace tally {

namespace {

/// Layers that one step computes, or another step.
struct Row {
  const Explanation::Step *main = nullptr; ///< where it is known
  LayerTime time;
};

class Profiler {
public:
  Profiler(const NetworkCost &cost, const Explanation &explanation, Limits &limits)
      : explanation(explanation), limits(limits) {
    for (const LayerCost &layer : cost.layers)
      costs[layer.name] = &layer;
    for (const Explanation::Step &step : explanation.steps)
      known[step.name] = &step;
  }

  FailureOr<std::vector<LayerTime>> run(const std::vector<Benchmark::Step> &steps) {
    std::vector<Row> rows = makeRows(steps);
    std::vector<LayerTime> times;
    for (Row &row : rows) {
      for (const std::string &layer : row.time.layers)
        if (failed(addLayer(layer, row)))
          return failure();
      for (const LayerTime::Part &part : row.time.parts)
        row.time.computeSeconds += double(part.operations) / limits.limits()[part.limit].rate;
      times.push_back(std::move(row.time));
    }
    return times;
  }

private:
  /// The step that computes what `step` works for: itself, or that of its owner.
  std::string mainOf(const Benchmark::Step &step) const {
    const Explanation::Step *explained = known.lookup(step.name);
    if (!step.layers.empty() || !explained)
      return step.name;
    auto owner = stepOf.find(explained->owner);
    return owner == stepOf.end() ? step.name : owner->second;
  }

  std::vector<Row> makeRows(const std::vector<Benchmark::Step> &steps) {
    for (const Benchmark::Step &step : steps)
      for (const std::string &layer : step.layers)
        stepOf[layer] = step.name;
    std::vector<Row> rows;
    llvm::StringMap<size_t> rowOf; // by the name of its main step
    for (const Benchmark::Step &step : steps) {
      std::string main = mainOf(step);
      size_t index = rowOf.try_emplace(main, rows.size()).first->second;
      if (index == rows.size())
        rows.emplace_back().time.name = main;
      Row &row = rows[index];
      row.time.seconds += step.seconds;
      if (step.name == main) {
        row.time.layers = step.layers;
        row.main = known.lookup(main);
      }
    }
    return rows;
  }

  /// The kernel that computes the sums of `layer`.
  std::string kernelOf(const std::string &layer, const Row &row) const {
    return row.main ? explanation.kernelOf(layer, *row.main) : "";
  }

  FailureOr<size_t> limitOf(const LayerCost &layer, const Row &row) {
    FailureOr<std::optional<size_t>> ofKernel = limits.ofKernel(kernelOf(layer.name, row));
    if (failed(ofKernel))
      return failure();
    return *ofKernel ? FailureOr<size_t>(**ofKernel)
                     : limits.ofSums(layer.product, layer.accumulatorBits);
  }

  LogicalResult addLayer(const std::string &name, Row &row) {
    const LayerCost *layer = costs.lookup(name);
    if (!layer)
      return success();
    row.time.bytes += layer->stored.weights + layer->stored.activations();
    row.time.constantBytes += layer->stored.weights;
    bool hasProducts = llvm::any_of(row.time.layers, [&](const std::string &other) {
      const LayerCost *cost = costs.lookup(other);
      return cost && cost->products > 0;
    });
    if (layer->products > 0) {
      FailureOr<size_t> limit = limitOf(*layer, row);
      if (failed(limit))
        return failure();
      add(*limit, layer->products, row.time);
    }
    if (!hasProducts)
      for (const auto &[type, count] : layer->operations.byType())
        row.time.operations += count;
    return success();
  }

  static void add(size_t limit, int64_t operations, LayerTime &time) {
    time.operations += operations;
    for (LayerTime::Part &part : time.parts)
      if (part.limit == limit) {
        part.operations += operations;
        return;
      }
    time.parts.push_back({limit, operations});
  }

  const Explanation &explanation;
  Limits &limits;
  llvm::StringMap<const LayerCost *> costs;
  llvm::StringMap<const Explanation::Step *> known;
  llvm::StringMap<std::string> stepOf; ///< the name of the step that computes a layer
};

/// The bytes of `types` for the whole batch.
int64_t countBytes(TypeRange types) {
  int64_t bytes = 0;
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    if (auto element = getTensorElementType(tensor))
      bytes += tensor.getNumElements() * int64_t(sizeOf(*element));
  }
  return bytes;
}

} // namespace

std::vector<LimitTotal> LayerProfile::totals() const {
  std::vector<LimitTotal> totals(limits.size());
  for (const LayerTime &layer : layers)
    for (const LayerTime::Part &part : layer.parts) {
      totals[part.limit].operations += part.operations;
      double alone = double(part.operations) / limits[part.limit].rate;
      if (layer.computeSeconds > 0)
        totals[part.limit].seconds += layer.seconds * alone / layer.computeSeconds;
    }
  return totals;
}

LogicalResult profileLayers(ModuleOp module, MulFree level, const CpuTarget &target,
                            Benchmark &result) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  FailureOr<NetworkCost> cost = countNetwork(module, level);
  if (failed(entry) || failed(cost))
    return failure();
  Limits limits(module.getContext(), target);
  FailureOr<std::vector<LayerTime>> layers =
      Profiler(*cost, *result.explanation, limits).run(result.steps);
  if (failed(layers))
    return failure();
  LayerProfile profile;
  int64_t activations = result.workspaceBytes + countBytes(entry->getArgumentTypes()) +
                        countBytes(entry->getResultTypes());
  if (failed(limits.measureMemory(activations, profile.activations)) ||
      failed(limits.measureMemory(activations + cost->total.stored.weights, profile.constants)))
    return failure();
  profile.layers = std::move(*layers);
  for (LayerTime &layer : profile.layers)
    layer.memorySeconds = double(layer.bytes - layer.constantBytes) / profile.activations.rate +
                          double(layer.constantBytes) / profile.constants.rate;
  profile.limits = limits.limits();
  result.profile = std::move(profile);
  return success();
}

} // namespace tally

//===- RoundAdder.cpp - the codes of an adder layer's weights -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerFitter.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/AdderFit.h"
#include "tally/Support/Parallel.h"

#include "llvm/Support/DebugLog.h"
#include <numeric>

using namespace mlir;
using namespace mlir::quant;

#define DEBUG_TYPE "tally-fit-layers"

namespace tally {

constexpr int kRoundingPasses = 3;

void LayerFitter::roundAdder(AdderConv2DOp layer, const LayerSamples &sample,
                             ArrayRef<float> sampleWeights) {
  auto dequantize = layer.getFilter().getDefiningOp<DequantizeCastOp>();
  auto quantize =
      dequantize ? dequantize.getInput().getDefiningOp<QuantizeCastOp>() : QuantizeCastOp();
  if (!quantize || !getParameter(quantize.getInput()))
    return;
  auto type = cast<UniformQuantizedType>(getQuantizedElement(quantize.getResult().getType()));
  CodeGrid grid{type.getScale(), int(type.getZeroPoint()), int(type.getStorageTypeMax())};
  auto filterType = cast<RankedTensorType>(layer.getFilter().getType());
  int64_t filters = filterType.getDimSize(0), terms = filterType.getNumElements() / filters;
  int64_t group = layer.getGroup(), perGroup = filters / group;

  std::vector<int64_t> positions = sample.positions;
  positions.resize(positions.size() / 16 * 16);
  if (positions.empty())
    return;
  int64_t count = positions.size();

  std::vector<float> weights = getFloats(getConstantElements(quantize.getInput()));
  std::vector<uint8_t> codes(weights.size());
  std::vector<int64_t> moves(filters);
  for (size_t i = 0; i < weights.size(); ++i)
    codes[i] = grid.encode(weights[i]);

  Shape outputShape(layer.getType().getShape());
  const Tensor &input = run.get(layer.getInput());
  for (int64_t g = 0; g < group; ++g) {
    int64_t channels = filterType.getDimSize(3);
    std::vector<float> patches =
        gatherPatches(input, layer.getWindow(), outputShape, positions, g * channels, channels);
    std::vector<uint8_t> x(patches.size()), columns(patches.size());
    parallelForRanges(count, 0, [&](int64_t begin, int64_t end, int) {
      for (int64_t p = begin; p < end; ++p)
        for (int64_t k = 0; k < terms; ++k)
          columns[k * count + p] = x[p * terms + k] = grid.encode(patches[p * terms + k]);
    });
    patches = {};
    std::vector<int32_t> sums = sumDifferences(
        x, ArrayRef<uint8_t>(codes).slice(g * perGroup * terms, perGroup * terms), terms);
    parallelFor(perGroup, 0, [&](int64_t f) {
      WeightedErrors errors;
      for (int64_t p = 0; p < count; ++p) {
        int64_t at = p * filters + g * perGroup + f;
        errors.weight.push_back(sampleWeights[at]);
        errors.error.push_back(float(sample.outputs[at] + grid.step * sums[p * perGroup + f]));
      }
      int64_t filter = g * perGroup + f;
      moves[filter] =
          optimizeRounding(columns, MutableArrayRef<uint8_t>(codes).slice(filter * terms, terms),
                           errors, grid, kRoundingPasses);
    });
  }
  LDBG() << "'" << getLayerName(layer) << "': " << codes.size() << " weights rounded with "
         << std::accumulate(moves.begin(), moves.end(), int64_t(0)) << " moves";
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = float(grid.decode(codes[i]));
  replaceParameter(quantize->getOpOperand(0), weights);
  run.set(layer.getFilter(), Tensor::of<float>(Shape(filterType.getShape().vec()), weights));
}

} // namespace tally

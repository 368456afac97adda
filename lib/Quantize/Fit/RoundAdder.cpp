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

void LayerFitter::roundAdder(AdderConv2DOp layer, ArrayRef<int64_t> positions,
                             const Targets &targets) {
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

  int64_t stride = positions.size(), count = stride / 16 * 16;
  if (count == 0)
    return;
  positions = positions.take_front(count);

  std::vector<float> weights = getFloats(getConstantElements(quantize.getInput()));
  std::vector<uint8_t> codes = grid.encode(weights);
  std::vector<int64_t> moves(filters);

  Shape outputShape(layer.getType().getShape());
  const Tensor &input = run.get(layer.getInput());
  std::vector<uint8_t> inputCodes = grid.encode(ArrayRef<float>(input.data<float>(), input.size()));
  for (int64_t g = 0; g < group; ++g) {
    int64_t channels = filterType.getDimSize(3);
    std::vector<uint8_t> x =
        gatherPatches(inputCodes.data(), input.shape(), grid.encode(0), layer.getWindow(),
                      outputShape, positions, g * channels, channels);
    std::vector<int32_t> sums = transposeMatrix<int32_t>(
        sumDifferences(x, ArrayRef(codes).slice(g * perGroup * terms, perGroup * terms), terms),
        perGroup);
    std::vector<uint8_t> columns = transposeMatrix<uint8_t>(x, terms);
    x = {};
    parallelFor(perGroup, 0, [&](int64_t f) {
      int64_t filter = g * perGroup + f;
      WeightedErrors errors;
      errors.weight.assign(targets.weights.begin() + filter * stride,
                           targets.weights.begin() + filter * stride + count);
      errors.error.resize(count);
      for (int64_t p = 0; p < count; ++p)
        errors.error[p] =
            float(targets.outputs[filter * stride + p] + grid.step * sums[f * count + p]);
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

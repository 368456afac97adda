//===- FitLayers.cpp - fit each quantized layer to the float one ----------===//

#include "LayerSamples.h"
#include "Network.h"
#include "Plan.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/AdderFit.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/Parallel.h"
#include "tally/Run/Progress.h"

#include <atomic>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FITLAYERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

namespace {

/// Samples for rounding and correction. Half as many cost a tenth of a point at 4 bits.
constexpr int64_t kFitPositions = 65536;
constexpr int kRoundingPasses = 3;

/// Outputs that the next ReLU will cut matter less: those further below 0 than a
/// quarter of a standard deviation count 0.3.
constexpr double kCutMargin = 0.25;
constexpr float kCutWeight = 0.3f;

/// How much each sampled output matters, `[positions, filters]`.
std::vector<float> getSampleWeights(const LayerSamples &sample, int64_t filters) {
  std::vector<float> weights(sample.outputs.size(), 1.0f);
  if (sample.activations.size() != sample.outputs.size())
    return weights;
  int64_t positions = sample.outputs.size() / filters;
  for (int64_t f = 0; f < filters; ++f) {
    double sum = 0, squares = 0;
    for (int64_t p = 0; p < positions; ++p) {
      double z = sample.activations[p * filters + f];
      sum += z;
      squares += z * z;
    }
    double mean = sum / double(positions);
    double deviation = std::sqrt(std::max(squares / double(positions) - mean * mean, 0.0));
    for (int64_t p = 0; p < positions; ++p)
      if (sample.activations[p * filters + f] <= -kCutMargin * deviation)
        weights[p * filters + f] = kCutWeight;
  }
  return weights;
}

/// The operation whose result stands for the float layer's: the layer itself, or the
/// difference to the box sum of its residual plane.
Operation *getLayerOutput(AdderConv2DOp layer) {
  Value value = layer.getOutput();
  // What the lossless clamp took stands between the two.
  if (value.hasOneUse() && (*value.user_begin())->hasAttr(kClampConstantAttr))
    value = (*value.user_begin())->getResult(0);
  if (value.hasOneUse())
    if (auto difference = dyn_cast<tosa::SubOp>(*value.user_begin()))
      if (difference.getInput1() == value &&
          isa_and_nonnull<BoxSumOp>(difference.getInput2().getDefiningOp()))
        return difference;
  return layer;
}

class LayerFitter {
public:
  LayerFitter(NetworkRun &run, const std::map<std::string, LayerSamples> &samples)
      : run(run), samples(samples) {}

  /// Runs `layer`, and everything up to the operation that stands for its output,
  /// fitting it on the way.
  LogicalResult fit(AdderConv2DOp layer) {
    LayerPlan plan = getPlan(layer);
    std::string name = getLayerName(layer).str();
    auto it = samples.find(name);
    if (it == samples.end() || it->second.outputs.empty())
      return layer.emitError() << "layer '" << name
                               << "' has no counterpart in @" << kReferenceName
                               << ": run tally-keep-reference first";
    const LayerSamples &sample = it->second;
    int64_t filters = layer.getFilter().getType().getDimSize(0);
    std::vector<float> weights = getSampleWeights(sample, filters);

    Operation *output = getLayerOutput(layer);
    run.keep(layer.getInput());
    run.keep(layer.getFilter());
    if (output != layer)
      run.keep(layer.getOutput());
    if (plan.optimizeRounding && plan.codes == CodeRule::Unsigned && output == layer)
      optimize(layer, sample, weights);
    while (run.next() != output)
      if (failed(run.advance()))
        return failure();
    if (failed(run.advance()))
      return failure();
    if (plan.correction != Correction::None)
      correct(output, name, sample, weights, plan.correction == Correction::Mean);
    run.release(layer.getInput());
    run.release(layer.getFilter());
    if (output != layer)
      run.release(layer.getOutput());
    return success();
  }

private:
  void optimize(AdderConv2DOp layer, const LayerSamples &sample, ArrayRef<float> sampleWeights) {
    auto dequantize = layer.getFilter().getDefiningOp<DequantizeCastOp>();
    auto quantize = dequantize ? dequantize.getInput().getDefiningOp<QuantizeCastOp>()
                               : QuantizeCastOp();
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
    for (size_t i = 0; i < weights.size(); ++i)
      codes[i] = grid.encode(weights[i]);

    Shape outputShape(layer.getType().getShape());
    const Tensor &input = run.get(layer.getInput());
    for (int64_t g = 0; g < group; ++g) {
      int64_t channels = filterType.getDimSize(3);
      std::vector<float> patches = gatherPatches(input, layer.getWindow(), outputShape, positions,
                                                 g * channels, channels);
      std::vector<uint8_t> x(patches.size()), columns(patches.size());
      parallelForRanges(count, 0, [&](int64_t begin, int64_t end, int) {
        for (int64_t p = begin; p < end; ++p)
          for (int64_t k = 0; k < terms; ++k)
            columns[k * count + p] = x[p * terms + k] = grid.encode(patches[p * terms + k]);
      });
      patches = {};
      std::vector<int32_t> sums =
          sumDifferences(x, ArrayRef<uint8_t>(codes).slice(g * perGroup * terms, perGroup * terms), terms);
      parallelFor(perGroup, 0, [&](int64_t f) {
        WeightedErrors errors;
        for (int64_t p = 0; p < count; ++p) {
          int64_t at = p * filters + g * perGroup + f;
          errors.weight.push_back(sampleWeights[at]);
          errors.error.push_back(float(sample.outputs[at] + grid.step * sums[p * perGroup + f]));
        }
        optimizeRounding(columns,
                         MutableArrayRef<uint8_t>(codes).slice((g * perGroup + f) * terms, terms),
                         errors, grid, kRoundingPasses);
      });
    }
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = float(grid.decode(codes[i]));
    replaceParameter(quantize->getOpOperand(0), weights);
    run.set(layer.getFilter(),
            Tensor::of<float>(Shape(filterType.getShape().vec()), weights));
  }

  void correct(Operation *output, const std::string &name, const LayerSamples &sample,
               ArrayRef<float> sampleWeights, bool onlyMean) {
    Value value = output->getResult(0);
    std::vector<float> rows = gatherRows(run.get(value), sample.positions);
    int64_t filters = cast<RankedTensorType>(value.getType()).getShape().back();
    int64_t positions = sample.positions.size();
    std::vector<float> scale(filters), bias(filters);
    parallelFor(filters, 0, [&](int64_t f) {
      std::vector<float> x(positions), y(positions), w(positions);
      for (int64_t p = 0; p < positions; ++p) {
        x[p] = rows[p * filters + f];
        y[p] = sample.outputs[p * filters + f];
        w[p] = sampleWeights[p * filters + f];
      }
      AffineFit fit = fitAffine(x, y, w, onlyMean);
      scale[f] = float(fit.scale);
      bias[f] = float(fit.bias);
    });
    // The lossless clamp's constant, if it stands behind the layer, is part of what
    // was fitted.
    Operation *old = value.hasOneUse() ? *value.user_begin() : nullptr;
    ChannelAffineOp affine = insertAffine(value, name + ".fit", scale, bias);
    if (old && old->hasAttr(kClampConstantAttr)) {
      old->getResult(0).replaceAllUsesWith(old->getOperand(0));
      old->erase();
    }
    run.continueAt(affine.getScale().getDefiningOp());
  }

  NetworkRun &run;
  const std::map<std::string, LayerSamples> &samples;
};

struct FitLayers : tally::impl::FitLayersBase<FitLayers> {
  using FitLayersBase::FitLayersBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    int64_t count = 0;
    network->walk([&](AdderConv2DOp layer) { count += wantsFit(layer); });
    if (count == 0)
      return;
    auto reference = getOperation().lookupSymbol<func::FuncOp>(kReferenceName);
    if (!reference) {
      network->emitError() << "requires @" << kReferenceName << ": run tally-keep-reference first";
      return signalPassFailure();
    }
    FailureOr<Tensor> inputs = loadImages(*network, {data, mean, std, images});
    if (failed(inputs))
      return signalPassFailure();
    auto samples = sampleLayers(reference, *inputs, kFitPositions, /*withPatches=*/false,
                                "sampling the float network");
    if (failed(samples))
      return signalPassFailure();
    FailureOr<NetworkRun> run = NetworkRun::start(*network, *inputs);
    if (failed(run))
      return signalPassFailure();
    LayerFitter fitter(*run, *samples);
    Progress progress("fitting layers", count, "layers");
    while (!isa<func::ReturnOp>(run->next())) {
      auto layer = dyn_cast<AdderConv2DOp>(run->next());
      if (layer && wantsFit(layer)) {
        if (failed(fitter.fit(layer)))
          return signalPassFailure();
        progress.advance(1);
      } else if (failed(run->advance())) {
        return signalPassFailure();
      }
    }
  }

  static bool wantsFit(AdderConv2DOp layer) {
    LayerPlan plan = getPlan(layer);
    return (plan.optimizeRounding && plan.codes == CodeRule::Unsigned) ||
           plan.correction != Correction::None;
  }
};

} // namespace

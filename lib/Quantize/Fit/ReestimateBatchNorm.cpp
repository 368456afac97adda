//===- ReestimateBatchNorm.cpp - statistics of the quantized network ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_REESTIMATEBATCHNORM
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-reestimate-batch-norm"

/// Mean and variance of each channel.
static std::pair<std::vector<float>, std::vector<float>> computeStatistics(const Tensor &tensor) {
  int64_t channels = tensor.shape().back(), rows = tensor.size() / channels;
  std::vector<double> sum(channels, 0.0), squares(channels, 0.0);
  const float *data = tensor.data<float>();
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t c = 0; c < channels; ++c) {
      double value = data[row * channels + c];
      sum[c] += value;
      squares[c] += value * value;
    }
  std::vector<float> mean(channels), variance(channels);
  for (int64_t c = 0; c < channels; ++c) {
    double m = sum[c] / double(rows);
    mean[c] = float(m);
    variance[c] = float(std::max(squares[c] / double(rows) - m * m, 0.0));
  }
  return {mean, variance};
}

namespace {
struct ReestimateBatchNorm : tally::impl::ReestimateBatchNormBase<ReestimateBatchNorm> {
  using ReestimateBatchNormBase::ReestimateBatchNormBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    if (!always && !getPlan(getOperation()).reestimateBatchNorm)
      return;
    FailureOr<NetworkRun> run = startOnImages(*network, {data, mean, std, images});
    if (failed(run))
      return signalPassFailure();
    // In order: each statistic is taken behind layers that already have theirs.
    while (!isa<func::ReturnOp>(run->next())) {
      if (auto norm = dyn_cast<BatchNormOp>(run->next())) {
        auto [mean, variance] = computeStatistics(run->get(norm.getInput()));
        if (!getParameter(norm.getMean()) || !getParameter(norm.getVariance())) {
          norm.emitError() << "requires parameters to be re-estimated";
          return signalPassFailure();
        }
        LDBG() << "'" << getLayerName(norm) << "': new means and variances of " << mean.size()
               << " channels";
        replaceParameter(norm.getMeanMutable(), mean);
        replaceParameter(norm.getVarianceMutable(), variance);
        run->set(norm.getMean(), Tensor::of<float>({int64_t(mean.size())}, mean));
        run->set(norm.getVariance(), Tensor::of<float>({int64_t(variance.size())}, variance));
      }
      if (failed(run->advance()))
        return signalPassFailure();
    }
  }
};
} // namespace

//===- StartSteps.cpp - where learned scales of activations start ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Post-training ranges keep nearly all of what was seen. With few bits the best step is several
// times smaller, and training moves steps too slowly to find it. The one of least squared error
// clips too much; fourth powers of errors weigh what lies far out more.
//
//===----------------------------------------------------------------------===//

#include "Quantize/Network.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelGrid.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Categorical.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_STARTSTEPS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-start-steps"

namespace {

/// With more, what clipping gains is less than what it costs: gradients of steps count clipped
/// values as many times as there are codes.
constexpr int64_t kMostCodes = 64;

/// The levels in steps; none of types that are not uniform, have one step for each channel or many
/// codes.
std::vector<double> listLevels(Type type) {
  std::vector<double> levels;
  auto uniform = dyn_cast<UniformQuantizedType>(type);
  if (uniform && uniform.getStorageTypeMax() - uniform.getStorageTypeMin() < kMostCodes) {
    CodeRange range = getCodeRange(uniform);
    for (int64_t code = range.min; code <= range.max; ++code)
      levels.push_back(double(code - uniform.getZeroPoint()));
  }
  return levels;
}

/// Enough of them to know how they are distributed, from all images and channels.
std::vector<float> sample(const Tensor &tensor) {
  constexpr int64_t kSamples = 1 << 17;
  int64_t stride = (tensor.size() + kSamples - 1) / kSamples;
  while (std::gcd(stride, tensor.shape().back()) != 1)
    ++stride;
  std::vector<float> values;
  for (int64_t i = 0; i < tensor.size(); i += stride)
    if (std::isfinite(tensor.data<float>()[i]))
      values.push_back(tensor.data<float>()[i]);
  return values;
}

struct StartSteps : tally::impl::StartStepsBase<StartSteps> {
  using StartStepsBase::StartStepsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    FailureOr<NetworkRun> run = startOnImages(*network, {data, mean, std, images});
    if (failed(run))
      return signalPassFailure();
    // In order: each sees what the quantizers before it leave.
    while (!isa<func::ReturnOp>(run->next())) {
      if (auto quantizer = dyn_cast<LearnedQuantizerOp>(run->next()))
        start(quantizer, *run);
      if (failed(run->advance()))
        return signalPassFailure();
    }
  }

  static void start(LearnedQuantizerOp op, NetworkRun &run) {
    std::vector<double> levels = listLevels(op.getLevels());
    ml_program::GlobalOp parameter = getParameter(op.getScale());
    if (levels.empty() || getConstantElements(op.getInput()) || !parameter || repeatsCodes(op))
      return;
    std::vector<float> values = sample(run.get(op.getInput()));
    if (llvm::all_of(values, [](float v) { return v == 0; }))
      return;
    auto scale = float(searchScale(values, {}, LevelGrid(levels), false, ErrorRule::Fourth).scale);
    LDBG() << "'" << getLayerName(op) << "': from "
           << getFloats(getConstantElements(op.getScale())).front() << " to " << scale;
    // One load for all that have these codes.
    parameter.setValueAttr(makeElements<float>(cast<RankedTensorType>(op.getScale().getType()),
                                               {scale}, parameter.getSymName()));
    if (op.getSigma())
      replaceParameter(op.getSigmaMutable()[0], {float(scale * reference::kFirstSigma)});
    run.set(op.getScale(), Tensor::of<float>({1}, {scale}));
  }
};

} // namespace

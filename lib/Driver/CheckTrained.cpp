//===- CheckTrained.cpp - is it what was trained? -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/CheckTrained.h"

#include "tally/Cost/NetworkBudget.h"
#include "tally/Driver/Quantize.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Train/CompareCodes.h"
#include "tally/Train/MaskCosts.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tally {

/// All codes of all layers, on the first of `images`.
static Status compareLayerCodes(ModuleOp seen, ModuleOp deployed, const NetworkImages &images,
                                int threads) {
  constexpr int64_t kCompared = 64;
  FailureOr<std::vector<Tensor>> inputs = images.load(0, std::min(kCompared, images.size()));
  if (failed(inputs))
    return Error{};
  FailureOr<CodeComparison> compared = compareCodes(seen, deployed, *inputs, threads);
  if (failed(compared))
    return Error{};
  if (!compared->missing.empty())
    return Error{"the quantized network has no '" + compared->missing +
                     "', which the forward pass that was trained has",
                 ErrorKind::Check};
  if (compared->differing > 0)
    return Error{std::to_string(compared->differing) + " of " + std::to_string(compared->codes) +
                     " codes of the quantized network differ from those of the forward pass that "
                     "was trained, first in '" +
                     compared->first + "'",
                 ErrorKind::Check};
  return Done();
}

Status checkTrained(ModuleOp trained, ModuleOp seen, const NetworkImages &images, int threads) {
  constexpr int64_t kCompared = 1000;
  OwningOpRef<ModuleOp> deployed = trained.clone();
  QuantizeJob quantization;
  quantization.recipe = "imported";
  if (Result<QuantizeSummary> quantized = quantize(*deployed, quantization); !quantized)
    return quantized.error();
  if (Status same = compareLayerCodes(seen, *deployed, images, threads); !same)
    return same;
  EvaluateOptions options;
  options.threads = threads;
  options.limit = std::min(kCompared, images.size());
  options.outputs = true;
  FailureOr<Evaluation> one = evaluate(seen, images, options),
                        other = evaluate(*deployed, images, options);
  if (failed(one) || failed(other))
    return Error{};
  int64_t differing = 0, all = 0;
  for (const auto &[a, b] : llvm::zip(one->outputs, other->outputs))
    for (int64_t i = 0; i < a.second.size(); ++i, ++all)
      differing += a.second.data<float>()[i] != b.second.data<float>()[i];
  if (differing == 0)
    return Done();
  return Error{std::to_string(differing) + " of " + std::to_string(all) +
                   " results of the quantized network differ from those of the forward pass that "
                   "was trained",
               ErrorKind::Check};
}

Status checkBudget(ModuleOp seen, const CostBudget &budget) {
  if (budget.most == 0)
    return Done();
  FailureOr<double> cost = measureCost(seen, budget);
  if (failed(cost))
    return Error{};
  std::string most = formatCost(budget.kind, budget.most), takes = formatCost(budget.kind, *cost);
  if (*cost > budget.most)
    return Error{"the network takes " + takes + ", more than the budget of " + most +
                     ": what was trained behind the choice of bits made codes that are stored "
                     "wider; a later 'bits': 'until' may help",
                 ErrorKind::Check};
  emitRemark(UnknownLoc::get(seen.getContext()))
      << "budget " << most << "; the network takes " << takes << ", "
      << llvm::formatv("{0:F1} %", 100 * *cost / budget.most).str();
  return Done();
}

} // namespace tally

//===- NarrowTrained.cpp - a trained network with fewer bits --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/NarrowTrained.h"

#include "Driver/ModuleState.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/Passes.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include <set>

using namespace mlir;

namespace tally {

/// Bits of the codes around 0 of a convolution's filter; none of other operations.
static std::optional<int> getTrainedBits(Operation *op) {
  auto cast = dyn_cast<quant::DequantizeCastOp>(op);
  if (!cast || !cast.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>() ||
      llvm::none_of(cast->getUses(), [](OpOperand &use) { return use.getOperandNumber() == 1; }))
    return std::nullopt;
  Type type = getElementTypeOrSelf(cast.getInput().getType());
  if (!isa<quant::UniformQuantizedType, quant::UniformQuantizedPerAxisType>(type))
    return std::nullopt;
  CodeRange codes = getCodeRange(type);
  return codes.min == -codes.max ? std::optional(int(llvm::Log2_64(codes.max + 1)) + 1)
                                 : std::nullopt;
}

Status narrowTrained(ModuleOp module, const QuantizeJob &job) {
  std::set<int> found;
  module.walk([&](Operation *op) {
    if (std::optional<int> bits = getTrainedBits(op))
      found.insert(*bits);
  });
  if (!found.count(job.widestBits)) {
    std::string there;
    for (int bits : found)
      there += (there.empty() ? "" : ", ") + std::to_string(bits);
    return Error{"no layer has weights trained to " + std::to_string(job.widestBits) + " bits in " +
                 nameOf(module) +
                 (there.empty() ? "; it has no trained codes of equal steps"
                                : "; there are layers of " + there + " bits")};
  }
  PassManager manager(module.getContext());
  manager.addPass(createNarrowWeights({job.weightBits, job.widestBits}));
  return succeeded(runPasses(manager, module)) ? Status(Done()) : Error{};
}

} // namespace tally

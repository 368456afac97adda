//===- AttentionShares.cpp - how much each quantizer counts ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/AttentionShares.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

std::vector<std::pair<std::string, double>> measureAttention(ModuleOp network) {
  std::vector<std::pair<std::string, double>> shares;
  network.walk([&](MixtureOp op) {
    ElementsAttr elements = getConstantElements(op.getLogits());
    if (!elements)
      return;
    std::vector<float> logits = getFloats(elements);
    double most = *std::max_element(logits.begin(), logits.end()), sum = 0;
    for (float logit : logits)
      sum += std::exp(double(logit) - most);
    for (auto [member, logit] : llvm::zip_equal(op.getMembers(), logits)) {
      auto quantizer = member.getDefiningOp<LearnedQuantizerOp>();
      ml_program::GlobalOp scale =
          quantizer ? getParameter(quantizer.getScale()) : ml_program::GlobalOp();
      if (scale)
        shares.emplace_back(scale.getSymName().str(), std::exp(double(logit) - most) / sum);
    }
  });
  return shares;
}

} // namespace tally

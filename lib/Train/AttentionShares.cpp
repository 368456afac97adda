//===- AttentionShares.cpp - how much each quantizer counts ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/AttentionShares.h"

#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"

using namespace mlir;

namespace tally {

std::vector<std::pair<std::string, double>> measureAttention(ModuleOp network) {
  std::vector<std::pair<std::string, double>> shares;
  network.walk([&](MixtureOp op) {
    std::optional<std::vector<double>> attention = getAttention(op);
    ml_program::GlobalOp logits = getParameter(op.getLogits());
    if (!attention || !logits)
      return;
    for (auto [k, member] : llvm::enumerate(op.getMembers())) {
      auto quantizer = member.getDefiningOp<LearnedQuantizerOp>();
      ml_program::GlobalOp scale =
          quantizer ? getParameter(quantizer.getScale()) : ml_program::GlobalOp();
      std::string name =
          scale ? scale.getSymName().str() : logits.getSymName().str() + "." + std::to_string(k);
      // Those that learn nothing have the name of their weights and their rule.
      auto ofFilter = member.getDefiningOp<FilterQuantizerOp>();
      if (auto weights = ofFilter ? getParameter(ofFilter.getInput()) : ml_program::GlobalOp())
        name = (weights.getSymName() + "." + ofFilter.getRuleName()).str();
      shares.emplace_back(name, (*attention)[k]);
    }
  });
  return shares;
}

} // namespace tally

//===- TrainWarnings.cpp - what a recipe says in vain ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/TrainWarnings.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Support/Json.h"
#include "tally/Train/IntegerForward.h"

#include <nlohmann/json.hpp>

using namespace mlir;

namespace tally {

namespace {

template <typename OpT> bool has(ModuleOp network) {
  return network.walk([](OpT) { return WalkResult::interrupt(); }).wasInterrupted();
}

} // namespace

void warnOfTraining(ModuleOp network, const std::string &recipe, const std::string &train) {
  if (train.empty()) {
    network.emitWarning() << "recipe '" << recipe
                          << "' has no 'train' object: the defaults of its keys are used";
    return;
  }
  Result<nlohmann::json> said = parseObject(train, recipe);
  if (!said)
    return; // it was read before
  bool quantizes = hasLearnedQuantizers(network);
  bool learns =
      network
          .walk([](LearnedQuantizerOp op) {
            return getParameter(op.getScale()) ? WalkResult::interrupt() : WalkResult::advance();
          })
          .wasInterrupted();
  struct Key {
    const char *name;
    bool matters;
    const char *missing;
  };
  for (const Key &key :
       {Key{"scale_rate", learns, "learned scales"}, Key{"freeze", quantizes, "learned quantizers"},
        Key{"attention", has<MixtureOp>(network), "quantizers that are mixed ('quantizer' 'dqa')"},
        Key{"bits", has<LevelMasksOp>(network), "bits that are dropped ('drop_bits')"},
        Key{"ebops", learnsFractions(network),
            "fractional bits that are learned ('quantizer' 'hgq')"},
        Key{"adder_rate", has<AdderConv2DOp>(network), "adder layers"}})
    if (said->contains(key.name) && !key.matters)
      network.emitWarning() << "recipe '" << recipe << "': 'train': '" << key.name
                            << "' has no effect: the network has no " << key.missing;
  bool learnsBits =
      network
          .walk([](LevelMasksOp op) {
            return getParameter(op.getLogits()) ? WalkResult::interrupt() : WalkResult::advance();
          })
          .wasInterrupted();
  if (has<LevelMasksOp>(network) && !learnsBits && said->contains("bits"))
    for (const char *name : {"average", "strength", "rate"})
      if ((*said)["bits"].contains(name))
        network.emitWarning() << "recipe '" << recipe << "': 'train': 'bits': '" << name
                              << "' has no effect: the network has no bits that are learned "
                                 "('learned_bits')";
}

} // namespace tally

//===- TrainKeys.h - the keys of a recipe's train object --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TRAIN_HOST_TRAINKEYS_H
#define TALLY_LIB_TRAIN_HOST_TRAINKEYS_H

#include "tally/Train/TrainPlan.h"

#include <functional>

namespace tally {

/// One key: what it may be, and the field of a `TrainPlan` that it sets.
struct TrainKey {
  std::string object; ///< within `train`; empty for `train` itself
  std::string name;
  std::string values;   ///< "1..65536", "true, false", "sgd, adam"
  std::string required; ///< "an integer in 1..65536"
  std::string standard; ///< what the field is where no recipe sets it
  std::string about;    ///< for people who write recipes
  /// Sets the field if the value is one that the key may have.
  std::function<bool(const nlohmann::json &, TrainPlan &)> read;
  /// What the plan has to have for the key to have an effect, "'optimizer' 'adam'", and whether a
  /// plan has it; empty for nothing.
  std::string needs = {};                          // NOLINT(readability-redundant-member-init)
  std::function<bool(const TrainPlan &)> has = {}; // NOLINT(readability-redundant-member-init)

  std::string fullName() const { return object.empty() ? name : object + "." + name; }
};

/// All keys, in the order in which people read them.
const std::vector<TrainKey> &getTrainKeys();

} // namespace tally

#endif // TALLY_LIB_TRAIN_HOST_TRAINKEYS_H

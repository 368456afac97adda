//===- Robustness.h - classes that no small change changes ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_ROBUSTNESS_H
#define TALLY_DRIVER_ROBUSTNESS_H

#include "tally/Driver/Images.h"
#include "tally/Measure/Robustness.h"

#include <string>
#include <vector>

namespace tally {

/// How far pixels may change, and how the user wrote it.
struct Radius {
  std::string text;
  double value = 0;
};

/// Numbers from 0 to 1 separated by commas, decimal or as quotients: `0,1/255,0.01`.
Result<std::vector<Radius>> parseRadii(const std::string &text);

struct RobustnessJob {
  ImageOptions images;
  std::vector<Radius> radii; ///< at least one
  int64_t threads = 0;       ///< 0: one for every processor
};

struct RobustnessResult {
  NetworkImages images;
  Robustness robustness; ///< of the radii, in their order
};

/// Which images an integer network certifiably gives one class to, whatever happens within each
/// radius.
Result<RobustnessResult> certifyRobustness(mlir::ModuleOp module, const RobustnessJob &job);

} // namespace tally

#endif // TALLY_DRIVER_ROBUSTNESS_H

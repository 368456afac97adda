//===- Sweep.h - many recipes, one table ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_SWEEP_H
#define TALLY_DRIVER_SWEEP_H

#include "tally/Driver/Images.h"
#include "tally/IR/MulFree.h"
#include "tally/Support/Result.h"

#include <functional>
#include <optional>

namespace tally {

struct SweepJob {
  std::string network;              ///< a file with a calibrated network
  std::vector<std::string> recipes; ///< built-in names and files, see `expandRecipes`
  ImageOptions images;              ///< that accuracy is measured on
  /// Images that recipes measure outputs on, the first 500; by default those of `images`.
  std::string fit;
  std::optional<MulFree> mulFree;
  std::string energyTable; ///< a file; empty for the built-in table
  int64_t threads = 0;     ///< to evaluate; 0: one for every processor
  /// Where the figures and the network of each recipe are kept as soon as it is done, see
  /// `listSweepFiles`. Figures that are there already count, unless the network, an image, the
  /// recipe or anything else that they depend on is another one. Empty for nowhere.
  std::string directory;
};

/// The figures of one network, or why there are none.
struct SweepRow {
  std::string recipe; ///< empty for the float network
  std::string error;  ///< empty where there are figures
  bool kept = false;  ///< figures of an earlier sweep
  /// Fractions of images, with labels; `top5` of more than 5 classes only.
  std::optional<double> top1, top5;
  /// Without labels, of recipes only: signal-to-quantization-noise ratio in dB beside the float
  /// network, of the result where it is lowest.
  std::optional<double> sqnr;
  int64_t images = 0;
  int64_t codeBytes = 0, storedBytes = 0; ///< constants, at the width of codes and as stored
  double picojoules = 0;                  ///< an image, estimated
  double milliseconds = 0;                ///< an image, on one thread of this machine
};

struct Sweep {
  SweepRow floatNetwork;
  std::vector<SweepRow> recipes; ///< in the order of the job
  size_t countFailed() const;
};

/// Quantizes the network by one recipe after another. `onRow` gets every row when it is known, that
/// of the float network first; what recipes have against the network is in their rows. Fails
/// before that where there is no recipe of a name, and where the float network cannot be measured.
Result<Sweep> sweep(const SweepJob &job, const std::function<void(const SweepRow &)> &onRow);

/// FILE.json of the float network and, for each recipe, its NAME.json and NAME.q.mlir. Fails
/// where two recipes would have one name.
Result<std::vector<std::string>> listSweepFiles(const SweepJob &job);

/// Lines of a table, as wide as the names of `job` need it.
std::string formatSweepHeader(const SweepJob &job, const SweepRow &floatNetwork);
std::string formatSweepRow(const SweepJob &job, const SweepRow &row, const SweepRow &floatNetwork);

/// All rows as a JSON object, or as comma-separated values with a header (RFC 4180).
std::string toJson(const SweepJob &job, const Sweep &sweep);
std::string toCsv(const Sweep &sweep);

} // namespace tally

#endif // TALLY_DRIVER_SWEEP_H

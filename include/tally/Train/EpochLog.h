//===- EpochLog.h - a line an epoch -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file of JSON objects, one a line. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_EPOCHLOG_H
#define TALLY_TRAIN_EPOCHLOG_H

#include "tally/Support/File.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tally {

/// Numbers with names, in an order of their own.
using NamedNumbers = std::vector<std::pair<std::string, double>>;

/// What happened in an epoch.
struct EpochRecord {
  int64_t epoch = 0; ///< from 1
  int64_t steps = 0; ///< since training began
  double loss = 0;   ///< mean over the images of the epoch
  /// Shares of images that are classified right, of the epoch and of those that are only evaluated
  /// on; without classes there are none.
  std::optional<double> trainAccuracy, accuracy;
  double rate = 0; ///< of the last step
  double imagesPerSecond = 0;
  double seconds = 0;         ///< of the epoch
  NamedNumbers stepSizes;     ///< of learned quantizers, by their names
  NamedNumbers gridDistances; ///< of weights to their levels, by their names
  NamedNumbers attention;     ///< shares of quantizers that are mixed, by their scales' names
  NamedNumbers expectedBits;  ///< of weights behind learned masks, by the masks' names
  NamedNumbers extra;         ///< under names that are none of the above
};

/// `{"epoch":1,"steps":390,"loss":0.5,...}` without the end of the line. Numbers are written with
/// as many digits as tell them from all others; what is not finite is `null`.
std::string toJson(const EpochRecord &record);

/// The records of a log, whose epochs rise. Fails, naming the line, on what is none.
Result<std::vector<EpochRecord>> readEpochLog(const std::string &path);

/// A log that grows.
class EpochLog {
public:
  /// Begins a log at `path`, whatever was there; `-` is stdout. Where training goes on behind a
  /// checkpoint of epoch `keep`, the lines of a file up to that epoch stay. A line is to be written
  /// before the checkpoint of its epoch, so there may be one more, or a part of one if the machine
  /// went down, which go.
  static Result<EpochLog> open(const std::string &path, int64_t keep = 0);
  EpochLog(EpochLog &&other) noexcept;
  ~EpochLog();

  /// Adds a line. It is in the file, for all who read it, when this returns; if it cannot be
  /// written whole, no part of it is.
  Status append(const EpochRecord &record);

private:
  EpochLog(std::string path, int file) : path(std::move(path)), file(file) {}

  std::string path;
  int file;
};

} // namespace tally

#endif // TALLY_TRAIN_EPOCHLOG_H

//===- Schedule.h - when stages begin and end -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_SCHEDULE_H
#define TALLY_RTL_SCHEDULE_H

#include "tally/Rtl/Rtl.h"

#include <cstdint>
#include <vector>

namespace tally {

/// A map of `buffers` images from one stage to another, which are numbered in order.
struct StageLink {
  unsigned writer = 0, reader = 0;
  int64_t buffers = 1;
};

/// The stages of a circuit in order: the first takes images in, the last hands results out.
struct CircuitSchedule {
  /// Whether stages work at the same time, each on another image; else one after another.
  bool pipelined = false;
  std::vector<int64_t> cycles; ///< of each stage, from its start to its end
  std::vector<StageLink> links;

  /// Gives every map as many images that no stage waits for one that is faster than the slowest.
  void setBuffers();

  /// When the last result of each of `images` images leaves, counted from the first code of the
  /// first, where neither end pauses.
  std::vector<int64_t> ends(int64_t images) const;
  /// The same of the first image, the cycle of its first code included.
  int64_t latency() const { return ends(1).front() + 1; }
  /// Cycles from the end of an image to that of the next, once the slowest stage never rests.
  int64_t interval() const;

  /// As the attribute `schedule` of a module, and back.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static CircuitSchedule of(rtl::ModuleOp module);
};

/// A stage of a circuit.
struct StageSummary {
  std::string name;
  std::string layer;                             ///< of stages with lanes; empty for others
  int64_t filters = 0, channels = 0, digits = 0; ///< at once; 0 without lanes
  int64_t cycles = 0;
};

/// In order.
std::vector<StageSummary> listStages(rtl::ModuleOp module);

/// The stages with their lanes and cycles, and what an image takes: a line each.
std::vector<std::string> describeSchedule(rtl::ModuleOp module);

} // namespace tally

#endif // TALLY_RTL_SCHEDULE_H

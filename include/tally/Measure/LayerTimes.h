//===- LayerTimes.h - layers beside the limits of this machine --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_LAYERTIMES_H
#define TALLY_MEASURE_LAYERTIMES_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// What one thread reaches at most: a loop of nothing but these operations on registers, compiled
/// and measured in this process.
struct OperationLimit {
  std::string name; ///< "psadbw", "multiply-add f32"
  double rate = 0;  ///< operations a second: products, differences or additions of elements
};

/// Reads through `bytes` again and again.
struct MemoryLimit {
  int64_t bytes = 0;
  double rate = 0; ///< bytes a second
};

/// Layers that one step computes, with the steps that work for them, or a step of no layer. Per
/// image.
struct LayerTime {
  std::string name;
  std::vector<std::string> layers; ///< none for a step of no layer
  double seconds = 0;              ///< median, all of its steps
  /// Multiply-accumulates, absolute differences, or shifts with their additions; of layers
  /// without weights all operations.
  int64_t operations = 0;
  int64_t bytes = 0;         ///< of inputs, outputs and constants, once each
  int64_t constantBytes = 0; ///< of them, of constants

  struct Part {
    size_t limit; ///< index into the limits
    int64_t operations;
  };
  /// Of `operations`. None in layers without weights: they are held against memory alone, because
  /// what their operations become depends on those around them.
  std::vector<Part> parts;
  double computeSeconds = 0, memorySeconds = 0; ///< at the limits

  /// The part of `seconds` that it would take at the higher of the two limits.
  double share() const {
    double least = computeSeconds > memorySeconds ? computeSeconds : memorySeconds;
    return seconds > 0 ? least / seconds : 0;
  }
  bool isMemoryBound() const { return memorySeconds > computeSeconds; }
};

/// What is computed at one limit, in all layers.
struct LimitTotal {
  int64_t operations = 0;
  double seconds = 0; ///< of layers at several limits the part that these would take there
};

struct LayerProfile {
  std::vector<OperationLimit> limits; ///< those that layers need
  /// Reads through as many bytes as there are activations (workspace, inputs and outputs), which
  /// come from nearby, and through as many as there are constants too, which come from wherever
  /// all of that lies.
  MemoryLimit activations, constants;
  std::vector<LayerTime> layers;

  /// For each limit.
  std::vector<LimitTotal> totals() const;
};

} // namespace tally

#endif // TALLY_MEASURE_LAYERTIMES_H

//===- Benchmark.h - how fast a network runs here ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_BENCHMARK_H
#define TALLY_MEASURE_BENCHMARK_H

#include "tally/IR/MulFree.h"
#include "tally/Measure/Explanation.h"
#include "tally/Measure/LayerTimes.h"
#include "tally/Target/Cpu/CpuTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

struct BenchmarkOptions {
  int threads = 0;       ///< that share each call, then for throughput; 0 for one thread only
  int64_t runs = 0;      ///< measured calls (a thread); 0 for as many as fit in `seconds`
  double seconds = 1;    ///< duration of each measurement
  bool steps = false;    ///< also the time of each step
  bool perLayer = false; ///< also that of each layer, beside this machine's limits
  bool explain = false;  ///< also how each layer is computed
  MulFree mulFree = MulFree::No;
};

struct Benchmark {
  int64_t batch = 1, workspaceBytes = 0;
  double compileSeconds = 0;

  /// Seconds per image, one call after another on one thread. Calls that are
  /// too short for the clock are timed several at a time.
  double median = 0, min = 0, max = 0;
  int64_t runs = 0; ///< calls

  /// The same with several threads inside each call, if asked for more than one, and unless
  /// the level is strict.
  struct Latency {
    double median = 0, min = 0, max = 0;
    int64_t runs = 0;
  };
  std::optional<Latency> shared;

  /// Calls on several threads at once, if asked for.
  int threads = 0;
  int64_t images = 0;
  double seconds = 0;

  /// Median seconds per image of each step, in order. A build of its own, whose
  /// steps are not inlined.
  struct Step {
    std::string name;
    std::vector<std::string> layers; ///< that it computes; none where it prepares or copies
    double seconds = 0;
  };
  std::vector<Step> steps;

  std::optional<LayerProfile> profile;    ///< of each layer, if asked for
  std::optional<Explanation> explanation; ///< if asked for
};

/// Compiles `module` (float or `integer`; not changed) in this process and runs
/// it on random inputs: codes of the whole range, floats in [0, 1).
mlir::FailureOr<Benchmark> benchmark(mlir::ModuleOp module, const BenchmarkOptions &options,
                                     const CpuTarget &target = CpuTarget::host());

} // namespace tally

#endif // TALLY_MEASURE_BENCHMARK_H

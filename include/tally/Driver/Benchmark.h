//===- Benchmark.h - how fast a network runs here ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_BENCHMARK_H
#define TALLY_DRIVER_BENCHMARK_H

#include "tally/Measure/Benchmark.h"
#include "tally/Measure/Roofline.h"
#include "tally/Support/Result.h"

#include <optional>

namespace tally {

struct BenchmarkJob {
  int64_t threads = 0;   ///< that share each call, then for throughput; 0 for one thread only
  int64_t runs = 0;      ///< measured calls, a thread; 0: as many as take a second
  bool steps = false;    ///< also the time of each step
  bool perLayer = false; ///< also that of each layer, beside this machine's limits
  bool explain = false;  ///< also how each layer is computed
  /// By LLVM's name, one whose code runs here; by default this machine's.
  std::string processor;
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
};

struct Benchmarked {
  Benchmark times;
  MulFree level = MulFree::No;
  std::string processor;
};

/// Time per image of the network compiled for this machine, on random inputs.
Result<Benchmarked> benchmark(mlir::ModuleOp module, const BenchmarkJob &job);

} // namespace tally

#endif // TALLY_DRIVER_BENCHMARK_H

//===- Benchmark.cpp - how fast a network runs here -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Benchmark.h"

#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "Driver/Processor.h"
#include "Driver/Threads.h"

using namespace mlir;

namespace tally {

Result<Benchmarked> benchmark(ModuleOp module, const BenchmarkJob &job) {
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  if (Status whole = expectLowerable(module); !whole)
    return whole.error();
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  BenchmarkOptions options;
  options.threads = int(job.threads);
  options.runs = job.runs;
  options.steps = job.steps;
  options.perLayer = job.perLayer;
  options.explain = job.explain;
  options.mulFree = *level;
  Result<CpuTarget> target = chooseProcessor(job.processor);
  if (!target)
    return target.error();
  FailureOr<Benchmark> times = benchmark(module, options, *target);
  if (failed(times))
    return Error{};
  return Benchmarked{std::move(*times), *level, target->cpu};
}

} // namespace tally

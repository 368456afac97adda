//===- Parallel.h - loops on several threads --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One pool of threads for the process, started when first needed. Iterations
// are handed out as threads become free, so the caller keeps results
// independent of the order: each iteration writes its own place, or partial
// results are merged in an order of their own. Bodies must not throw.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_PARALLEL_H
#define TALLY_SUPPORT_PARALLEL_H

#include <cstdint>
#include <functional>

namespace tally {

/// The number of threads that `threads` asks for: 0 is one for every processor.
int resolveThreads(int threads);

/// Calls `body(i)` once for every i in [0, count), on up to `threads` threads
/// (0 asks the machine) of which the caller is one. Returns when all are done.
/// May be nested; runs in place where one thread suffices.
void parallelFor(int64_t count, int threads, const std::function<void(int64_t)> &body);

/// As parallelFor, in pieces: `body(begin, end, worker)` for ranges that
/// together cover [0, count) once. `worker` is in [0, resolveThreads(threads))
/// and never in use by two calls at a time: an index for scratch memory.
void parallelForRanges(int64_t count, int threads,
                       const std::function<void(int64_t begin, int64_t end, int worker)> &body);

} // namespace tally

#endif // TALLY_SUPPORT_PARALLEL_H

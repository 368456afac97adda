//===- Parallel.cpp - loops on several threads ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace tally {

namespace {

/// One loop. Lives on the stack of the thread that asked for it.
struct Loop {
  Loop(int64_t count, int workers, const std::function<void(int64_t, int64_t, int)> &body)
      : count(count), workers(workers), body(body), wanted(workers - 1) {}

  const int64_t count;
  const int workers;
  const std::function<void(int64_t, int64_t, int)> &body;
  std::atomic<int64_t> next{0};

  // Guarded by the pool's mutex.
  int wanted;     // helpers that may still join
  int joined = 1; // worker numbers handed out; the caller is 0
  int running = 0;
  std::condition_variable idle; // running became 0

  /// Runs pieces until none is left: large ones first, single ones at the end.
  void work(int worker) {
    int64_t begin = next.load(std::memory_order_relaxed);
    while (begin < count) {
      int64_t size = std::max<int64_t>(1, (count - begin) / (4 * workers));
      if (!next.compare_exchange_weak(begin, begin + size, std::memory_order_relaxed))
        continue;
      body(begin, begin + size, worker);
      begin = next.load(std::memory_order_relaxed);
    }
  }
};

/// Threads that help with loops. The caller of a loop works too and waits only
/// for helpers that have joined, so progress never depends on a free thread.
class Pool {
public:
  void run(Loop &loop) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      startThreads(loop.workers - 1);
      open.push_back(&loop);
    }
    wake.notify_one();
    loop.work(0);

    std::unique_lock<std::mutex> lock(mutex);
    open.erase(std::remove(open.begin(), open.end(), &loop), open.end());
    loop.idle.wait(lock, [&] { return loop.running == 0; });
  }

private:
  void startThreads(int wanted) {
    try {
      for (; threads < wanted; ++threads)
        std::thread([this] { help(); }).detach();
    } catch (const std::system_error &) {
      // The system has no more threads: work with those there are.
    }
  }

  void help() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return !open.empty(); });
      Loop &loop = *open.front();
      int worker = loop.joined++;
      ++loop.running;
      if (--loop.wanted == 0)
        open.pop_front();
      bool more = !open.empty();
      lock.unlock();
      if (more) // each helper wakes the next: the caller pays for one only
        wake.notify_one();
      loop.work(worker);
      lock.lock();
      if (--loop.running == 0)
        loop.idle.notify_one();
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Loop *> open; // loops that want helpers
  int threads = 0;
};

} // namespace

int resolveThreads(int threads) {
  if (threads > 0)
    return threads;
  return std::max(1, int(std::thread::hardware_concurrency()));
}

void parallelForRanges(int64_t count, int threads,
                       const std::function<void(int64_t, int64_t, int)> &body) {
  if (count <= 0)
    return;
  int workers = int(std::min<int64_t>(count, resolveThreads(threads)));
  if (workers == 1)
    return body(0, count, 0);
  // Never destroyed: its threads may outlive main.
  static Pool *pool = new Pool;
  Loop loop(count, workers, body);
  pool->run(loop);
}

void parallelFor(int64_t count, int threads, const std::function<void(int64_t)> &body) {
  parallelForRanges(count, threads, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i)
      body(i);
  });
}

} // namespace tally

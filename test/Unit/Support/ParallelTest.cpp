// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

using namespace tally;

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (int threads : {0, 1, 2, 3, 8})
    for (int64_t count : {-1, 0, 1, 2, 3, 7, 100, 10001}) {
      std::vector<std::atomic<int>> visits(count > 0 ? count : 0);
      parallelFor(count, threads, [&](int64_t i) { ++visits[i]; });
      for (auto &visit : visits)
        ASSERT_EQ(visit, 1);
    }
}

TEST(ParallelFor, PlainWritesAreSeenAfterwards) {
  std::vector<int64_t> squares(5000);
  for (int repeat = 0; repeat < 50; ++repeat) {
    parallelFor(5000, 4, [&](int64_t i) { squares[i] = i * i + repeat; });
    for (int64_t i = 0; i < 5000; ++i)
      ASSERT_EQ(squares[i], i * i + repeat);
  }
}

TEST(ParallelFor, Nests) {
  std::atomic<int64_t> sum{0};
  parallelFor(20, 4, [&](int64_t i) {
    parallelFor(20, 4, [&](int64_t j) { parallelFor(3, 2, [&](int64_t k) { sum += i * j + k; }); });
  });
  EXPECT_EQ(sum, 3 * 190 * 190 + 3 * 400);
}

TEST(ParallelFor, ServesSeveralCallers) {
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 200; ++repeat)
        parallelFor(50, 3, [&](int64_t i) { sum += i; });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sum, 4 * 200 * 1225);
}

TEST(ParallelFor, UsesSeveralThreads) {
  // Each of two iterations waits for the other one to start.
  std::atomic<int> started{0};
  parallelFor(2, 2, [&](int64_t) {
    ++started;
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (started < 2 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  });
  EXPECT_EQ(started, 2);
}

TEST(ParallelForRanges, WorkersAreExclusive) {
  constexpr int kThreads = 5;
  auto busy = std::make_unique<std::atomic<bool>[]>(kThreads);
  std::vector<int64_t> perWorker(kThreads); // plain: a race would be found
  std::atomic<bool> wrong{false};
  parallelForRanges(20000, kThreads, [&](int64_t begin, int64_t end, int worker) {
    if (worker < 0 || worker >= kThreads || begin >= end || busy[worker].exchange(true)) {
      wrong = true;
      return;
    }
    perWorker[worker] += end - begin;
    busy[worker] = false;
  });
  EXPECT_FALSE(wrong);
  int64_t total = 0;
  for (int64_t count : perWorker)
    total += count;
  EXPECT_EQ(total, 20000);
}

TEST(ParallelForRanges, OneThreadIsOnePiece) {
  std::thread::id caller = std::this_thread::get_id();
  int calls = 0;
  parallelForRanges(10, 1, [&](int64_t begin, int64_t end, int worker) {
    EXPECT_EQ(begin, 0);
    EXPECT_EQ(end, 10);
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
}

TEST(ResolveThreads, ZeroAsksTheMachine) {
  EXPECT_GE(resolveThreads(0), 1);
  EXPECT_EQ(resolveThreads(3), 3);
}

//===- Team.cpp - threads that share short pieces of work -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Team.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace tally {

namespace {

constexpr std::chrono::microseconds kAwake(100);

/// Tells the processor that a loop waits.
void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield");
#endif
}

/// How many threads wait awake, of all teams.
class Awake {
public:
  Awake() : granted(count.fetch_add(1, std::memory_order_relaxed) < most()) {}
  ~Awake() { count.fetch_sub(1, std::memory_order_relaxed); }
  Awake(const Awake &) = delete;

  const bool granted;

private:
  /// The callers take a processor, too.
  static int most() {
    static const int processors = int(std::thread::hardware_concurrency());
    return processors - 1;
  }
  static std::atomic<int> count;
};

std::atomic<int> Awake::count{0};

} // namespace

/// A thread, and the share that is open to it.
struct alignas(64) Team::Member {
  enum State : int { Idle, Open, Running, Quit };

  void start(const Work &work, int32_t share) {
    thread = std::thread([this, &work, share] {
      while (waitForWork() != Quit)
        if (take())
          finish(work, share);
    });
  }

  /// Opens a share, or ends the thread.
  void open(State next) {
    state.store(next, std::memory_order_seq_cst);
    // Either this sees that the thread sleeps, or the thread sees the state.
    if (!asleep.load(std::memory_order_seq_cst))
      return;
    std::lock_guard<std::mutex> lock(mutex);
    wake.notify_one();
  }

  /// Whether the share is now the calling thread's; it is one thread's only.
  bool take() {
    int expected = Open;
    return state.compare_exchange_strong(expected, Running, std::memory_order_acquire);
  }

  void finish(const Work &work, int32_t share) {
    work.run(work.task, share, work.shares);
    state.store(Idle, std::memory_order_release);
  }

  void waitUntilDone() const {
    // The thread is at work; it may have lost its processor.
    for (int turn = 1; state.load(std::memory_order_acquire) != Idle; ++turn)
      if (turn % 1024)
        pause();
      else
        std::this_thread::yield();
  }

  std::thread thread;

private:
  int waitForWork() {
    if (Awake awake; awake.granted) {
      auto end = std::chrono::steady_clock::now() + kAwake;
      do
        for (int turn = 0; turn < 64; ++turn, pause())
          if (int now = state.load(std::memory_order_acquire); now != Idle)
            return now;
      while (std::chrono::steady_clock::now() < end);
    }
    std::unique_lock<std::mutex> lock(mutex);
    asleep.store(true, std::memory_order_seq_cst);
    int now;
    while ((now = state.load(std::memory_order_seq_cst)) == Idle)
      wake.wait(lock);
    asleep.store(false, std::memory_order_relaxed);
    return now;
  }

  std::atomic<int> state{Idle};
  std::atomic<bool> asleep{false};
  std::mutex mutex;
  std::condition_variable wake;
};

Team::Team(int threads) {
  try {
    for (int32_t share = 1; share < threads; ++share) {
      auto member = std::make_unique<Member>();
      member->start(work, share);
      members.push_back(std::move(member));
    }
  } catch (const std::system_error &) {
    // The system has no more threads: work with those there are.
  }
}

Team::~Team() {
  for (auto &member : members)
    member->open(Member::Quit);
  for (auto &member : members)
    member->thread.join();
}

void Team::run(int32_t most, Run *run, void *task) {
  int32_t shares = std::clamp<int32_t>(most, 1, size());
  work = {run, task, shares};
  for (int32_t share = 1; share < shares; ++share)
    members[share - 1]->open(Member::Open);
  run(task, 0, shares);
  for (int32_t share = 1; share < shares; ++share)
    if (Member &member = *members[share - 1]; member.take())
      member.finish(work, share);
    else
      member.waitUntilDone();
}

} // namespace tally

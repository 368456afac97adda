// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Team.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

using namespace tally;

namespace {

/// How often each share of a task was run, and of how many shares they were.
struct Count {
  std::array<std::atomic<int>, 64> shares{};
  std::atomic<int> total{0};

  static void run(void *task, int32_t share, int32_t shares) {
    auto *count = static_cast<Count *>(task);
    ++count->shares[share];
    count->total = shares;
  }
};

void expectOnce(Team &team, int32_t most, int expected) {
  Count count;
  team.run(most, &Count::run, &count);
  ASSERT_EQ(count.total, expected);
  for (int share = 0; share < 64; ++share)
    ASSERT_EQ(count.shares[share], share < expected ? 1 : 0) << "share " << share;
}

} // namespace

TEST(Team, RunsEveryShareOnce) {
  for (int threads : {-1, 0, 1, 2, 3, 7}) {
    Team team(threads);
    EXPECT_EQ(team.size(), std::max(1, threads));
    for (int turn = 0; turn < 200; ++turn)
      for (int32_t most : {0, 1, 2, 5, 100})
        expectOnce(team, most, std::clamp(most, 1, team.size()));
  }
}

TEST(Team, WakesThreadsThatSleep) {
  Team team(3);
  for (int turn = 0; turn < 20; ++turn) {
    std::this_thread::sleep_for(std::chrono::milliseconds(turn % 3));
    expectOnce(team, 3, 3);
  }
}

// A share may be the caller's where its thread is late, but two that wait for each other are on
// two threads.
TEST(Team, WorksAtTheSameTime) {
  Team team(2);
  struct Meeting {
    std::atomic<int> present{0};
    bool met[2] = {false, false};
  } meeting;
  auto meet = [](void *task, int32_t share, int32_t) {
    auto *meeting = static_cast<Meeting *>(task);
    ++meeting->present;
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (meeting->present < 2 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    meeting->met[share] = meeting->present == 2;
  };
  team.run(2, meet, &meeting);
  EXPECT_TRUE(meeting.met[0] && meeting.met[1]);
}

TEST(Team, CallersHaveTeamsOfTheirOwn) {
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([] {
      Team team(3);
      for (int turn = 0; turn < 500; ++turn)
        expectOnce(team, 3, 3);
    });
  for (std::thread &caller : callers)
    caller.join();
}

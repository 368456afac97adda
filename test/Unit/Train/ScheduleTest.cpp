// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Schedule.h"

#include "Support/Files.h"

#include <cmath>

using namespace tally;

static Schedule make(Schedule::Kind kind, double rate, int64_t warmup = 0) {
  Schedule schedule;
  schedule.kind = kind;
  schedule.rate = rate;
  schedule.warmup = warmup;
  return schedule;
}

TEST(Schedule, ConstantStays) {
  Schedule schedule = make(Schedule::Kind::Constant, 0.3);
  for (int64_t step : {0, 1, 99})
    EXPECT_EQ(schedule.at(step, 100), 0.3);
}

TEST(Schedule, CosineIsTheFormula) {
  for (int64_t steps : {1, 2, 7, 100, 46800})
    for (int64_t step = 0; step < steps; step += 1 + steps / 97) {
      double t = double(step) / double(steps);
      EXPECT_NEAR(make(Schedule::Kind::Cosine, 2).at(step, steps), 1 + std::cos(M_PI * t), 1e-15)
          << step << " of " << steps;
    }
}

TEST(Schedule, CosineFallsAllTheWay) {
  Schedule schedule = make(Schedule::Kind::Cosine, 0.02);
  for (int64_t step = 1; step < 5000; ++step)
    EXPECT_LT(schedule.at(step, 5000), schedule.at(step - 1, 5000));
  EXPECT_GT(schedule.at(4999, 5000), 0);
  EXPECT_LT(schedule.at(4999, 5000), 1e-8);
}

TEST(Schedule, CosineHasTheSameBitsEverywhere) {
  Schedule schedule = make(Schedule::Kind::Cosine, 0.02);
  EXPECT_EQ(schedule.at(0, 100), 0.02);
  EXPECT_EQ(schedule.at(1, 100), 0x1.47996236575eep-6);
  EXPECT_EQ(schedule.at(37, 100), 0x1.c9d1427d60d5bp-7);
  EXPECT_EQ(schedule.at(50, 100), 0x1.47ae147ae147cp-7);
  EXPECT_EQ(schedule.at(99, 100), 0x1.4b24489e8d8dfp-18);
}

TEST(Schedule, WarmupIsLinearAndThenTheScheduleBegins) {
  for (Schedule::Kind kind : {Schedule::Kind::Constant, Schedule::Kind::Cosine}) {
    Schedule warmed = make(kind, 1, 3), cold = make(kind, 1);
    EXPECT_EQ(warmed.at(0, 10), 0.25);
    EXPECT_EQ(warmed.at(1, 10), 0.5);
    EXPECT_EQ(warmed.at(2, 10), 0.75);
    for (int64_t step = 3; step < 10; ++step)
      EXPECT_EQ(warmed.at(step, 10), cold.at(step - 3, 7));
  }
}

TEST(Schedule, StepsFallAtMilestones) {
  Schedule schedule = make(Schedule::Kind::Steps, 8, 2);
  schedule.milestones = {0.3, 0.5, 0.55};
  schedule.factor = 0.5;
  const double expected[] = {8.0 / 3, 16.0 / 3, 8, 4, 4, 2, 1, 1, 1, 1};
  for (int64_t step = 0; step < 10; ++step)
    EXPECT_EQ(schedule.at(step, 10), expected[step]) << step;
}

TEST(Schedule, RefusesToWarmUpForEver) {
  EXPECT_TRUE(make(Schedule::Kind::Cosine, 1, 9).check(10));
  expectError(make(Schedule::Kind::Cosine, 1, 10).check(10),
              {"'warmup' requires fewer steps than the run has, but got 10 of 10 steps"});
}

TEST(Schedule, KindsHaveTheirNames) {
  ASSERT_EQ(getScheduleNames().size(), 3u);
  EXPECT_EQ(getScheduleNames()[size_t(Schedule::Kind::Constant)], "constant");
  EXPECT_EQ(getScheduleNames()[size_t(Schedule::Kind::Cosine)], "cosine");
  EXPECT_EQ(getScheduleNames()[size_t(Schedule::Kind::Steps)], "steps");
}

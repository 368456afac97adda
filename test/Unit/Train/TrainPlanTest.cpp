// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/TrainPlan.h"

#include "Support/Files.h"

using namespace tally;

static Result<TrainPlan> parse(const std::string &text) { return parseTrainPlan(text, "train"); }

static void refuse(const char *text, const std::string &message) {
  Result<TrainPlan> plan = parse(text);
  ASSERT_FALSE(plan) << text;
  EXPECT_EQ(plan.error().message, message) << text;
}

TEST(TrainPlan, HasDefaults) {
  for (const char *text : {"", "{}", R"({"augment": {}, "distill": {}})"}) {
    Result<TrainPlan> plan = parse(text);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->loss, Loss::CrossEntropy);
    EXPECT_EQ(plan->smoothing, 0);
    EXPECT_EQ(plan->distill.weight, 0);
    EXPECT_EQ(plan->distill.temperature, 4);
    EXPECT_EQ(plan->optimizer, Optimizer::Sgd);
    EXPECT_EQ(plan->momentum, 0.9);
    EXPECT_EQ(plan->beta1, 0.9);
    EXPECT_EQ(plan->beta2, 0.999);
    EXPECT_EQ(plan->epsilon, 1e-8);
    EXPECT_EQ(plan->decay, 1e-4);
    EXPECT_EQ(plan->schedule.kind, Schedule::Kind::Cosine);
    EXPECT_EQ(plan->schedule.rate, 0.02);
    EXPECT_EQ(plan->schedule.warmup, 0);
    EXPECT_EQ(plan->scaleRate, 0.1);
    EXPECT_EQ(plan->adderRate, 0.1);
    EXPECT_EQ(plan->freeze, 0.95);
    EXPECT_EQ(plan->batch, 128);
    EXPECT_EQ(plan->shard, 32);
    EXPECT_EQ(plan->augmentation.shift, 0);
    EXPECT_FALSE(plan->augmentation.flip);
  }
}

TEST(TrainPlan, ReadsEveryKey) {
  Result<TrainPlan> plan = parse(R"({
    "loss": "cross_entropy", "smoothing": 0.1, "distill": {"weight": 0.7, "temperature": 2},
    "optimizer": "sgd", "rate": 0.3, "momentum": 0.5, "decay": 0.001,
    "schedule": "steps", "warmup": 100, "milestones": [0.2, 0.8], "factor": 0.2,
    "scale_rate": 0.25, "adder_rate": 0.05, "freeze": 1, "batch": 96, "shard": 48,
    "bits": {"average": 2.5, "strength": 3, "rate": 4, "until": 0.6},
    "augment": {"shift": 4, "flip": true}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->smoothing, 0.1);
  EXPECT_EQ(plan->distill.weight, 0.7);
  EXPECT_EQ(plan->distill.temperature, 2);
  EXPECT_EQ(plan->schedule.rate, 0.3);
  EXPECT_EQ(plan->momentum, 0.5);
  EXPECT_EQ(plan->decay, 0.001);
  EXPECT_EQ(plan->schedule.kind, Schedule::Kind::Steps);
  EXPECT_EQ(plan->schedule.warmup, 100);
  EXPECT_EQ(plan->schedule.milestones, (std::vector<double>{0.2, 0.8}));
  EXPECT_EQ(plan->schedule.factor, 0.2);
  EXPECT_EQ(plan->scaleRate, 0.25);
  EXPECT_EQ(plan->adderRate, 0.05);
  EXPECT_EQ(plan->freeze, 1);
  EXPECT_EQ(plan->batch, 96);
  EXPECT_EQ(plan->shard, 48);
  EXPECT_EQ(plan->bits.average, 2.5);
  EXPECT_EQ(plan->bits.strength, 3);
  EXPECT_EQ(plan->bits.rate, 4);
  EXPECT_EQ(plan->bits.until, 0.6);
  EXPECT_EQ(plan->augmentation.shift, 4);
  EXPECT_TRUE(plan->augmentation.flip);

  plan = parse(R"({"optimizer": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 0.001,
                   "loss": "mean_squared_error", "schedule": "constant"})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->optimizer, Optimizer::Adam);
  EXPECT_EQ(plan->beta1, 0.8);
  EXPECT_EQ(plan->beta2, 0.99);
  EXPECT_EQ(plan->epsilon, 0.001);
  EXPECT_EQ(plan->loss, Loss::MeanSquaredError);
  EXPECT_EQ(plan->schedule.kind, Schedule::Kind::Constant);
}

TEST(TrainPlan, AdamHasARateOfItsOwn) {
  EXPECT_EQ(parse(R"({"optimizer": "adam"})")->schedule.rate, 0.001);
  EXPECT_EQ(parse(R"({"optimizer": "adam", "rate": 0.02})")->schedule.rate, 0.02);
}

TEST(TrainPlan, RefusesUnknownKeys) {
  Result<TrainPlan> plan = parse(R"({"momentom": 0.9})");
  expectError(plan, {"train: unknown key 'momentom'; known are 'loss', 'smoothing', 'distill', "
                     "'optimizer', 'rate', ",
                     "'batch', 'shard', 'augment'; did you mean 'momentum'?"});
  refuse(R"({"augment": {"flp": true}})",
         "train: 'augment': unknown key 'flp'; known are 'shift', 'flip'; did you mean 'flip'?");
  refuse(R"({"distill": {"shift": 1}})",
         "train: 'distill': unknown key 'shift'; known are 'weight', 'temperature'");
  refuse(R"({"rate": 1, "rate": 2})", "train: 'rate' is given twice");
}

TEST(TrainPlan, RefusesWrongTypes) {
  refuse(R"({"batch": 128.0})", "train: 'batch' requires an integer in 1..65536, but got 128.0");
  refuse(R"({"batch": "128"})", "train: 'batch' requires an integer in 1..65536, but got \"128\"");
  refuse(R"({"rate": "fast"})", "train: 'rate' requires a number in 1e-09..100, but got \"fast\"");
  refuse(R"({"rate": null})", "train: 'rate' requires a number in 1e-09..100, but got null");
  refuse(R"({"optimizer": 3})", "train: 'optimizer' requires one of 'sgd', 'adam', but got 3");
  refuse(R"({"schedule": "cos"})", "train: 'schedule' requires one of 'constant', 'cosine', "
                                   "'steps', but got \"cos\"");
  refuse(R"({"augment": true})", "train: 'augment' requires an object, but got true");
  refuse(R"({"augment": {"flip": 1}})",
         "train: 'augment': 'flip' requires true or false, but got 1");
  refuse(R"({"decay": [0.1]})", "train: 'decay' requires a number in 0..1, but got an array");
  EXPECT_FALSE(parse("[]"));
}

TEST(TrainPlan, RefusesWhatIsOutOfRange) {
  refuse(R"({"rate": 0})", "train: 'rate' requires a number in 1e-09..100, but got 0");
  refuse(R"({"momentum": 1})", "train: 'momentum' requires a number in 0..0.9999, but got 1");
  refuse(R"({"freeze": -0.5})", "train: 'freeze' requires a number in 0..1, but got -0.5");
  refuse(R"({"batch": 0})", "train: 'batch' requires an integer in 1..65536, but got 0");
  refuse(R"({"batch": 18446744073709551615})",
         "train: 'batch' requires an integer in 1..65536, but got 18446744073709551615");
  refuse(R"({"augment": {"shift": -1}})",
         "train: 'augment': 'shift' requires an integer in 0..64, but got -1");
  for (const char *list : {"[]", "[0]", "[1]", "[0.5, 0.5]", "[0.5, 0.2]", "[\"a\"]", "{}"}) {
    std::string text = std::string(R"({"schedule": "steps", "milestones": )") + list + "}";
    expectError(parse(text), {"train: 'milestones' requires a list of numbers between 0 and 1, "
                              "each above the one before, but got an"});
  }
}

TEST(TrainPlan, RefusesWhatHasNoEffect) {
  auto refuseFor = [](const char *text, const std::string &key, const std::string &needs) {
    refuse(text, "train: " + key + " has no effect: it requires " + needs);
  };
  refuseFor(R"({"beta1": 0.5})", "'beta1'", "'optimizer' 'adam'");
  refuseFor(R"({"optimizer": "sgd", "epsilon": 0.5})", "'epsilon'", "'optimizer' 'adam'");
  refuseFor(R"({"optimizer": "adam", "momentum": 0.5})", "'momentum'", "'optimizer' 'sgd'");
  refuseFor(R"({"milestones": [0.5]})", "'milestones'", "'schedule' 'steps'");
  refuseFor(R"({"factor": 0.5})", "'factor'", "'schedule' 'steps'");
  refuseFor(R"({"freeze": 0, "scale_rate": 2})", "'scale_rate'", "'freeze' above 0");
  refuseFor(R"({"freeze": 0, "ebops": {"beta": 1}})", "'ebops': 'beta'", "'freeze' above 0");
  refuseFor(R"({"loss": "mean_squared_error", "smoothing": 0.1})", "'smoothing'",
            "'loss' 'cross_entropy'");
  refuseFor(R"({"loss": "mean_squared_error", "distill": {"weight": 0.1}})", "'distill': 'weight'",
            "'loss' 'cross_entropy'");
  refuseFor(R"({"distill": {"temperature": 2}})", "'distill': 'temperature'", "'weight' above 0");
}

TEST(TrainPlan, BatchesAreWholeShards) {
  refuse(R"({"batch": 48})", "train: 'batch' requires a multiple of 'shard', but got 48 and 32");
  refuse(R"({"batch": 16})", "train: 'batch' requires a multiple of 'shard', but got 16 and 32");
  EXPECT_TRUE(parse(R"({"batch": 16, "shard": 16})"));
}

// Quantizers that are mixed become one before they stay.
TEST(TrainPlan, AttentionEndsBeforeQuantizersStay) {
  Result<TrainPlan> plan = parse(R"({"freeze": 0.25, "attention": {"until": 0.75, "start": 4}})");
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->attention.until, 0.25);
  EXPECT_EQ(plan->attention.temperature(0, 100), 4);
  EXPECT_NEAR(plan->attention.temperature(25, 100), 0.03, 1e-12);
  EXPECT_NEAR(plan->attention.temperature(99, 100), 0.03, 1e-12);
}

TEST(TrainPlan, IntervalsRise) {
  Result<TrainPlan> plan =
      parse(R"({"certified": {"eps": "2/255", "weight": 0.4, "from": 0.25, "until": 0.75}})");
  ASSERT_TRUE(plan) << plan.error().message;
  const Certification &certified = plan->certified;
  EXPECT_EQ(certified.radius, 2.0 / 255);
  EXPECT_EQ(certified.at(25, 100).radius, 0);
  EXPECT_NEAR(certified.at(50, 100).radius, 1.0 / 255, 1e-15);
  EXPECT_NEAR(certified.at(50, 100).share, 0.2, 1e-15);
  EXPECT_EQ(certified.at(75, 100).share, 0.4);
  EXPECT_EQ(certified.at(99, 100).radius, 2.0 / 255);
  plan = parse(R"({"certified": {"eps": 0.01, "from": 0.5, "until": 0.5}})");
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->certified.at(49, 100).share, 0);
  EXPECT_EQ(plan->certified.at(50, 100).share, 0.5);
  EXPECT_EQ(parse("{}")->certified.radius, 0);
}

TEST(TrainPlan, RefusesIntervalsThatAreNone) {
  for (const char *text : {"\"1/\"", "\"a/255\"", "\"1/255 \"", "\"1/0\"", "\"256/255\"", "2"})
    refuse((std::string(R"({"certified": {"eps": )") + text + "}}").c_str(),
           std::string("train: 'certified': 'eps' requires a number in 0..1 or a fraction such as "
                       "\"1/255\", but got ") +
               text);
  refuse(R"({"certified": {"eps": 0.01, "from": 0.75, "until": 0.5}})",
         "train: 'certified': 'from' requires at most 'until', but got 0.75 and 0.5");
  refuse(R"({"certified": {"weight": 0.5}})",
         "train: 'certified': 'weight' has no effect: it requires 'eps' above 0");
  for (const char *other : {R"("smoothing": 0.1)", R"("loss": "mean_squared_error")"})
    refuse((std::string("{") + other + R"(, "certified": {"eps": 0.01}})").c_str(),
           "train: 'certified': 'eps' has no effect: it requires 'loss' 'cross_entropy' without "
           "'smoothing'");
}

TEST(TrainPlan, Budgets) {
  EXPECT_EQ(parse("{}")->budget.most, 0);
  Result<TrainPlan> plan = parse(R"({"budget": {"bytes": 48000}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->budget.kind, CostKind::Bytes);
  EXPECT_EQ(plan->budget.most, 48000);
  plan = parse(R"({"budget": {"bops": 123456789012}, "bits": {"strength": 2}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->budget.kind, CostKind::BitOperations);
  EXPECT_EQ(plan->budget.most, 123456789012);
  plan = parse(R"({"budget": {"bytes": 1e15}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->budget.most, 1e15);
  plan = parse(R"({"budget": {"energy": "1.5uJ"}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->budget.kind, CostKind::Energy);
  EXPECT_EQ(plan->budget.most, 1.5e6);
}

TEST(TrainPlan, RefusesBudgetsThatAreNone) {
  for (const char *bytes : {"0", "-1", "1.5", "\"48000\"", "2000000000000000"})
    refuse((std::string(R"({"budget": {"bytes": )") + bytes + "}}").c_str(),
           std::string("train: 'budget': 'bytes' requires an integer in 1..1e15, but got ") +
               bytes);
  for (const char *energy : {"1500", "\"1.5\"", "\"0uJ\"", "\"-1uJ\""})
    refuse((std::string(R"({"budget": {"energy": )") + energy + "}}").c_str(),
           std::string("train: 'budget': 'energy' requires a number above 0 with pJ, nJ, uJ or "
                       "mJ, such as \"9.5uJ\", but got ") +
               energy);
  refuse(R"({"budget": {}})",
         "train: 'budget' requires one of 'bytes', 'bops', 'energy', but got 0 of them");
  refuse(R"({"budget": {"bytes": 1, "bops": 1}})",
         "train: 'budget' requires one of 'bytes', 'bops', 'energy', but got 2 of them");
  refuse(R"({"budget": {"bytes": 1}, "bits": {"average": 3}})",
         "train: 'bits': 'average' has no effect: it requires no 'budget'");
}

TEST(TrainPlan, PenaltiesOfMembers) {
  EXPECT_EQ(parse("{}")->attention.penaltyOn, Attention::Penalty::Bits);
  Result<TrainPlan> plan = parse(R"({"attention": {"penalty": 0.1, "penalty_on": "energy"}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->attention.penaltyOn, Attention::Penalty::Energy);
  refuse(R"({"attention": {"penalty_on": "energy"}})",
         "train: 'attention': 'penalty_on' has no effect: it requires 'penalty' above 0");
  refuse(R"({"attention": {"penalty": 0.1, "penalty_on": "bytes"}})",
         "train: 'attention': 'penalty_on' requires one of 'bits', 'energy', but got \"bytes\"");
}

TEST(TrainPlan, EveryKeyIsListed) {
  std::vector<TrainKeyRow> rows = listTrainKeys();
  EXPECT_EQ(rows.size(), 42u);
  for (const TrainKeyRow &row : rows) {
    EXPECT_FALSE(row.name.empty() || row.values.empty() || row.standard.empty() ||
                 row.about.empty())
        << row.name;
  }
  EXPECT_EQ(rows.back().name, "augment.flip");
}

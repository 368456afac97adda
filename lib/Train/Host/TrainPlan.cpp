//===- TrainPlan.cpp - what a recipe says of training ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/TrainPlan.h"

#include "TrainKeys.h"
#include "tally/Support/Json.h"
#include "tally/Support/Spelling.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

namespace {

/// The keys of `object` within `train`, and of `train` itself the objects in it.
std::vector<std::string> listKnown(const std::string &object) {
  std::vector<std::string> known;
  for (const TrainKey &key : getTrainKeys()) {
    const std::string &name = object.empty() && !key.object.empty() ? key.object : key.name;
    bool isHere = key.object == object || object.empty();
    if (isHere && std::find(known.begin(), known.end(), name) == known.end())
      known.push_back(name);
  }
  return known;
}

/// The object that has `key`, null where the recipe does not say it.
const json *findObject(const json &train, const TrainKey &key) {
  if (key.object.empty())
    return &train;
  auto object = train.find(key.object);
  return object == train.end() ? nullptr : &*object;
}

class PlanReader {
public:
  PlanReader(const json &train, std::string where) : train(train), where(std::move(where)) {}

  Result<TrainPlan> read() {
    for (Status (PlanReader::*step)() :
         {&PlanReader::checkNames, &PlanReader::readValues, &PlanReader::checkEffects,
          &PlanReader::checkCertified, &PlanReader::checkBudget, &PlanReader::checkBatch})
      if (Status done = (this->*step)(); !done)
        return done.error();
    if (plan.optimizer == Optimizer::Adam && !train.contains("rate"))
      plan.schedule.rate = kAdamRate;
    plan.attention.until = std::min(plan.attention.until, plan.freeze);
    plan.bits.until = std::min(plan.bits.until, plan.freeze);
    return plan;
  }

private:
  static constexpr double kAdamRate = 0.001;

  std::string name(const TrainKey &key) const {
    return where + (key.object.empty() ? "" : ": '" + key.object + "'") + ": '" + key.name + "'";
  }

  Status checkNames() {
    if (Status known = expectKeys(train, listKnown(""), where); !known)
      return known;
    for (const TrainKey &key : getTrainKeys())
      if (!key.object.empty() && train.contains(key.object))
        if (Status known = expectKeys(train[key.object], listKnown(key.object),
                                      where + ": '" + key.object + "'");
            !known)
          return known;
    return Done();
  }

  /// Calls `function` with each key that the recipe says, and its value.
  template <typename Function> Status forEachSaid(Function function) {
    for (const TrainKey &key : getTrainKeys())
      if (const json *object = findObject(train, key); object && object->contains(key.name))
        if (Status done = function(key, (*object)[key.name]); !done)
          return done;
    return Done();
  }

  Status readValues() {
    return forEachSaid([&](const TrainKey &key, const json &value) -> Status {
      if (key.read(value, plan))
        return Done();
      return Error{name(key) + " requires " + key.required + ", but got " + showJson(value)};
    });
  }

  Status checkEffects() {
    return forEachSaid([&](const TrainKey &key, const json &value) -> Status {
      if (!key.has || key.has(plan))
        return Done();
      return Error{name(key) + " has no effect: it requires " + key.needs};
    });
  }

  Status checkCertified() {
    const Certification &own = plan.certified;
    if (own.from <= own.until)
      return Done();
    return Error{where + ": 'certified': 'from' requires at most 'until', but got " +
                 showJson(own.from) + " and " + showJson(own.until)};
  }

  Status checkBudget() {
    auto budget = train.find("budget");
    if (budget == train.end() || budget->size() == 1)
      return Done();
    return Error{where + ": 'budget' requires one of " + listQuoted(listKnown("budget")) +
                 ", but got " + std::to_string(budget->size()) + " of them"};
  }

  Status checkBatch() {
    if (plan.batch % plan.shard == 0)
      return Done();
    return Error{where + ": 'batch' requires a multiple of 'shard', but got " +
                 std::to_string(plan.batch) + " and " + std::to_string(plan.shard)};
  }

  const json &train;
  const std::string where;
  TrainPlan plan;
};

} // namespace

Result<TrainPlan> readTrainPlan(const json &train, const std::string &where) {
  return PlanReader(train, where).read();
}

Result<TrainPlan> parseTrainPlan(const std::string &text, const std::string &where) {
  if (text.empty())
    return TrainPlan();
  Result<json> train = parseObject(text, where);
  if (!train)
    return train.error();
  return readTrainPlan(*train, where);
}

std::vector<TrainKeyRow> listTrainKeys() {
  std::vector<TrainKeyRow> rows;
  for (const TrainKey &key : getTrainKeys())
    rows.push_back({key.fullName(), key.values, key.standard, key.about});
  return rows;
}

double Attention::temperature(int64_t step, int64_t steps) const {
  double share = std::min(1.0, double(step) / std::max(1.0, until * double(steps)));
  return start * std::pow(end / start, share);
}

double BitCost::at(int64_t step, int64_t steps) const {
  return beta * std::min(1.0, double(step) / std::max(1.0, until * double(steps)));
}

Certification::Now Certification::at(int64_t step, int64_t steps) const {
  if (!(radius > 0))
    return {};
  double done = double(step) / double(std::max<int64_t>(steps, 1));
  double rise =
      until > from ? std::clamp((done - from) / (until - from), 0.0, 1.0) : double(done >= until);
  return {radius * rise, weight * rise};
}

} // namespace tally

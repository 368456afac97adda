//===- TrainKeys.cpp - the keys of a recipe's train object ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TrainKeys.h"

#include "tally/Support/Spelling.h"
#include "tally/Support/Units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

namespace {

using Words = std::vector<std::string>;

std::string join(const Words &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

//===----------------------------------------------------------------------===//
// Kinds of keys. `field` is a function from a plan to the field.
//===----------------------------------------------------------------------===//

/// `name` is "augment.shift" for a key of an object.
TrainKey makeKey(const std::string &name, const std::string &about) {
  TrainKey key;
  size_t dot = name.find('.');
  key.object = dot == std::string::npos ? "" : name.substr(0, dot);
  key.name = dot == std::string::npos ? name : name.substr(dot + 1);
  key.about = about;
  return key;
}

template <typename Field>
TrainKey whole(const std::string &name, Field field, int64_t low, int64_t high,
               const std::string &about) {
  TrainKey key = makeKey(name, about);
  key.values = std::to_string(low) + ".." + std::to_string(high);
  key.required = "an integer in " + key.values;
  TrainPlan standard;
  key.standard = std::to_string(field(standard));
  key.read = [=](const json &value, TrainPlan &plan) {
    // In double first: integers beyond 64 bits are numbers too.
    if (!value.is_number_integer() || value.get<double>() < double(low) ||
        value.get<double>() > double(high))
      return false;
    field(plan) = value.get<int64_t>();
    return true;
  };
  return key;
}

template <typename Field>
TrainKey real(const std::string &name, Field field, double low, double high,
              const std::string &about) {
  TrainKey key = makeKey(name, about);
  auto toText = [](double number) {
    return number == double(int64_t(number)) ? std::to_string(int64_t(number))
                                             : json(number).dump();
  };
  key.values = toText(low) + ".." + toText(high);
  key.required = "a number in " + key.values;
  TrainPlan standard;
  key.standard = toText(field(standard));
  key.read = [=](const json &value, TrainPlan &plan) {
    if (!value.is_number() || value.get<double>() < low || value.get<double>() > high)
      return false;
    field(plan) = value.get<double>();
    return true;
  };
  return key;
}

/// Between 0 and 1, as a number or as one of an image's: "1/255".
template <typename Field>
TrainKey fraction(const std::string &name, Field field, const std::string &about) {
  TrainKey key = real(name, field, 0, 1, about);
  key.values += ", \"1/255\"";
  key.required += " or a fraction such as \"1/255\"";
  key.read = [=](const json &value, TrainPlan &plan) {
    double number = value.is_number() ? value.get<double>() : NAN;
    if (value.is_string()) {
      const std::string &text = value.get_ref<const std::string &>();
      const char *end = text.data() + text.size();
      double above = 0, below = 0;
      auto first = std::from_chars(text.data(), end, above);
      if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/')
        return false;
      auto second = std::from_chars(first.ptr + 1, end, below);
      if (second.ec != std::errc() || second.ptr != end)
        return false;
      number = above / below;
    }
    if (!(number >= 0 && number <= 1))
      return false;
    field(plan) = number;
    return true;
  };
  return key;
}

template <typename Field>
TrainKey flag(const std::string &name, Field field, const std::string &about) {
  TrainKey key = makeKey(name, about);
  key.values = "true, false";
  key.required = "true or false";
  TrainPlan standard;
  key.standard = field(standard) ? "true" : "false";
  key.read = [=](const json &value, TrainPlan &plan) {
    if (!value.is_boolean())
      return false;
    field(plan) = value.get<bool>();
    return true;
  };
  return key;
}

/// `words` in the order of the field's enumeration.
template <typename Field>
TrainKey oneOf(const std::string &name, Field field, const Words &words, const std::string &about) {
  TrainKey key = makeKey(name, about);
  key.values = join(words);
  key.required = "one of " + listQuoted(words);
  TrainPlan standard;
  key.standard = words[size_t(field(standard))];
  key.read = [=](const json &value, TrainPlan &plan) {
    auto word = value.is_string() ? std::find(words.begin(), words.end(), value.get<std::string>())
                                  : words.end();
    if (word == words.end())
      return false;
    auto &to = field(plan);
    to = std::decay_t<decltype(to)>(word - words.begin());
    return true;
  };
  return key;
}

/// Numbers between 0 and 1, each above the one before.
template <typename Field>
TrainKey shares(const std::string &name, Field field, const std::string &about) {
  TrainKey key = makeKey(name, about);
  key.values = "rising numbers";
  key.required = "a list of numbers between 0 and 1, each above the one before";
  TrainPlan standard;
  key.standard = json(field(standard)).dump();
  key.read = [=](const json &value, TrainPlan &plan) {
    if (!value.is_array() || value.empty())
      return false;
    std::vector<double> numbers;
    for (const json &one : value) {
      double least = numbers.empty() ? 0 : numbers.back();
      if (!one.is_number() || one.get<double>() <= least || one.get<double>() >= 1)
        return false;
      numbers.push_back(one.get<double>());
    }
    field(plan) = numbers;
    return true;
  };
  return key;
}

/// What the network may cost: a whole number, or an energy with its unit.
TrainKey limit(const std::string &name, CostKind kind, const std::string &about) {
  constexpr double kMost = 1e15; // whole numbers in double
  TrainKey key = makeKey(name, about);
  bool isEnergy = kind == CostKind::Energy;
  key.values = isEnergy ? "\"9.5uJ\"" : "1..1e15";
  key.required = isEnergy ? "a number above 0 with pJ, nJ, uJ or mJ, such as \"9.5uJ\""
                          : "an integer in " + key.values;
  key.standard = "none";
  key.read = [=](const json &value, TrainPlan &plan) {
    double most = 0;
    if (isEnergy && value.is_string())
      most = readWithUnit(value.get<std::string>(), getEnergyUnits()).value_or(0);
    else if (!isEnergy && value.is_number())
      most = value.get<double>();
    if (!(most > 0 && most <= kMost) || (!isEnergy && most != std::floor(most)))
      return false;
    plan.budget = {kind, most};
    return true;
  };
  return key;
}

//===----------------------------------------------------------------------===//
// What keys need to have an effect
//===----------------------------------------------------------------------===//

TrainKey with(TrainKey key, const std::string &needs,
              const std::function<bool(const TrainPlan &)> &has) {
  key.needs = needs;
  key.has = has;
  return key;
}
TrainKey ofSgd(const TrainKey &key) {
  return with(key, "'optimizer' 'sgd'",
              [](const TrainPlan &plan) { return plan.optimizer == Optimizer::Sgd; });
}
TrainKey ofAdam(const TrainKey &key) {
  return with(key, "'optimizer' 'adam'",
              [](const TrainPlan &plan) { return plan.optimizer == Optimizer::Adam; });
}
TrainKey ofSteps(const TrainKey &key) {
  return with(key, "'schedule' 'steps'",
              [](const TrainPlan &plan) { return plan.schedule.kind == Schedule::Kind::Steps; });
}
TrainKey ofCertified(const TrainKey &key) {
  return with(key, "'eps' above 0",
              [](const TrainPlan &plan) { return plan.certified.radius > 0; });
}
TrainKey withoutBudget(const TrainKey &key) {
  return with(key, "no 'budget'", [](const TrainPlan &plan) { return plan.budget.most == 0; });
}
TrainKey whileScalesChange(const TrainKey &key) {
  return with(key, "'freeze' above 0", [](const TrainPlan &plan) { return plan.freeze > 0; });
}
TrainKey ofClasses(const TrainKey &key) {
  return with(key, "'loss' 'cross_entropy'",
              [](const TrainPlan &plan) { return plan.loss == Loss::CrossEntropy; });
}

} // namespace

//===----------------------------------------------------------------------===//
// Keys: a row each
//===----------------------------------------------------------------------===//

// The field of a plan, as a function that is constant where the plan is.
#define FIELD(path) ([](auto &plan) -> auto & { return plan.path; })

const std::vector<TrainKey> &getTrainKeys() {
  constexpr int64_t kMostImages = 65536, kMostSteps = 1000000000;
  auto makeKeys = [] {
    TrainKey rate = real("rate", FIELD(schedule.rate), 1e-9, 100,
                         "learning rate at its highest: 0.02, of adam 0.001");
    rate.standard = "by optimizer";
    return std::vector<TrainKey>{
        oneOf("loss", FIELD(loss), {"cross_entropy", "mean_squared_error"},
              "what is made small: of classes, or of targets that are numbers"),
        ofClasses(real("smoothing", FIELD(smoothing), 0, 0.9,
                       "share of a label that goes to all classes alike")),
        ofClasses(real("distill.weight", FIELD(distill.weight), 0, 1,
                       "share of the float network's answers in the loss, beside the labels")),
        with(real("distill.temperature", FIELD(distill.temperature), 0.1, 100,
                  "what logits are divided by before their answers are compared"),
             "'weight' above 0", [](const TrainPlan &plan) { return plan.distill.weight > 0; }),
        oneOf("optimizer", FIELD(optimizer), {"sgd", "adam"}, "how gradients change parameters"),
        rate,
        ofSgd(real("momentum", FIELD(momentum), 0, 0.9999, "share of the last change that stays")),
        ofAdam(real("beta1", FIELD(beta1), 0, 0.9999, "decay of the mean of gradients")),
        ofAdam(real("beta2", FIELD(beta2), 0, 0.999999, "decay of the mean of their squares")),
        ofAdam(real("epsilon", FIELD(epsilon), 1e-12, 1, "added to the root of that mean")),
        real("decay", FIELD(decay), 0, 1, "weights, times this, are added to their gradients"),
        oneOf("schedule", FIELD(schedule.kind), getScheduleNames(),
              "how the rate goes down over the steps"),
        whole("warmup", FIELD(schedule.warmup), 0, kMostSteps,
              "steps in which the rate goes up at first"),
        ofSteps(shares("milestones", FIELD(schedule.milestones),
                       "shares of all steps at which the rate goes down")),
        ofSteps(real("factor", FIELD(schedule.factor), 1e-6, 1,
                     "what a milestone multiplies the rate by")),
        whileScalesChange(real("scale_rate", FIELD(scaleRate), 0, 100,
                               "rate of learned scales, in rates of the weights")),
        real("adder_rate", FIELD(adderRate), 1e-6, 100,
             "eta of an adder layer's own rate, which evens out the size of gradients"),
        real("attention.start", FIELD(attention.start), 0.01, 1000,
             "temperature of mixed quantizers at first"),
        real("attention.end", FIELD(attention.end), 0.01, 1000, "their temperature at the end"),
        real("attention.until", FIELD(attention.until), 0, 1,
             "share of the steps after which one of them is left"),
        real("attention.rate", FIELD(attention.rate), 0, 1000,
             "rate of attention, in rates of the weights"),
        real("attention.penalty", FIELD(attention.penalty), 0, 1000,
             "what attention to more bits costs: (bits / fewest)^2 times this"),
        with(oneOf("attention.penalty_on", FIELD(attention.penaltyOn), {"bits", "energy"},
                   "what of members costs that: their bits, or energy of the layer's sums, as a "
                   "multiple of the least"),
             "'penalty' above 0", [](const TrainPlan &plan) { return plan.attention.penalty > 0; }),
        withoutBudget(real("bits.average", FIELD(bits.average), 2, 4,
                           "bits of a weight on average, at most, where masks learn them")),
        real("bits.strength", FIELD(bits.strength), 0, 1000,
             "what bits beyond or below that cost: half of the squared distance times this"),
        real("bits.rate", FIELD(bits.rate), 0, 1000, "rate of masks, in rates of the weights"),
        real("bits.until", FIELD(bits.until), 0, 1,
             "share of the steps after which no bits are dropped and their number is fixed"),
        whileScalesChange(real("ebops.beta", FIELD(ebops.beta), 0, 1000,
                               "what a bit of a weight costs, in the mean over products, where "
                               "fractional bits are learned")),
        whileScalesChange(real("ebops.until", FIELD(ebops.until), 0, 1,
                               "share of the steps in which that rises from 0")),
        whileScalesChange(real("ebops.rate", FIELD(ebops.rate), 0, 1000,
                               "rate of fractional bits, in rates of the weights")),
        limit("budget.bytes", CostKind::Bytes,
              "bytes of constants that the network may have at most, where masks learn bits"),
        limit("budget.bops", CostKind::BitOperations,
              "its products, times bits of inputs, times bits of weights, likewise"),
        limit("budget.energy", CostKind::Energy, "its estimated energy for an image, likewise"),
        with(fraction("certified.eps", FIELD(certified.radius),
                      "by how much pixels, 0 to 1, may change without changing the class"),
             "'loss' 'cross_entropy' without 'smoothing'",
             [](const TrainPlan &plan) {
               return plan.loss == Loss::CrossEntropy && plan.smoothing == 0;
             }),
        ofCertified(real("certified.weight", FIELD(certified.weight), 0, 1,
                         "share of the worst image nearby in the loss")),
        ofCertified(real("certified.from", FIELD(certified.from), 0, 1,
                         "share of the steps at which both begin to rise from 0")),
        ofCertified(real("certified.until", FIELD(certified.until), 0, 1,
                         "share of the steps at which both are what is said here")),
        real("freeze", FIELD(freeze), 0, 1,
             "share of the steps after which quantizers do not change any more"),
        whole("batch", FIELD(batch), 1, kMostImages, "images of a step, a multiple of shard"),
        whole("shard", FIELD(shard), 1, kMostImages,
              "images that are computed at once and share their statistics"),
        whole("augment.shift", FIELD(augmentation.shift), 0, 64,
              "shift images by at most so many pixels, black at the border"),
        flag("augment.flip", FIELD(augmentation.flip), "mirror images with probability 1/2"),
    };
  };
  static const std::vector<TrainKey> keys = makeKeys();
  return keys;
}

#undef FIELD

} // namespace tally

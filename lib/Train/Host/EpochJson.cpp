//===- EpochJson.cpp - epochs as JSON -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EpochJson.h"

#include "tally/Support/Json.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

using nlohmann::json;
using nlohmann::ordered_json;

namespace tally {

static bool isTaken(std::string_view name) {
  constexpr std::string_view kNames[] = {"epoch",
                                         "steps",
                                         "loss",
                                         "train_accuracy",
                                         "accuracy",
                                         "rate",
                                         "images_per_second",
                                         "seconds",
                                         "step_sizes",
                                         "grid_distances",
                                         "attention",
                                         "expected_bits"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string toJson(const EpochRecord &record) {
  ordered_json object = {{"epoch", record.epoch}, {"steps", record.steps}, {"loss", record.loss}};
  if (record.trainAccuracy)
    object["train_accuracy"] = *record.trainAccuracy;
  if (record.accuracy)
    object["accuracy"] = *record.accuracy;
  object["rate"] = record.rate;
  object["images_per_second"] = record.imagesPerSecond;
  object["seconds"] = record.seconds;
  for (const auto &[name, size] : record.stepSizes)
    object["step_sizes"][name] = size;
  for (const auto &[name, distance] : record.gridDistances)
    object["grid_distances"][name] = distance;
  for (const auto &[name, share] : record.attention)
    object["attention"][name] = share;
  for (const auto &[name, bits] : record.expectedBits)
    object["expected_bits"][name] = bits;
  for (const auto &[name, value] : record.extra) {
    assert(!isTaken(name) && "a line has a name once");
    object[name] = value;
  }
  // Names of layers come from files and may be in no encoding.
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

namespace {

class RecordReader {
public:
  RecordReader(const ordered_json &object, const std::string &where)
      : object(object), where(where) {}

  Result<EpochRecord> read() {
    EpochRecord record;
    record.epoch = whole("epoch");
    record.steps = whole("steps");
    record.loss = number("loss");
    for (auto [name, to] :
         {std::pair("train_accuracy", &record.trainAccuracy), {"accuracy", &record.accuracy}})
      if (object.contains(name))
        *to = number(name);
    record.rate = number("rate");
    record.imagesPerSecond = number("images_per_second");
    record.seconds = number("seconds");
    for (auto [name, to] : {std::pair("step_sizes", &record.stepSizes),
                            {"grid_distances", &record.gridDistances},
                            {"attention", &record.attention},
                            {"expected_bits", &record.expectedBits}}) {
      if (!object.contains(name))
        continue;
      const ordered_json &numbers = object[name];
      if (!numbers.is_object())
        fail(name, "an object", numbers);
      else
        for (const auto &[key, value] : numbers.items())
          to->emplace_back(key, toNumber(key, value));
    }
    for (const auto &[name, value] : object.items())
      if (!isTaken(name))
        record.extra.emplace_back(name, toNumber(name, value));
    if (!problem.empty())
      return Error{problem};
    return record;
  }

private:
  void fail(const std::string &name, const std::string &required, const ordered_json &value) {
    if (problem.empty())
      problem = where + ": '" + name + "' requires " + required + ", but got " +
                (value.is_structured() ? "an " + std::string(value.type_name()) : value.dump());
  }

  double toNumber(const std::string &name, const ordered_json &value) {
    if (value.is_number())
      return value.get<double>();
    if (!value.is_null())
      fail(name, "a number or null", value);
    return std::numeric_limits<double>::quiet_NaN();
  }

  const ordered_json &find(const std::string &name) {
    static const ordered_json none;
    if (object.contains(name))
      return object[name];
    if (problem.empty())
      problem = where + " requires '" + name + "'";
    return none;
  }

  double number(const std::string &name) { return toNumber(name, find(name)); }

  int64_t whole(const std::string &name) {
    const ordered_json &value = find(name);
    if (value.is_number_integer() && value.get<int64_t>() >= 0)
      return value.get<int64_t>();
    fail(name, "an integer of at least 0", value);
    return 0;
  }

  const ordered_json &object;
  const std::string &where;
  std::string problem;
};

} // namespace

static Result<EpochRecord> parseEpoch(const std::string &line, const std::string &where) {
  // For what is no object or has a name twice; names lose their order in it.
  if (Result<json> checked = parseObject(line, where); !checked)
    return checked.error();
  ordered_json object = ordered_json::parse(line);
  return RecordReader(object, where).read();
}

Result<std::vector<EpochRecord>> parseEpochs(const std::string &text, const std::string &path) {
  std::vector<EpochRecord> records;
  std::istringstream lines(text);
  std::string line;
  for (int64_t number = 1; std::getline(lines, line); ++number) {
    std::string where = "line " + std::to_string(number) + " of '" + path + "'";
    Result<EpochRecord> record = parseEpoch(line, where);
    if (!record)
      return record.error();
    if (!records.empty() && record->epoch <= records.back().epoch)
      return Error{where + ": 'epoch' requires more than " + std::to_string(records.back().epoch) +
                   ", that of the line before, but got " + std::to_string(record->epoch)};
    records.push_back(*record);
  }
  return records;
}

Result<std::vector<EpochRecord>> readEpochLog(const std::string &path) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  Result<std::string> text = file->readRest();
  if (!text)
    return text.error();
  return parseEpochs(*text, path);
}

} // namespace tally

//===- EnergyTableJson.cpp - energy tables from JSON ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/EnergyTable.h"

#include "tally/Support/File.h"
#include "tally/Support/Json.h"
#include "tally/Support/Spelling.h"

#include <cassert>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

static constexpr const char *kBuiltinTable =
#include "BuiltinEnergyTable.inc"
    ;

namespace {

std::string quote(const std::string &word) { return "'" + word + "'"; }

Result<double> readEnergy(const json &value, const std::string &where) {
  constexpr double kMost = 1e12; // a joule
  if (value.is_number() && value.get<double>() >= 0 && value.get<double>() <= kMost)
    return value.get<double>();
  return Error{where + " requires a number of picojoules in 0..1e12, but got " + showJson(value)};
}

} // namespace

class EnergyTableReader {
public:
  static Result<EnergyTable> read(const std::string &text, const std::string &origin) {
    EnergyTable table;
    std::string where = "energy table " + quote(origin);
    Result<json> parsed = parseObject(text, where);
    if (!parsed)
      return parsed.error();
    const json &document = *parsed;
    if (Status ok =
            expectKeys(document, {"description", "sources", "integer", "float", "memory"}, where);
        !ok)
      return ok.error();
    for (const char *key : {"integer", "memory"})
      if (!document.contains(key))
        return Error{where + " requires " + quote(key)};
    if (document.contains("description")) {
      if (!document["description"].is_string())
        return Error{where + ": 'description' requires a string, but got " +
                     showJson(document["description"])};
      table.about = document["description"].get<std::string>();
    }
    if (Status ok = checkSources(document, where); !ok)
      return ok.error();
    for (auto [key, kinds] : {std::pair("integer", &table.integers), {"float", &table.floats}})
      if (document.contains(key))
        if (Status ok =
                readKinds(document[key], *kinds, where + ": " + quote(key), kinds == &table.floats);
            !ok)
          return ok.error();
    if (Status ok = readMemory(document["memory"], table.levels, where + ": 'memory'"); !ok)
      return ok.error();
    table.from = origin;
    table.document = text;
    return table;
  }

private:
  static Status checkSources(const json &document, const std::string &where) {
    if (!document.contains("sources"))
      return Done{};
    const json &sources = document["sources"];
    bool ok = sources.is_array();
    for (size_t i = 0; ok && i < sources.size(); ++i)
      ok = sources[i].is_string();
    if (!ok)
      return Error{where + ": 'sources' requires a list of strings"};
    return Done{};
  }

  static Status readKinds(const json &object, std::map<OperationKind, EnergyTable::Widths> &kinds,
                          const std::string &where, bool isFloat) {
    std::vector<std::string> known;
    for (OperationKind kind : kOperationKinds)
      if (!isFloat || kind != OperationKind::Shift)
        known.push_back(toString(kind));
    if (Status ok = expectKeys(object, known, where); !ok)
      return ok;
    for (OperationKind kind : kOperationKinds) {
      std::string name = toString(kind);
      bool needed = kind == OperationKind::Add || kind == OperationKind::Multiply ||
                    (kind == OperationKind::Shift && !isFloat);
      if (!object.contains(name)) {
        if (needed)
          return Error{where + " requires " + quote(name)};
        continue;
      }
      if (Status ok = readWidths(object[name], kinds[kind], where + ": " + quote(name)); !ok)
        return ok;
    }
    return Done{};
  }

  static Status readWidths(const json &object, EnergyTable::Widths &widths,
                           const std::string &where) {
    if (!object.is_object() || object.empty())
      return Error{where + " requires picojoules by width, such as {\"8\": 0.03}, but got " +
                   (object.is_object() ? "none" : showJson(object))};
    for (const auto &[key, value] : object.items()) {
      bool digits = !key.empty() && key.size() <= 3 && key[0] != '0' &&
                    key.find_first_not_of("0123456789") == std::string::npos;
      int bits = digits ? std::stoi(key) : 0;
      if (bits < 1 || bits > 128)
        return Error{where + " requires widths in 1..128 bits, but got " + quote(key)};
      Result<double> energy = readEnergy(value, where + ": " + quote(key));
      if (!energy)
        return energy.error();
      widths[bits] = *energy;
    }
    return Done{};
  }

  static Status readMemory(const json &levels, std::vector<EnergyTable::Memory> &memories,
                           const std::string &where) {
    if (!levels.is_array() || levels.empty())
      return Error{where + " requires a list of memories, smallest first"};
    int64_t before = 0;
    for (size_t i = 0; i < levels.size(); ++i) {
      std::string here = where + "[" + std::to_string(i) + "]";
      const json &level = levels[i];
      if (Status ok = expectKeys(level, {"name", "bytes", "picojoules_per_byte"}, here); !ok)
        return ok;
      for (const char *key : {"name", "picojoules_per_byte"})
        if (!level.contains(key))
          return Error{here + " requires " + quote(key)};
      if (!level["name"].is_string())
        return Error{here + ": 'name' requires a string, but got " + showJson(level["name"])};
      std::string name = level["name"].get<std::string>();
      for (const EnergyTable::Memory &other : memories)
        if (other.name == name)
          return Error{here + ": 'name' " + quote(name) + " is taken"};
      Result<double> energy =
          readEnergy(level["picojoules_per_byte"], here + ": 'picojoules_per_byte'");
      if (!energy)
        return energy.error();
      bool last = i + 1 == levels.size();
      if (last && level.contains("bytes"))
        return Error{here + " must not have 'bytes': the last memory holds what fits in no other"};
      if (!last && !(level.contains("bytes") && level["bytes"].is_number_integer() &&
                     level["bytes"].get<int64_t>() > before))
        return Error{here + " requires 'bytes', a whole number above " + std::to_string(before) +
                     ", but got " + (level.contains("bytes") ? showJson(level["bytes"]) : "none")};
      before = last ? INT64_MAX : level["bytes"].get<int64_t>();
      memories.push_back({name, before, *energy});
    }
    return Done{};
  }
};

Result<EnergyTable> EnergyTable::parse(const std::string &text, const std::string &origin) {
  return EnergyTableReader::read(text, origin);
}

Result<EnergyTable> EnergyTable::load(const std::string &path) {
  Result<InputFile> file = InputFile::open(path);
  if (!file)
    return file.error();
  Result<std::string> text = file->readRest();
  return text ? parse(*text, path) : Result<EnergyTable>(text.error());
}

const EnergyTable &EnergyTable::builtin() {
  static const EnergyTable table = [] {
    Result<EnergyTable> parsed = parse(kBuiltinTable, "45nm");
    assert(parsed && "the built-in table is valid");
    return *parsed;
  }();
  return table;
}

} // namespace tally

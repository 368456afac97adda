//===- SweepStore.cpp - what a sweep keeps of its recipes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/SweepStore.h"

#include "Driver/ContentHash.h"
#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Support/Json.h"
#include "tally/Support/Output.h"
#include "tally/Support/Version.h"
#include "tally/Target/Cpu/CpuTarget.h"

#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

using llvm::StringRef;
using nlohmann::json;

namespace tally {

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// A recipe's name as that of a file.
static std::string stemOf(const std::string &recipe) {
  if (recipe.empty())
    return "float";
  std::string stem = recipe;
  for (char &c : stem)
    if (!llvm::isAlnum(c) && c != '-' && c != '_' && c != '.')
      c = '_';
  return stem;
}

Result<std::vector<std::string>> listSweepFiles(const SweepJob &job) {
  std::vector<std::string> files = {job.directory + "/" + stemOf("") + ".json"};
  std::set<std::string> stems = {stemOf("")};
  for (const std::string &recipe : job.recipes) {
    std::string stem = stemOf(recipe);
    if (!stems.insert(stem).second)
      return Error{"what is kept of recipe '" + recipe + "' would be called '" + stem +
                       ".json', which is taken",
                   ErrorKind::Usage};
    files.push_back(job.directory + "/" + stem + ".json");
    files.push_back(job.directory + "/" + stem + ".q.mlir");
  }
  return files;
}

std::string SweepStore::pathOf(const std::string &recipe) const {
  return directory + "/" + stemOf(recipe);
}

//===----------------------------------------------------------------------===//
// Hashes
//===----------------------------------------------------------------------===//

Result<SweepStore> SweepStore::create(const SweepJob &job) {
  SweepStore store;
  store.directory = job.directory;
  if (job.directory.empty())
    return store;
  ContentHash hash;
  json options = {{"data", job.images.spec()},
                  {"limit", job.images.limit},
                  {"mean", job.images.mean},
                  {"std", job.images.std},
                  {"renormalise", job.images.renormalise},
                  {"fit", job.fit},
                  {"mul_free", job.mulFree ? stringifyMulFree(*job.mulFree).str() : ""},
                  {"version", getVersion()},
                  {"processor", CpuTarget::host().cpu}};
  hash.add(options.dump());
  std::vector<std::string> files = {job.network};
  for (const std::string &data : {job.images.data, job.fit})
    for (const std::string &file : listDataFiles(data))
      files.push_back(file);
  if (!job.energyTable.empty())
    files.push_back(job.energyTable);
  for (const std::string &file : files)
    if (Status added = hash.addFile(file); !added)
      return added.error();
  store.common = hash.result();
  return store;
}

Result<std::string> SweepStore::hash(const std::string &recipe) const {
  ContentHash hash;
  hash.add(common);
  if (!recipe.empty()) {
    Result<std::string> text = readRecipe(recipe);
    if (!text)
      return text.error();
    hash.add(*text);
  }
  return hash.result();
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

json toJson(const SweepRow &row) {
  json object = {{"recipe", row.recipe}};
  if (!row.error.empty()) {
    object["error"] = row.error;
    return object;
  }
  if (row.top1)
    object["top1"] = *row.top1;
  if (row.sqnr)
    object["sqnr_db"] = *row.sqnr; // null where it is infinite
  if (row.top5)
    object["top5"] = *row.top5;
  object["images"] = row.images;
  object["code_bytes"] = row.codeBytes;
  object["stored_bytes"] = row.storedBytes;
  object["energy_pj"] = row.picojoules;
  object["ms_per_image"] = row.milliseconds;
  return object;
}

/// None where `object` lacks a figure.
static std::optional<SweepRow> fromJson(const json &object) {
  SweepRow row;
  try {
    row.recipe = object.at("recipe").get<std::string>();
    if (object.contains("top1"))
      row.top1 = object.at("top1").get<double>();
    if (object.contains("sqnr_db"))
      row.sqnr = object.at("sqnr_db").is_null() ? INFINITY : object.at("sqnr_db").get<double>();
    if (object.contains("top5"))
      row.top5 = object.at("top5").get<double>();
    row.images = object.at("images").get<int64_t>();
    row.codeBytes = object.at("code_bytes").get<int64_t>();
    row.storedBytes = object.at("stored_bytes").get<int64_t>();
    row.picojoules = object.at("energy_pj").get<double>();
    row.milliseconds = object.at("ms_per_image").get<double>();
  } catch (const json::exception &) {
    return std::nullopt;
  }
  row.kept = true;
  return row;
}

Result<std::optional<SweepRow>> SweepStore::find(const std::string &recipe) const {
  if (directory.empty())
    return std::optional<SweepRow>();
  Result<std::string> expected = hash(recipe);
  if (!expected)
    return expected.error();
  std::string path = pathOf(recipe) + ".json";
  Result<InputFile> file = InputFile::open(path);
  Result<std::string> text = file ? file->readRest() : Result<std::string>(Error{});
  Result<json> object = text ? parseObject(*text, path) : Result<json>(Error{});
  // Whatever else lies there is written anew.
  if (!object || object->value("hash", json()) != *expected)
    return std::optional<SweepRow>();
  return fromJson(*object);
}

Status SweepStore::keep(const SweepRow &row, const std::string &network) const {
  if (directory.empty())
    return Done();
  Result<std::string> hashed = hash(row.recipe);
  if (!hashed)
    return hashed.error();
  json object = toJson(row);
  object["hash"] = *hashed;
  std::string text = object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  std::vector<OutputFile> files = {{pathOf(row.recipe) + ".json", text}};
  if (!network.empty())
    files.push_back({pathOf(row.recipe) + ".q.mlir", network});
  return writeFilesAtomically(files, directory);
}

} // namespace tally

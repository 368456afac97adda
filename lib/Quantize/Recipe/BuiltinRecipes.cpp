//===- BuiltinRecipes.cpp - recipes by name -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Support/File.h"
#include "tally/Support/Spelling.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Regex.h"
#include <nlohmann/json.hpp>

using llvm::StringRef;
using nlohmann::json;

namespace tally {

namespace {
struct BuiltinRecipe {
  const char *name, *text;

  /// Numbers of bits: `wNaN` has one for both, `wNaM` two, `w1aM` one that it says itself.
  bool hasTwo() const { return StringRef(name).ends_with("aM"); }
  bool hasOne() const { return StringRef(name).ends_with("-wNaN"); }
  bool hasPowers() const { return StringRef(text).contains("pot\""); }
  int mostWeightBits() const { return fixedBits() ? fixedBits() : hasPowers() ? 5 : kMostBits; }
  int leastWeightBits() const { return fixedBits() ? fixedBits() : kLeastBits; }
  /// 0 where names say the bits of weights.
  int fixedBits() const {
    char digit = *StringRef(name).take_back(3).data();
    return hasTwo() && llvm::isDigit(digit) ? digit - '0' : 0;
  }
  StringRef family() const { return StringRef(name).drop_back(5); }

  static constexpr int kLeastBits = 2, kMostBits = 8;
};
constexpr BuiltinRecipe kBuiltinRecipes[] = {
#include "BuiltinRecipes.inc"
};
} // namespace

static void replaceAll(std::string &text, const std::string &from, const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// `family-w4a8` is `family-wNaM` with N = 4 and M = 8: the text with every "N" and "M"
/// replaced, and every N bits and M bits. No text and no message where nothing built in is called
/// so.
static Result<std::string> findText(const std::string &name) {
  for (const BuiltinRecipe &recipe : kBuiltinRecipes)
    if (name == recipe.name && !recipe.hasOne() && !recipe.hasTwo())
      return std::string(recipe.text);
  llvm::Regex pattern("^(.*)-w([0-9]+)a([0-9]+)$");
  llvm::SmallVector<StringRef> parts;
  if (!pattern.match(name, &parts))
    return Error{""};
  for (const BuiltinRecipe &recipe : kBuiltinRecipes) {
    if ((!recipe.hasOne() && !recipe.hasTwo()) || parts[1] != recipe.family())
      continue;
    if (recipe.hasOne() && parts[2] != parts[3])
      return Error{"recipe '" + name +
                   "' requires one number of bits in 2..8 for weights "
                   "and activations, because they share one step"};
    std::string text = recipe.text;
    for (auto [letter, digits, least, most] :
         {std::tuple("N", parts[2], recipe.leastWeightBits(), recipe.mostWeightBits()),
          std::tuple("M", parts[3], recipe.kLeastBits, recipe.kMostBits)}) {
      int bits = 0;
      if (digits.getAsInteger(10, bits) || bits < least || bits > most)
        return Error{"recipe '" + name + "' requires " +
                     (least == most ? std::to_string(most) + " for the bits of weights"
                                    : "a number of bits in " + std::to_string(least) + ".." +
                                          std::to_string(most)) +
                     ", but got " + digits.str()};
      replaceAll(text, "\"" + std::string(letter) + "\"", std::to_string(bits));
      replaceAll(text, " " + std::string(letter) + " bits", " " + std::to_string(bits) + " bits");
    }
    return text;
  }
  return Error{""};
}

static std::string listNames() {
  std::string known;
  for (const BuiltinRecipe &recipe : kBuiltinRecipes)
    known += (known.empty() ? "" : ", ") + std::string(recipe.name);
  return known + " with bits for N and M";
}

/// "; did you mean 'adder-w4a4'?" where a built-in recipe with the numbers of `name` is spelt much
/// like it, else nothing.
static std::string suggestFor(StringRef name) {
  llvm::SmallVector<std::string> numbers;
  for (StringRef rest = name; !(rest = rest.drop_until(llvm::isDigit)).empty();) {
    numbers.push_back(rest.take_while(llvm::isDigit).str());
    rest = rest.drop_front(numbers.back().size());
  }
  if (numbers.size() == 1 && numbers[0].size() == 2)
    numbers = {numbers[0].substr(0, 1), numbers[0].substr(1)};
  std::vector<std::string> known;
  for (const BuiltinRecipe &recipe : kBuiltinRecipes) {
    if (!recipe.hasOne() && !recipe.hasTwo())
      known.push_back(recipe.name);
    else if (!numbers.empty())
      known.push_back(recipe.family().str() + "-w" + numbers.front() + "a" +
                      (recipe.hasOne() ? numbers.front() : numbers.back()));
  }
  llvm::erase_if(known, [](const std::string &one) { return !isBuiltinRecipe(one); });
  return didYouMean(name, known);
}

bool isBuiltinRecipe(const std::string &name) { return bool(findText(name)); }

Result<std::string> getBuiltinRecipe(const std::string &name) {
  Result<std::string> text = findText(name);
  if (text || !text.error().message.empty())
    return text;
  return Error{"recipe '" + name + "' is not built in; built in are " + listNames() +
               suggestFor(name)};
}

Result<std::string> readRecipe(const std::string &nameOrPath) {
  if (StringRef(nameOrPath).starts_with("{"))
    return nameOrPath;
  Result<std::string> text = findText(nameOrPath);
  if (text || !text.error().message.empty())
    return text;
  Result<InputFile> file = InputFile::open(nameOrPath);
  if (!file)
    return Error{"recipe '" + nameOrPath + "' is neither a file nor built in; built in are " +
                 listNames() + suggestFor(nameOrPath)};
  return file->readRest();
}

std::vector<std::pair<std::string, std::string>> listRecipes() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const BuiltinRecipe &recipe : kBuiltinRecipes) {
    json document = json::parse(recipe.text, nullptr, false);
    names.emplace_back(recipe.name, document.value("description", ""));
  }
  return names;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// All names, those with more bits first.
static std::vector<std::string> nameAll() {
  std::vector<std::string> names;
  for (const BuiltinRecipe &recipe : kBuiltinRecipes) {
    if (!recipe.hasOne() && !recipe.hasTwo())
      names.push_back(recipe.name);
    else
      for (int n = recipe.mostWeightBits(); n >= recipe.leastWeightBits(); --n)
        for (int m = recipe.kMostBits; m >= recipe.kLeastBits; --m)
          if (recipe.hasTwo() || m == n)
            names.push_back(recipe.family().str() + "-w" + std::to_string(n) + "a" +
                            std::to_string(m));
  }
  return names;
}

/// The parts of `text` between the commas that are in no braces.
static std::vector<std::string> splitOutside(StringRef text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : text) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// `a{b,c}d` is `abd` and `acd`, as in a shell.
static Status expandBraces(const std::string &word, std::vector<std::string> &to) {
  size_t open = word.find_first_of("{}");
  if (open == std::string::npos) {
    to.push_back(word);
    return Done();
  }
  int depth = 0;
  size_t close = open;
  for (; close < word.size(); ++close) {
    depth += word[close] == '{' ? 1 : word[close] == '}' ? -1 : 0;
    if (depth <= 0)
      break;
  }
  if (depth != 0 || close == open)
    return Error{"recipes '" + word + "' have a brace without its counterpart"};
  StringRef inside = StringRef(word).slice(open + 1, close);
  for (const std::string &part : splitOutside(inside))
    if (Status status = expandBraces(word.substr(0, open) + part + word.substr(close + 1), to);
        !status)
      return status;
  return Done();
}

/// The built-in recipes that a word with wildcards stands for; a word without stands for itself.
static Result<std::vector<std::string>> match(const std::string &word) {
  if (word.find_first_of("*?[") == std::string::npos)
    return std::vector<std::string>{word};
  auto pattern = llvm::GlobPattern::create(word);
  if (!pattern)
    return Error{"recipes '" + word + "': " + llvm::toString(pattern.takeError())};
  // Recipes that train quantize as those without do: who compares all means the latter.
  constexpr llvm::StringLiteral kTraining = "train-";
  bool withTraining = StringRef(word).starts_with(kTraining);
  std::vector<std::string> names;
  for (const std::string &name : nameAll())
    if (pattern->match(name) && (withTraining || !StringRef(name).starts_with(kTraining)))
      names.push_back(name);
  if (names.empty())
    return Error{"no built-in recipe is called '" + word + "'; built in are " + listNames()};
  return names;
}

Result<std::vector<std::string>> expandRecipes(const std::string &patterns) {
  std::vector<std::string> words, recipes;
  for (const std::string &part : splitOutside(patterns))
    if (Status expanded = expandBraces(part, words); !expanded)
      return expanded.error();
  for (const std::string &word : words) {
    if (word.empty())
      return Error{"recipes '" + patterns + "' have an empty name"};
    Result<std::vector<std::string>> names = match(word);
    if (!names)
      return names.error();
    for (const std::string &name : *names)
      if (!llvm::is_contained(recipes, name))
        recipes.push_back(name);
  }
  return recipes;
}

} // namespace tally

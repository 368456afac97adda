//===- ModuleMutator.cpp - modules with mistakes --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModuleMutator.h"

#include "ModuleTokens.h"

#include <cctype>
#include <optional>

namespace tally::mutation {

namespace {

class Mutator {
public:
  Mutator(const std::string &text, const std::string &donor, Random &random)
      : tokens(splitModule(text)), others(splitModule(donor)), random(random) {}

  std::string run() {
    // What is more likely stands more often.
    static constexpr void (Mutator::*kMutations[])() = {
        &Mutator::changeNumber, &Mutator::changeNumber, &Mutator::changeNumber,
        &Mutator::changeType,   &Mutator::changeType,   &Mutator::changeWord,
        &Mutator::changeWord,   &Mutator::changeValue,  &Mutator::changeValue,
        &Mutator::changeName,   &Mutator::changeText,   &Mutator::changeLines,
        &Mutator::changeLines,  &Mutator::changeList,   &Mutator::changeToken,
        &Mutator::nest};
    for (size_t changes = 1 + random.below(3); changes > 0; --changes)
      if (!tokens.empty())
        (this->*random.pick(kMutations))();
    std::string text;
    for (const Token &token : tokens)
      text += token.text;
    return text;
  }

private:
  /// The place of a token of some kind; none where there is none.
  template <typename Accepts> std::optional<size_t> find(const Tokens &in, Accepts accepts) {
    size_t begin = random.below(in.size());
    for (size_t i = 0; i < in.size(); ++i)
      if (size_t at = (begin + i) % in.size(); accepts(in[at]))
        return at;
    return std::nullopt;
  }
  std::optional<size_t> find(Token::Kind kind) {
    return find(tokens, [&](const Token &token) { return token.kind == kind; });
  }
  /// A token like the one at `at`, from here or from the other module.
  std::string another(size_t at) {
    const Tokens &from = random.once(3) && !others.empty() ? others : tokens;
    auto found = find(from, [&](const Token &token) { return token.kind == tokens[at].kind; });
    return found ? from[*found].text : tokens[at].text;
  }
  void replace(std::optional<size_t> at, const std::string &text) {
    if (at)
      tokens[*at].text = text;
  }

  void changeNumber();
  void changeType();
  void changeWord();
  void changeValue();
  void changeName();
  void changeText();
  void changeLines();
  void changeList();
  void changeToken();
  void nest();

  Tokens tokens, others;
  Random &random;
};

} // namespace

void Mutator::changeNumber() {
  static constexpr const char *kNumbers[] = {"0",
                                             "0.0",
                                             "-0.0",
                                             "1.0e+400",
                                             "0x7FC00000",
                                             "0xFF800000",
                                             "1e-45",
                                             "3.4e38",
                                             "?",
                                             "*",
                                             "nan",
                                             "true",
                                             "-1",
                                             "0x",
                                             "00",
                                             "1.5",
                                             "4294967296",
                                             "18446744073709551616",
                                             "99999999999999999999999999999999999999999"};
  auto at = find(Token::Number);
  if (!at)
    return;
  if (random.once(4))
    replace(at, another(*at));
  else
    replace(at, random.once(3) ? random.pick(kNumbers) : std::to_string(random.number()));
}

void Mutator::changeType() {
  static constexpr const char *kTypes[] = {"f32",
                                           "f16",
                                           "bf16",
                                           "f64",
                                           "f8E4M3FN",
                                           "tf32",
                                           "i1",
                                           "i4",
                                           "i8",
                                           "ui8",
                                           "si8",
                                           "i16",
                                           "i32",
                                           "i48",
                                           "i64",
                                           "i128",
                                           "i16777215",
                                           "i16777216",
                                           "i0",
                                           "index",
                                           "none",
                                           "complex<f32>",
                                           "tuple<>",
                                           "vector<2xf32>",
                                           "memref<2xf32>",
                                           "tensor<f32>",
                                           "tensor<*xf32>",
                                           "tensor<?xf32>",
                                           "tensor<0xf32>",
                                           "() -> ()",
                                           "!quant.any<i8<-8:7>>",
                                           "!quant.uniform<i8:f32, 1.0>",
                                           "!quant.uniform<u8:f32, 0.5:128>",
                                           "!quant.uniform<i8:f32, 0.0>",
                                           "!quant.uniform<i8:f32:0, {0.5, 1.0}>",
                                           "!quant.uniform<i8:f32:{0:1}, {0.5}>",
                                           "!quant.uniform<i8:f32:7, {1.0}>",
                                           "!quant.uniform<i8<-3:3>:f64, 1.0e-30>",
                                           "!quant.uniform<u4:f32, 1.0>",
                                           "!quant.calibrated<f32<-1.0:1.0>>",
                                           "!tosa.shape<4>",
                                           "!llvm.ptr"};
  auto isType = [](const Token &token) {
    return token.kind == Token::Word && token.text.size() > 1 && token.text.size() < 5 &&
           std::string("fiubx").find(token.text[0]) != std::string::npos &&
           std::isdigit((unsigned char)token.text.back());
  };
  replace(find(tokens, isType), random.pick(kTypes));
}

void Mutator::changeWord() {
  auto at = random.once(4) ? find(Token::Sigil) : find(Token::Word);
  if (!at)
    return;
  if (random.once(10))
    tokens[*at].text = random.pick({"dense", "sparse", "dense_resource", "array", "unit", "loc",
                                    "affine_map", "module", "private", "true", "opaque"});
  else if (random.once(6))
    mutateBytes(tokens[*at].text, random);
  else
    replace(at, another(*at));
}

void Mutator::changeValue() {
  auto at = random.once(4) ? find(Token::Symbol) : find(Token::Value);
  if (!at)
    return;
  replace(at, random.once(12) ? random.pick({"%none", "%0#7", "@none", "@main", "@reference", "%0"})
                              : another(*at));
}

static std::string quote(const std::string &name) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "\"";
  for (unsigned char c : name)
    if (std::isalnum(c))
      text += char(c);
    else
      text += {'\\', kDigits[c >> 4], kDigits[c & 15]};
  return text + "\"";
}

/// A symbol gets another name, everywhere.
void Mutator::changeName() {
  auto at = find(Token::Symbol);
  if (!at)
    return;
  std::string from = tokens[*at].text;
  std::string to = random.once(6) ? another(*at) : "@" + quote(random.name());
  for (Token &token : tokens)
    if (token.text == from)
      token.text = to;
}

void Mutator::changeText() {
  auto at = find(Token::Text);
  if (!at)
    return;
  if (random.once(3))
    replace(at, another(*at));
  else if (random.once(3)) // bytes of elements: too few, too many
    tokens[*at].text = "\"0x" + std::string(random.below(40), "0F7a"[random.below(4)]) + "\"";
  else
    replace(at, quote(random.name()));
}

void Mutator::changeLines() {
  auto lineAt = [&](const Tokens &in, size_t place) {
    size_t begin = place, end = place;
    while (begin > 0 && in[begin - 1].kind != Token::Newline)
      --begin;
    while (end < in.size() && in[end].kind != Token::Newline)
      ++end;
    return std::pair(begin, std::min(end + 1, in.size()));
  };
  auto [begin, end] = lineAt(tokens, random.below(tokens.size()));
  Tokens line(tokens.begin() + begin, tokens.begin() + end);
  switch (random.below(4)) {
  case 0:
    tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    return;
  case 1: // moved or doubled
    if (random.once(2))
      tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    break;
  case 2:
    if (!others.empty()) {
      auto [first, last] = lineAt(others, random.below(others.size()));
      line.assign(others.begin() + first, others.begin() + last);
    }
    break;
  default: // the file ends early
    if (random.once(4))
      tokens.resize(begin);
    return;
  }
  size_t to = tokens.empty() ? 0 : lineAt(tokens, random.below(tokens.size())).first;
  tokens.insert(tokens.begin() + to, line.begin(), line.end());
}

/// One element more or less between commas.
void Mutator::changeList() {
  auto at = find(tokens, [](const Token &token) { return token.text == ","; });
  if (!at || *at + 1 >= tokens.size())
    return;
  size_t end = *at + 1;
  while (end < tokens.size() && tokens[end].kind != Token::Newline &&
         tokens[end].kind != Token::Mark)
    ++end;
  Tokens element(tokens.begin() + *at, tokens.begin() + end);
  if (random.once(2))
    tokens.erase(tokens.begin() + *at, tokens.begin() + end);
  else
    for (size_t count = random.once(10) ? 1000 : 1; count > 0; --count)
      tokens.insert(tokens.begin() + end, element.begin(), element.end());
}

void Mutator::changeToken() {
  size_t at = random.below(tokens.size());
  if (random.once(3))
    tokens.erase(tokens.begin() + at);
  else if (random.once(2))
    std::swap(tokens[at], tokens[random.below(tokens.size())]);
  else if (random.once(2))
    tokens[at].text.append(tokens[at].text);
  else
    mutateBytes(tokens[at].text, random);
}

/// Brackets in brackets.
void Mutator::nest() {
  static constexpr std::pair<const char *, const char *> kBrackets[] = {
      {"[", "]"},
      {"{", "}"},
      {"(", ")"},
      {"tuple<", ">"},
      {"{a = [", "]}"},
      {"loc(fused[", "])"},
      {"\"a\"({", "})"},
      {"module {", "}"},
      {"tensor<2x", ">"},
      {"vector<2x", ">"},
      {"complex<", ">"},
      {"dense<[", "]>"},
      {"affine_map<(d0) -> (d0+(", "))>"}};
  auto [open, close] = random.pick(kBrackets);
  std::string before, after;
  for (size_t depth = random.once(4) ? 50000 : 1 + random.below(100); depth > 0; --depth) {
    before += open;
    after += close;
  }
  Token &token = tokens[random.below(tokens.size())];
  token.text = before + (random.once(4) ? "" : token.text) + (random.once(4) ? "" : after);
}

std::string mutateModule(const std::string &text, const std::string &donor, Random &random) {
  if (random.once(10)) {
    std::string result = text;
    mutateBytes(result, random);
    return result;
  }
  return Mutator(text, donor, random).run();
}

} // namespace tally::mutation

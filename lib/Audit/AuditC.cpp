//===- AuditC.cpp - multiplications in C ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KnownFunctions.h"
#include "tally/Audit/MulFreeAudit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <set>

using namespace llvm;

namespace tally {

namespace {

struct Token {
  enum Kind { Word, Number, Literal, Mark } kind;
  StringRef text;
  int64_t line;
};

/// The tokens of C without comments. Preprocessor lines are tokens as well: a macro may hold a
/// multiplication.
std::vector<Token> tokenize(StringRef source) {
  std::vector<Token> tokens;
  int64_t line = 1;
  auto advance = [&](size_t count) {
    line += source.take_front(count).count('\n');
    source = source.drop_front(std::min(count, source.size()));
  };
  auto take = [&](Token::Kind kind, size_t count) {
    tokens.push_back({kind, source.take_front(count), line});
    advance(count);
  };
  while (!source.empty()) {
    char first = source.front();
    if (isSpace(first) || first == '\\') {
      advance(1);
    } else if (source.starts_with("//")) {
      advance(std::min(source.find('\n'), source.size()));
    } else if (source.starts_with("/*")) {
      size_t end = source.find("*/", 2);
      advance(end == StringRef::npos ? source.size() : end + 2);
    } else if (isAlpha(first) || first == '_') {
      take(Token::Word, source.take_while([](char c) { return isAlnum(c) || c == '_'; }).size());
    } else if (isDigit(first)) {
      take(Token::Number,
           source.take_while([](char c) { return isAlnum(c) || c == '_' || c == '.'; }).size());
    } else if (first == '"' || first == '\'') {
      size_t end = 1;
      while (end < source.size() && source[end] != first)
        end += source[end] == '\\' ? 2 : 1;
      take(Token::Literal, std::min(end + 1, source.size()));
    } else {
      static constexpr StringRef kPairs[] = {"*=", "++", "--", "->", "&&", "||"};
      bool pair = llvm::any_of(kPairs, [&](StringRef p) { return source.starts_with(p); });
      take(Token::Mark, pair ? 2 : 1);
    }
  }
  return tokens;
}

/// What stands before parentheses without being called, and calls that are known not to multiply.
bool isKnownCall(StringRef name) {
  static constexpr StringRef kWords[] = {"if",
                                         "while",
                                         "for",
                                         "switch",
                                         "return",
                                         "sizeof",
                                         "case",
                                         "else",
                                         "do",
                                         "defined",
                                         "_Alignof",
                                         "_Alignas",
                                         "alignof",
                                         "alignas",
                                         "offsetof",
                                         "_Pragma",
                                         "_Static_assert",
                                         "static_assert",
                                         "__typeof",
                                         "__typeof__",
                                         "typeof",
                                         "assert",
                                         "__attribute__",
                                         "__has_attribute",
                                         "__has_include",
                                         "__has_builtin",
                                         "abort"};
  StringRef plain = name;
  plain.consume_front("__builtin_");
  bool isConstant = (name.starts_with("INT") || name.starts_with("UINT")) && name.ends_with("_C");
  return isConstant || is_contained(kWords, name) || isKnownNotToMultiply(plain) ||
         (plain != name && is_contained({"expect", "unreachable", "assume", "constant_p", "clz",
                                         "clzl", "clzll", "ctz", "ctzl", "ctzll", "abs", "trap"},
                                        plain));
}

class Audit {
public:
  Audit(StringRef source, MulFree level) : tokens(tokenize(source)), level(level) {
    source.split(lines, '\n');
    bool continues = false;
    for (StringRef line : lines) {
      directives.push_back(continues || line.ltrim().starts_with("#"));
      continues = directives.back() && line.rtrim("\r").ends_with("\\");
    }
    for (StringRef name : {"void",      "char",     "short",     "int",      "long",     "float",
                           "double",    "signed",   "unsigned",  "const",    "volatile", "static",
                           "extern",    "restrict", "inline",    "_Bool",    "bool",     "size_t",
                           "ptrdiff_t", "intptr_t", "uintptr_t", "intmax_t", "uintmax_t"})
      types.insert(name);
    for (StringRef width : {"8", "16", "32", "64"})
      for (StringRef kind : {"", "_least", "_fast"})
        for (StringRef sign : {"int", "uint"})
          types.insert((sign + kind + width + "_t").str());
  }

  CAudit run() {
    collectDefinitions();
    for (size_t i = 0; i < tokens.size(); ++i)
      step(i);
    CAudit result;
    for (const Found &one : found) {
      if (!one.unknown.empty()) {
        result.findings.push_back({one.function, one.unknown, one.line});
        continue;
      }
      ++(one.address ? result.inAddresses : result.onData);
      if (level == MulFree::Strict || (!one.address && level == MulFree::Compute))
        result.findings.push_back({one.function, lines[one.line - 1].trim().str(), one.line});
    }
    return result;
  }

private:
  struct Found {
    std::string function;
    int64_t line;
    bool address;
    std::string unknown = {}; ///< what may multiply as well as not, in words
  };

  bool inDirective(size_t i) const { return directives[tokens[i].line - 1]; }

  /// Whether the parentheses at `i` hold the parameters of a macro.
  bool opensMacro(size_t i) const {
    return i > 1 && tokens[i - 2].text == "define" &&
           tokens[i - 1].text.end() == tokens[i].text.begin();
  }

  /// Functions and macros that have their bodies here, where the walk over all tokens sees them.
  void collectDefinitions() {
    int depth = 0;
    for (size_t i = 1; i < tokens.size(); ++i) {
      if (opensMacro(i))
        defined.insert(tokens[i - 1].text);
      if (tokens[i].kind == Token::Word && isPointerName(i))
        pointers.insert(tokens[i].text);
      if (inDirective(i))
        continue;
      StringRef text = tokens[i].text;
      depth += text == "{" ? 1 : text == "}" ? -1 : 0;
      if (depth != 0 || text != "(" || tokens[i - 1].kind != Token::Word)
        continue;
      size_t end = i;
      for (int open = 0; end < tokens.size(); ++end) {
        open += tokens[end].text == "(" ? 1 : tokens[end].text == ")" ? -1 : 0;
        if (open == 0)
          break;
      }
      if (end + 1 < tokens.size() && tokens[end + 1].text == "{")
        defined.insert(tokens[i - 1].text);
    }
  }

  void reportUnknown(size_t i, const Twine &what) {
    found.push_back({depth > 0 ? function : "", tokens[i].line, false, what.str()});
  }

  /// Whether the parentheses at `i` hold the parameters of a pointer to a function: `int
  /// (*name)(int)`.
  bool declaresPointer(size_t i) const {
    return i > 5 && tokens[i - 1].text == ")" && isPointerName(i - 2) &&
           types.contains(tokens[i - 5].text);
  }

  static bool isAssembly(StringRef text) {
    return text == "asm" || text == "__asm" || text == "__asm__";
  }

  /// Whether no instruction stands in the assembly that the word `i` begins. A line is no more than
  /// a macro may hold.
  bool isEmptyAssembly(size_t i) const {
    return isAssembly(tokens[i].text) && i + 3 < tokens.size() && tokens[i + 1].text == "(" &&
           tokens[i + 2].text == "\"\"" &&
           (tokens[i + 3].text == ":" || tokens[i + 3].text == ")") &&
           tokens[i + 3].line == tokens[i].line;
  }

  /// The parentheses at `i` may be those of a call.
  void checkCall(size_t i) {
    if (i == 0 || opensMacro(i) || (depth == 0 && !inDirective(i)) || isEmptyAssembly(i - 1))
      return;
    const Token &callee = tokens[i - 1];
    StringRef before = i > 1 ? tokens[i - 2].text : "";
    bool inAttribute = any_of(open, [&](size_t from) {
      return from > 0 && tokens[from - 1].text.starts_with("__attribute");
    });
    if (inAttribute) {
      if (is_contained({"cleanup", "ifunc", "alias", "weakref"}, callee.text.trim('_')))
        reportUnknown(i, "attribute " + callee.text + ", by which another function is called");
      return;
    }
    if (declaresPointer(i))
      return;
    bool isMember = before == "." || before == "->";
    if (callee.text == "]" || (callee.text == ")" && !casts.count(i - 1)) ||
        (callee.kind == Token::Word && isMember))
      reportUnknown(i, "call through a pointer, behind which may be anything");
    else if (callee.kind == Token::Word && before != "define" && !defined.contains(callee.text) &&
             !types.contains(callee.text) &&
             (pointers.contains(callee.text) || !isKnownCall(callee.text)))
      reportUnknown(i, "call of " + callee.text + ", which is not defined here");
  }

  void step(size_t i) {
    const Token &token = tokens[i];
    StringRef text = token.text;
    if (token.kind == Token::Mark) {
      if (text == "*=" || (text == "*" && endsOperand(i)))
        report(token);
      if (text == "(") {
        if (depth == 0 && open.empty() && i > 0 && tokens[i - 1].kind == Token::Word)
          function = tokens[i - 1].text.str();
        checkCall(i);
        open.push_back(i);
      } else if (text == ")" && !open.empty()) {
        bool condition = isCondition(open.back());
        if (condition || opensMacro(open.back()) || isCast(open.back(), i))
          casts.insert(i);
        open.pop_back();
        if (condition)
          beginStatement(i + 1);
      } else if (text == "," && brackets == 0 && open.size() == outside && declaresSize()) {
        declared = i + 1;
      }
      brackets += text == "[" ? 1 : text == "]" ? -1 : 0;
      depth += text == "{" ? 1 : text == "}" ? -1 : 0;
      if (text == ";" && typedefDepth == depth)
        typedefDepth.reset();
      if (text == "{" || text == "}" || (text == ";" && open.empty()) ||
          (text == "(" && i > 0 && tokens[i - 1].text == "for"))
        beginStatement(i + 1);
      if (text == "}" && depth == 0)
        products.clear();
      return;
    }
    if (token.kind == Token::Word)
      use(i);
    if (isAssembly(text) && !isEmptyAssembly(i))
      reportUnknown(i, "inline assembly, which is not read");
    StringRef next = i + 1 < tokens.size() ? tokens[i + 1].text : "";
    if (text == "typedef")
      typedefDepth = depth;
    else if (typedefDepth == depth && token.kind == Token::Word &&
             (next == ";" || next == "[" || isPointerName(i))) {
      types.insert(text);
      named.insert(text);
      // A variable hides a type of this name.
    } else if (!typedefDepth && i > 0 && named.contains(text) && namesType(tokens[i - 1].text) &&
               is_contained({"=", ";", ",", ")", "["}, next)) {
      types.erase(text);
    }
    // So does one that is a pointer hide a function.
    if (!typedefDepth && i > 0 && namesType(tokens[i - 1].text) && isKnownNotToMultiply(text) &&
        is_contained({"=", ";", ",", ")"}, next))
      pointers.insert(text);
  }

  bool namesType(StringRef word) const {
    return types.contains(word) &&
           !is_contained({"const", "volatile", "restrict", "static", "extern", "inline"}, word);
  }

  /// `(*name)`, of a pointer to a function or an array.
  bool isPointerName(size_t i) const {
    return i > 1 && i + 1 < tokens.size() && tokens[i - 2].text == "(" &&
           tokens[i - 1].text == "*" && tokens[i + 1].text == ")";
  }

  /// Whether what stands before token `i` is a value, so that a `*` there multiplies.
  bool endsOperand(size_t i) const {
    if (i == 0)
      return false;
    const Token &before = tokens[i - 1];
    switch (before.kind) {
    case Token::Number:
    case Token::Literal:
      return true;
    case Token::Word:
      return !types.contains(before.text) && before.text != "return" && before.text != "else" &&
             before.text != "do" && before.text != "case" && before.text != "sizeof" &&
             !(i > 1 && (tokens[i - 2].text == "struct" || tokens[i - 2].text == "union" ||
                         tokens[i - 2].text == "enum"));
    case Token::Mark:
      return before.text == "]" || before.text == "++" || before.text == "--" ||
             (before.text == ")" && !casts.count(i - 1));
    }
    return true;
  }

  /// Whether the parentheses hold a type only, and are no operand of `sizeof`.
  bool isCast(size_t from, size_t to) const {
    if (from + 1 == to || (from > 0 && tokens[from - 1].text == "sizeof"))
      return false;
    bool named = false;
    for (size_t i = from + 1; i < to; ++i) {
      bool type = types.contains(tokens[i].text) || tokens[i - 1].text == "struct";
      named |= type;
      if (!type && tokens[i].text != "*" && tokens[i].text != "struct")
        return false;
    }
    return named;
  }

  /// Whether the parentheses belong to a statement: what follows is another one.
  bool isCondition(size_t from) const {
    StringRef before = from > 0 ? tokens[from - 1].text : "";
    return before == "if" || before == "while" || before == "for" || before == "switch";
  }

  void beginStatement(size_t i) {
    first = i;
    declared = i + 1;
    outside = open.size();
  }

  /// Whether the statement declares variables of `size_t`, of which `declared` is the present one.
  bool declaresSize() const {
    return declared < tokens.size() && tokens[first].text == "size_t" &&
           tokens[declared].kind == Token::Word;
  }

  void report(const Token &token) {
    if (brackets == 0 && declaresSize())
      products[tokens[declared].text].insert(found.size());
    found.push_back({depth > 0 ? function : "", token.line, brackets > 0 || declaresSize()});
  }

  /// What a variable of `size_t` is made of goes where it is used: into data, or into another one.
  void use(size_t i) {
    auto known = products.find(tokens[i].text);
    if (known == products.end() || brackets > 0)
      return;
    std::set<size_t> parts = known->second;
    if (!declaresSize())
      for (size_t part : parts)
        found[part].address = false;
    else
      products[tokens[declared].text].insert(parts.begin(), parts.end());
  }

  std::vector<Token> tokens;
  MulFree level;
  SmallVector<StringRef> lines;
  std::vector<bool> directives; ///< of the lines
  /// Words for types, those of them that a typedef names, and what has a body here.
  StringSet<> types, named, defined;
  /// Names of pointers to functions or arrays.
  StringSet<> pointers;
  std::vector<Found> found;
  /// Of each variable of `size_t` in a function, the multiplications that it is made of.
  StringMap<std::set<size_t>> products;
  /// Parentheses that are open, and those that close no operand.
  std::vector<size_t> open;
  std::set<size_t> casts;
  /// Where the statement began, in how many parentheses, and the variable that it declares.
  size_t first = 0, outside = 0, declared = 1;
  int brackets = 0, depth = 0;
  /// In how many braces a typedef began that has not ended.
  std::optional<int> typedefDepth;
  std::string function;
};

} // namespace

CAudit auditC(StringRef source, MulFree level) { return Audit(source, level).run(); }

} // namespace tally

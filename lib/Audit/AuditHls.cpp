//===- AuditHls.cpp - multiplications in C for high-level synthesis -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeAudit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace tally {

/// What tally_hls.h defines of what the text takes: directives, a shift, and types. In its own
/// words, since `auditC` does not join tokens.
static std::string preamble() {
  std::string text;
  for (const char *macro :
       {"TALLY_PARTITION", "TALLY_RESHAPE", "TALLY_STREAM", "TALLY_VALUE", "TALLY_SHL"})
    text += std::string("#define ") + macro + "(...)\n";
  for (int bits = 1; bits <= 64; ++bits)
    text += "typedef uint64_t tally_u" + std::to_string(bits) + "; typedef int64_t tally_i" +
            std::to_string(bits) + "; ";
  return text + "\n";
}

/// The words of `text`.
static SmallVector<StringRef> wordsOf(StringRef text) {
  SmallVector<StringRef> words;
  while (!text.empty()) {
    size_t size = text.take_while([](char c) { return isAlnum(c) || c == '_'; }).size();
    if (size && !isDigit(text.front()))
      words.push_back(text.take_front(size));
    text = text.drop_front(std::max<size_t>(size, 1));
  }
  return words;
}

namespace {

/// Lines that compute an index, or whether it is inside, of counters of loops and constants alone.
class IndexLines {
public:
  bool contains(StringRef line) {
    if (line.starts_with("static ") || line.starts_with("void "))
      names.clear(); // another function
    line = line.ltrim();
    if (size_t loop = line.find("for (int "); loop != StringRef::npos)
      names.insert(wordsOf(line.drop_front(loop + sizeof("for (int ") - 1)).front());
    if (!line.consume_front("const int "))
      return false;
    auto [name, value] = line.split('=');
    if (value.contains('[') ||
        !all_of(wordsOf(value), [&](StringRef word) { return names.contains(word); }))
      return false;
    names.insert(name.trim());
    return true;
  }

private:
  StringSet<> names;
};

} // namespace

CAudit auditHls(StringRef source, MulFree level) {
  std::string text = preamble();
  int64_t before = StringRef(text).count('\n'), number = 0;
  IndexLines indices;
  CAudit inIndices;
  for (StringRef line : split(source, '\n')) {
    ++number;
    std::string read = line.str();
    if (indices.contains(line)) {
      for (char &c : read) {
        if (c != '*')
          continue;
        c = '+'; // counted here
        ++inIndices.inAddresses;
        if (level == MulFree::Strict)
          inIndices.findings.push_back({"", line.trim().str(), number});
      }
    }
    text += read + "\n";
  }
  CAudit audit = auditC(text, level);
  for (MulFreeFinding &finding : audit.findings)
    finding.line -= before;
  audit.inAddresses += inIndices.inAddresses;
  append_range(audit.findings, inIndices.findings);
  return audit;
}

} // namespace tally

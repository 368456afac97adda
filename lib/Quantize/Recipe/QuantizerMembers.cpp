//===- QuantizerMembers.cpp - names of quantizers that are mixed ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"

using namespace mlir;

namespace tally {

/// One name of a list of members.
static std::optional<QuantizerMember> readMember(StringRef word) {
  QuantizerMember member;
  for (auto [name, levels, bits] :
       {std::tuple("bwn", LevelRule::Binary, 1), std::tuple("twn", LevelRule::Ternary, 2)})
    if (word == name) {
      member.levels = levels;
      member.bits = bits;
      return member;
    }
  if (word.consume_front("apot"))
    member.levels = LevelRule::AdditivePowerOfTwo;
  else if (word.consume_front("pot"))
    member.levels = LevelRule::PowerOfTwo;
  else if (word.consume_front("minmax"))
    member.steps = StepRule::MinMax;
  else if (word.consume_front("sawb"))
    member.steps = StepRule::Sawb;
  else if (word.consume_front("pact"))
    member.clip = ClipRule::Clip;
  else
    word.consume_front("uniform");
  int most = isFitted(member.levels) ? 5 : 8;
  if (word.getAsInteger(10, member.bits) || member.bits < 2 || member.bits > most)
    return std::nullopt;
  return member;
}

std::vector<QuantizerMember> getMembers(StringRef text, int bits) {
  std::vector<QuantizerMember> members;
  if (text.empty()) {
    for (int factor : {2, 4})
      if (int more = std::min(8, factor * bits);
          more > bits && (members.empty() || members.back().bits < more))
        members.push_back({LevelRule::Uniform, more});
    return members;
  }
  SmallVector<StringRef> words;
  text.split(words, ',');
  for (StringRef word : words) {
    std::optional<QuantizerMember> member = readMember(word.trim());
    if (!member)
      return {};
    members.push_back(*member);
  }
  return members;
}

} // namespace tally

//===- StackDepth.cpp - how deep calls get ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/ObjectMemory.h"

#include <algorithm>
#include <map>
#include <set>

namespace tally {

namespace {

class Search {
public:
  explicit Search(const std::vector<StackFrame> &frames) {
    for (const StackFrame &frame : frames)
      known[frame.function] = &frame;
  }

  StackDepth run(const std::string &entry) {
    StackDepth result;
    result.bytes = visit(entry);
    for (std::string name = entry; !name.empty(); name = deepest[name].callee)
      result.frames.push_back(*known.at(name));
    result.notCounted.assign(notCounted.begin(), notCounted.end());
    return result;
  }

private:
  struct Deepest {
    int64_t bytes = 0;
    std::string callee; ///< through which; empty for none
  };

  int64_t visit(const std::string &name) {
    if (auto done = deepest.find(name); done != deepest.end())
      return done->second.bytes;
    auto found = known.find(name);
    if (found == known.end()) {
      notCounted.insert(name);
      return 0;
    }
    const StackFrame &frame = *found->second;
    notCounted.insert(frame.unknown.begin(), frame.unknown.end());
    active.insert(name);
    Deepest result;
    for (const std::string &callee : frame.calls) {
      if (active.count(callee)) {
        notCounted.insert("recursion of " + callee);
        continue;
      }
      int64_t bytes = visit(callee);
      if (bytes > result.bytes)
        result = {bytes, callee};
    }
    active.erase(name);
    result.bytes += frame.total();
    deepest[name] = result;
    return result.bytes;
  }

  std::map<std::string, const StackFrame *> known;
  std::map<std::string, Deepest> deepest;
  std::set<std::string> active, notCounted;
};

} // namespace

StackDepth StackDepth::below(const std::string &entry, const std::vector<StackFrame> &frames) {
  return Search(frames).run(entry);
}

} // namespace tally

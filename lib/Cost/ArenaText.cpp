//===- ArenaText.cpp - a picture of the arena -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReportText.h"
#include "tally/Cost/NetworkMemory.h"

#include <algorithm>
#include <numeric>

namespace tally {

namespace {

constexpr int kNameColumns = 22, kByteColumns = 11;
constexpr int64_t kTimeColumns = 80 - kNameColumns - kByteColumns - 2;

/// Steps from left to right: one or several columns for each, or one for several.
class TimeAxis {
public:
  explicit TimeAxis(int64_t steps)
      : steps(steps),
        columns(steps > kTimeColumns ? kTimeColumns
                                     : steps * std::clamp<int64_t>(kTimeColumns / steps, 1, 3)) {}

  int64_t size() const { return columns; }
  int64_t firstOf(int64_t column) const { return column * steps / columns; }
  /// The step behind the last one of `column`.
  int64_t endOf(int64_t column) const {
    return std::max(firstOf(column) + 1, (column + 1) * steps / columns);
  }

private:
  int64_t steps, columns;
};

/// The `most` largest buffers, in their order.
std::vector<size_t> chooseBuffers(const NetworkMemory &memory, size_t most) {
  std::vector<size_t> chosen(memory.buffers.size());
  std::iota(chosen.begin(), chosen.end(), size_t(0));
  if (chosen.size() <= most)
    return chosen;
  std::stable_sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
    return memory.buffers[a].bytes > memory.buffers[b].bytes;
  });
  chosen.resize(most);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

} // namespace

std::string drawArena(const NetworkMemory &memory, size_t most) {
  std::string text;
  if (memory.buffers.empty())
    return text;
  TimeAxis axis(int64_t(memory.steps.size()));
  auto row = [&](const std::string &name, const std::string &bytes, const std::string &time) {
    print(text, "%-*s %*s ", kNameColumns, name.c_str(), kByteColumns - 1, bytes.c_str());
    text += time + "\n";
  };
  row("arena", "bytes", "steps 1 to " + grouped(int64_t(memory.steps.size())));
  std::vector<size_t> chosen = chooseBuffers(memory, most);
  for (size_t index : chosen) {
    const NetworkMemory::Buffer &buffer = memory.buffers[index];
    std::string time;
    for (int64_t column = 0; column < axis.size(); ++column)
      time += buffer.first < axis.endOf(column) && buffer.last >= axis.firstOf(column) ? '#' : '.';
    row(shortName(buffer.name, kNameColumns), grouped(buffer.bytes), time);
  }
  if (size_t left = memory.buffers.size() - chosen.size())
    text += "and " + grouped(int64_t(left)) + " that are no larger\n";
  std::vector<int64_t> used = memory.used();
  std::string tenths;
  for (int64_t column = 0; column < axis.size(); ++column) {
    int64_t peak =
        *std::max_element(used.begin() + axis.firstOf(column), used.begin() + axis.endOf(column));
    tenths += char('0' + std::min<int64_t>(9, peak * 10 / memory.arena));
  }
  row("tenths in use", grouped(*std::max_element(used.begin(), used.end())), tenths);
  return text;
}

} // namespace tally

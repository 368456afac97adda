//===- Random.h - the choices of a mutation ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same seed makes the same choices on every machine: the distributions of the standard
// library do not promise that.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TEST_MUTATION_RANDOM_H
#define TALLY_TEST_MUTATION_RANDOM_H

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace tally::mutation {

class Random {
public:
  explicit Random(uint64_t seed, uint64_t number = 0)
      : engine(seed * 0x9E3779B97F4A7C15u + number * 0xD1B54A32D192ED03u + 1) {}

  /// 0 to size - 1; 0 where there is nothing to choose from.
  size_t below(size_t size) { return size ? engine() % size : 0; }
  bool once(size_t in) { return below(in) == 0; }
  template <typename Choices> auto pick(const Choices &choices) {
    return *std::next(std::begin(choices), below(std::size(choices)));
  }
  template <typename Choice> Choice pick(std::initializer_list<Choice> choices) {
    return *(choices.begin() + below(choices.size()));
  }

  /// Sizes and numbers at which arithmetic goes wrong.
  int64_t number();
  float real();
  /// Names that quoting, file names and C do not like.
  std::string name();

private:
  std::mt19937_64 engine;
};

/// What stands between spaces.
std::vector<std::string> words(const std::string &text);

/// Damages bytes without regard to what they mean: flips, cuts, repetitions, extreme values.
void mutateBytes(std::string &bytes, Random &random);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_RANDOM_H

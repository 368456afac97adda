//===- Random.cpp - the choices of a mutation -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Random.h"

#include <algorithm>
#include <limits>
#include <sstream>

namespace tally::mutation {

int64_t Random::number() {
  static constexpr int64_t kExtremes[] = {INT64_MIN,
                                          INT64_MIN + 1,
                                          -(int64_t(1) << 40),
                                          INT32_MIN,
                                          -1000000007,
                                          -129,
                                          -128,
                                          -2,
                                          -1,
                                          0,
                                          1,
                                          2,
                                          3,
                                          4,
                                          5,
                                          7,
                                          8,
                                          16,
                                          17,
                                          100,
                                          127,
                                          128,
                                          255,
                                          256,
                                          65535,
                                          65536,
                                          1 << 20,
                                          INT32_MAX,
                                          int64_t(1) << 31,
                                          int64_t(1) << 32,
                                          int64_t(1) << 39,
                                          INT64_MAX,
                                          INT64_MAX - 1};
  // Small ones keep a network possible; huge ones stop it at the first check.
  return once(3) ? pick(kExtremes) : int64_t(below(12)) - 2;
}

float Random::real() {
  using Limits = std::numeric_limits<float>;
  static constexpr float kExtremes[] = {0.0f,
                                        -0.0f,
                                        1.0f,
                                        -1.0f,
                                        0.5f,
                                        1e-8f,
                                        -3.5f,
                                        255.0f,
                                        1e9f,
                                        -1e30f,
                                        Limits::max(),
                                        Limits::lowest(),
                                        Limits::min(),
                                        Limits::denorm_min(),
                                        Limits::infinity(),
                                        -Limits::infinity(),
                                        Limits::quiet_NaN()};
  return pick(kExtremes);
}

std::string Random::name() {
  using namespace std::string_literals;
  static const std::string kNames[] = {""s,
                                       "\""s,
                                       "a\"b"s,
                                       "a\\"s,
                                       "a\nb"s,
                                       "\n"s,
                                       "nul\0in it"s,
                                       "\0"s,
                                       "*/"s,
                                       "/*"s,
                                       "\r\t\x1b[31m"s,
                                       "\xff\xfe"s,
                                       "\xc3\xa4"s,
                                       "%s%n"s,
                                       "main"s,
                                       "reference"s,
                                       "@main"s,
                                       "x"s,
                                       "."s,
                                       ".."s,
                                       "../x"s,
                                       "/"s,
                                       "/dev/zero"s,
                                       "int"s,
                                       "a b"s,
                                       "1"s,
                                       "-1"s,
                                       "conv.1"s,
                                       "${HOME}"s,
                                       "'; exit 1; '"s,
                                       R"(??/)"s,
                                       "#include"s,
                                       std::string(300, 'a'),
                                       std::string(100000, 'n')};
  return pick(kNames);
}

std::vector<std::string> words(const std::string &text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

void mutateBytes(std::string &bytes, Random &random) {
  for (size_t changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
    size_t at = random.below(bytes.size());
    size_t length = 1 + random.below(std::min<size_t>(bytes.size() - at, 32));
    switch (random.below(7)) {
    case 0:
      bytes[at] ^= char(1u << random.below(8));
      break;
    case 1:
      bytes[at] = random.pick("\x00\x01\x7f\x80\xff");
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      bytes.erase(at, length);
      break;
    case 4:
      bytes.insert(random.below(bytes.size()), bytes.substr(at, length));
      break;
    case 5:
      bytes.insert(at, length, char(random.below(256)));
      break;
    default:
      bytes.replace(at, length, length, char(random.below(256)));
    }
  }
}

} // namespace tally::mutation

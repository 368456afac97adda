//===- UnitTerms.cpp - what hardware units have to compute ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: tally-unit-terms FOLDER UNIT,X_BITS,X_SIGNED,W_BITS,W_SIGNED...
//
// Writes a file for each unit, of its name and .hex: the term of every pair of codes, {w, x}
// counted up, as 64-bit hexadecimal numbers for Verilog's $readmemh; x's where w is not a code.
// Terms come from the reference, as layers of one tap, and levels from PowerOfTwoLevels; here is
// only how the encodings that Tally does not store write a level.
//
//===----------------------------------------------------------------------===//

#include "tally/IR/PowerOfTwo.h"
#include "tally/Run/Reference.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

using namespace tally;

namespace {

struct Unit {
  std::string name;
  int xBits, xSigned, wBits, wSigned;
};

int64_t asNumber(int64_t code, int bits, bool isSigned) {
  return isSigned && code >> (bits - 1) ? code - (int64_t(1) << bits) : code;
}

const PowerOfTwoLevels levels(int bits, bool isSigned, bool additive, bool hasZero) {
  Result<PowerOfTwoLevels> result = PowerOfTwoLevels::get({bits, isSigned, additive, hasZero});
  if (!result) {
    std::fprintf(stderr, "error: %s\n", result.error().message.c_str());
    std::exit(1);
  }
  return *result;
}

/// The level of `code`, none where it is not a code.
std::optional<int64_t> level(const PowerOfTwoLevels &levels, int code) {
  Result<int64_t> result = levels.decode(code);
  return result ? std::optional(*result) : std::nullopt;
}

/// Codes of a sign, if there is one, above one bit for each power: as many as `W_BITS` leave.
std::optional<int64_t> oneHotLevel(const Unit &unit, int code) {
  int powers = unit.wBits - unit.wSigned, bits = 1;
  while ((1 << bits) - 1 < powers)
    ++bits;
  const PowerOfTwoLevels all = levels(bits + unit.wSigned, unit.wSigned, false, true);
  int hot = code & ((1 << powers) - 1), exponent = 0;
  if (hot & (hot - 1))
    return std::nullopt;
  while (hot >> exponent)
    ++exponent;
  int sign = unit.wSigned && hot ? code >> powers : 0;
  return level(all, sign << bits | exponent);
}

std::optional<int64_t> zeroFlagLevel(const Unit &unit, int code) {
  int bits = unit.wBits - unit.wSigned - 1;
  const PowerOfTwoLevels all = levels(bits + unit.wSigned, unit.wSigned, false, true);
  if (code >> bits & 1)
    return level(all, 0);
  int exponent = (code & ((1 << bits) - 1)) + 1, sign = code >> (bits + 1);
  return exponent < 1 << bits ? level(all, sign << bits | exponent) : std::nullopt;
}

std::optional<int64_t> weight(const Unit &unit, int code) {
  auto powers = [&](bool additive, bool hasZero) {
    return level(levels(unit.wBits, unit.wSigned, additive, hasZero), code);
  };
  if (unit.name == "sign_magnitude") {
    int64_t magnitude = code & ((1 << (unit.wBits - 1)) - 1);
    return code >> (unit.wBits - 1) ? -magnitude : magnitude;
  }
  if (unit.name == "pot")
    return powers(false, true);
  if (unit.name == "pot_no_zero")
    return powers(false, false);
  if (unit.name == "pot_minus_zero")
    return code == 1 << (unit.wBits - 1) ? std::optional<int64_t>(0) : powers(false, false);
  if (unit.name == "pot_zero_flag")
    return zeroFlagLevel(unit, code);
  if (unit.name == "pot_one_hot")
    return oneHotLevel(unit, code);
  if (unit.name == "apot")
    return powers(true, true);
  return asNumber(code, unit.wBits, unit.wSigned);
}

/// The reference's term of each of `x` with each of `w`, in rows of one `w`.
std::vector<int64_t> referenceTerms(const Unit &unit, const std::vector<int32_t> &x,
                                    const std::vector<int32_t> &w) {
  int64_t xs = x.size(), ws = w.size();
  reference::LayerOptions options; // a window of one tap
  options.threads = 1;
  Tensor input = Tensor::of<int32_t>({1, xs, 1, 1}, x);
  Tensor filter = Tensor::of<int32_t>({ws, 1, 1, 1}, w);
  bool adder = unit.name == "sad" || unit.name == "min";
  Tensor output =
      adder ? reference::adderConv2d(input, filter, 0, options)
            : reference::conv2d(input, filter, Tensor::of<int32_t>({1}, {0}), 0, 0, options);
  std::vector<int64_t> terms;
  for (int64_t row = 0; row < ws; ++row)
    for (int64_t column = 0; column < xs; ++column) {
      int64_t sum = output.data<int32_t>()[column * ws + row];
      // The layer is -|x - w|, and min(x, w) is (x + w - |x - w|) / 2.
      terms.push_back(unit.name == "sad"   ? -sum
                      : unit.name == "min" ? (int64_t(x[column]) + w[row] + sum) / 2
                                           : sum);
    }
  return terms;
}

std::optional<Unit> parse(const std::string &text) {
  static const char *const kUnits[] = {
      "product",        "rows",          "booth",       "sign_magnitude", "pot", "pot_no_zero",
      "pot_minus_zero", "pot_zero_flag", "pot_one_hot", "apot",           "sad", "min"};
  Unit unit;
  size_t comma = text.find(',');
  unit.name = text.substr(0, comma);
  int read = 0;
  if (comma == std::string::npos ||
      std::sscanf(text.c_str() + comma, ",%d,%d,%d,%d%n", &unit.xBits, &unit.xSigned, &unit.wBits,
                  &unit.wSigned, &read) != 4 ||
      comma + read != text.size() || unit.xBits < 1 || unit.xBits > 16 || unit.wBits < 1 ||
      unit.wBits > 16)
    return std::nullopt;
  for (const char *name : kUnits)
    if (unit.name == name)
      return unit;
  return std::nullopt;
}

bool writeTerms(const Unit &unit, const std::string &path) {
  std::vector<int32_t> x, w;
  std::vector<bool> isCode;
  for (int code = 0; code < 1 << unit.xBits; ++code)
    x.push_back(asNumber(code, unit.xBits, unit.xSigned));
  for (int code = 0; code < 1 << unit.wBits; ++code) {
    std::optional<int64_t> value = weight(unit, code);
    isCode.push_back(value.has_value());
    w.push_back(value.value_or(0));
  }
  std::FILE *file = std::fopen(path.c_str(), "w");
  if (!file)
    return false;
  std::vector<int64_t> terms = referenceTerms(unit, x, w);
  for (size_t pair = 0; pair < terms.size(); ++pair)
    if (isCode[pair >> unit.xBits])
      std::fprintf(file, "%016llx\n", static_cast<unsigned long long>(terms[pair]));
    else
      std::fputs("xxxxxxxxxxxxxxxx\n", file);
  return std::fclose(file) == 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "usage: tally-unit-terms FOLDER UNIT,X_BITS,X_SIGNED,W_BITS,W_SIGNED...\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    std::optional<Unit> unit = parse(argv[i]);
    if (!unit) {
      std::fprintf(stderr, "error: there is no unit '%s'\n", argv[i]);
      return 2;
    }
    std::string path = std::string(argv[1]) + "/" + argv[i] + ".hex";
    if (!writeTerms(*unit, path)) {
      std::fprintf(stderr, "error: cannot write '%s'\n", path.c_str());
      return 1;
    }
  }
  return 0;
}

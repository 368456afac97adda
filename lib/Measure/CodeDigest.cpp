//===- CodeDigest.cpp - codes of a value, and their digest ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Measure/CodeDigest.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;

namespace tally {

std::vector<int64_t> codesOf(const Tensor &tensor) {
  std::vector<int64_t> codes(tensor.size());
  dispatch(tensor.type(), [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_integral_v<T>)
      std::copy_n(tensor.data<T>(), tensor.size(), codes.begin());
    else
      for (int64_t i = 0; i < tensor.size(); ++i)
        std::memcpy(&codes[i], tensor.data<T>() + i, sizeof(T));
  });
  return codes;
}

std::string elementOf(const Tensor &tensor, int64_t index) {
  std::string text;
  dispatch(tensor.type(), [&](auto tag) {
    auto value = tensor.data<decltype(tag)>()[index];
    if constexpr (std::is_integral_v<decltype(tag)>)
      text = std::to_string(int64_t(value));
    else
      llvm::raw_string_ostream(text) << llvm::format("%.9g", double(value));
  });
  return text;
}

Digest digestOf(const Tensor &tensor) {
  std::vector<int64_t> codes = codesOf(tensor);
  return llvm::SHA256::hash(
      ArrayRef(reinterpret_cast<const uint8_t *>(codes.data()), codes.size() * sizeof(int64_t)));
}

} // namespace tally

//===- Result.h - a value or a message --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the parts of Run that do not use LLVM report a user's mistake.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_RESULT_H
#define TALLY_SUPPORT_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace tally {

/// A message for the user: lower case, no full stop, names the thing.
struct Error {
  std::string message;
};

/// Either a `T` or an `Error`.
template <typename T> class Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Error error) : message(std::move(error.message)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() {
    assert(value && "no value: check the result first");
    return *value;
  }
  const T &operator*() const {
    assert(value && "no value: check the result first");
    return *value;
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  Error error() const { return {message}; }

private:
  std::optional<T> value;
  std::string message;
};

} // namespace tally

#endif // TALLY_SUPPORT_RESULT_H

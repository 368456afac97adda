//===- Result.h - a value or a message --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the parts that do not use LLVM report a user's mistake, and how jobs of the driver end.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_RESULT_H
#define TALLY_SUPPORT_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace tally {

/// Whose mistake an error is. The numbers are the exit statuses of `tally`.
enum class ErrorKind {
  User = 1,  ///< a file, a network or a machine does not fit
  Usage = 2, ///< options do not fit together
  Check = 3, ///< what was to be shown does not hold
};

/// A message for the user: lower case, no full stop, names the thing. Functions that report
/// through the diagnostics of an MLIR context leave it empty.
struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::User;
};

/// Either a `T` or an `Error`.
template <typename T> class Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Error error) : problem(std::move(error)) {}

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

  const Error &error() const { return problem; }

private:
  std::optional<T> value;
  Error problem;
};

} // namespace tally

#endif // TALLY_SUPPORT_RESULT_H

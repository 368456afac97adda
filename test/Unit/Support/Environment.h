//===- Environment.h - how much a test does ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_SUPPORT_ENVIRONMENT_H
#define TALLY_TEST_UNIT_SUPPORT_ENVIRONMENT_H

#include <cstdlib>

namespace tally::test {

/// The number in an environment variable, `otherwise` where there is none.
inline int fromEnvironment(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

} // namespace tally::test

#endif // TALLY_TEST_UNIT_SUPPORT_ENVIRONMENT_H

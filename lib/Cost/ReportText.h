//===- ReportText.h - numbers and names in a report -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Cost.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_COST_REPORTTEXT_H
#define TALLY_LIB_COST_REPORTTEXT_H

#include "tally/Support/Text.h"

#include <string>

namespace tally {

__attribute__((format(printf, 2, 3))) void print(std::string &to, const char *format, ...);

/// On one line; names longer than `columns` lose their beginning.
std::string shortName(const std::string &fullName, int columns);

} // namespace tally

#endif // TALLY_LIB_COST_REPORTTEXT_H

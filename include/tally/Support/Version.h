//===- Version.h - which Tally this is --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_VERSION_H
#define TALLY_SUPPORT_VERSION_H

namespace tally {

/// As the project's CMakeLists.txt says: "MAJOR.MINOR.PATCH".
const char *getVersion();

} // namespace tally

#endif // TALLY_SUPPORT_VERSION_H

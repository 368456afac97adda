//===- Version.cpp - which Tally this is ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Version.h"

const char *tally::getVersion() { return TALLY_VERSION; }

//===- Loading.h - what a file with mistakes may not do ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_LOADING_H
#define TALLY_TEST_MUTATION_LOADING_H

#include "Random.h"

#include "tally/Driver/Session.h"

namespace tally::mutation {

/// What a network is read from: how such files get mistakes, and who reads them.
struct Kind {
  const char *suffix;
  std::string (*mutate)(const std::string &bytes, const std::string &donor, Random &random);
  Result<Network> (*load)(Session &session, const std::string &path);
};

extern const Kind kOnnxFiles, kModules;

struct Verdict {
  bool isAccepted = false;
  /// Empty where all is as it must be.
  std::string wrong;
};

/// Loads the file at `path`. A refusal must have a reason; what is accepted must be valid, and can
/// be saved, which is done at `copy` for a while, and read again.
Verdict checkLoading(const Kind &kind, Session &session, const std::string &path,
                     const std::string &copy);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_LOADING_H

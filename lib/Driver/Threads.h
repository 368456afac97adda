//===- Threads.h - how many threads a job may ask for -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_THREADS_H
#define TALLY_LIB_DRIVER_THREADS_H

#include "tally/Support/File.h"

#include <string>

namespace tally {

/// Each is started, and some with a program or memory of its own, whatever there is to do.
inline Status checkThreads(int64_t threads) {
  constexpr int64_t kMost = 1024;
  if (threads <= kMost)
    return Done();
  return Error{"--threads requires at most " + std::to_string(kMost) + ", but got " +
                   std::to_string(threads),
               ErrorKind::Usage};
}

} // namespace tally

#endif // TALLY_LIB_DRIVER_THREADS_H

//===- EachCpu.h - one function, for several processors ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the compiler can, loops are compiled once for each generation of x86-64, and the
// machine takes the one that it can run. All do the same operations in the same order, and
// cmake/TallyBuild.cmake forbids fused multiply-adds, so results are the same on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_EACHCPU_H
#define TALLY_SUPPORT_EACHCPU_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
/// Functions may be overloaded by `__attribute__((target(..)))`.
#define TALLY_HAS_CPU_VERSIONS
#define TALLY_FOR_EACH_CPU                                                                         \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TALLY_FOR_EACH_CPU
#endif

#endif // TALLY_SUPPORT_EACHCPU_H

//===- HlsSelfTest.h - golden vectors for a nest of loops -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSSELFTEST_H
#define TALLY_LIB_TARGET_HLS_HLSSELFTEST_H

#include "HlsTop.h"

#include "tally/Data/Tensor.h"

namespace tally::hls {

/// A program that includes NAME.c and compares every value that a layer computes, by its checksum,
/// and every result with the reference, in C99 and in C++.
mlir::FailureOr<std::string> writeSelfTest(const Program &program, const Top &top,
                                           mlir::func::FuncOp entry,
                                           const std::vector<std::vector<Tensor>> &vectors);

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSSELFTEST_H

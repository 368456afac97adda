//===- Limits.h - what this machine reaches at most -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Measure. Micro-kernels that go the way of networks: loops on vectors, lowered by the
// same passes, compiled by the same JIT. Every operand of an operation depends on an earlier
// result, so that the compiler can leave none of them out; as many sums as registers hold do not
// wait for each other.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_MEASURE_LIMITS_H
#define TALLY_LIB_MEASURE_LIMITS_H

#include "tally/Cost/OperationCount.h"
#include "tally/Measure/LayerTimes.h"
#include "tally/Target/Cpu/CpuTarget.h"

namespace tally {

struct RegisterUpdate;

/// Of this process's machine; measures each limit once, when it is asked for.
class Limits {
public:
  Limits(mlir::MLIRContext *context, const CpuTarget &target)
      : context(context), target(target), described(describe(context, target, MulFree::No)) {}

  /// That of the kernel's instructions, as an index into `limits()`; none where it has none of its
  /// own.
  mlir::FailureOr<std::optional<size_t>> ofKernel(const std::string &kernel);
  /// That of products, differences or shifts of elements that are added to a sum of `sumBits`.
  mlir::FailureOr<size_t> ofSums(OperationType product, int sumBits);

  /// Of reads through `bytes`, or a little more; at least so many that a call does not count.
  mlir::LogicalResult measureMemory(int64_t bytes, MemoryLimit &limit);

  const std::vector<OperationLimit> &limits() const { return measured; }

private:
  mlir::FailureOr<size_t> get(const std::string &name, const RegisterUpdate &update);
  mlir::FailureOr<double> measureRate(const RegisterUpdate &update);

  mlir::MLIRContext *context;
  CpuTarget target;
  TargetAttr described;
  std::vector<OperationLimit> measured;
};

} // namespace tally

#endif // TALLY_LIB_MEASURE_LIMITS_H

//===- MemberCosts.h - what quantizers that are mixed cost ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_MEMBERCOSTS_H
#define TALLY_TRAIN_MEMBERCOSTS_H

#include "tally/Cost/EnergyTable.h"

#include "mlir/IR/BuiltinOps.h"
#include <map>
#include <string>
#include <vector>

namespace tally {

/// Of each mixture, by its parameter of attention: the energy that the sums of its layer take with
/// each member, as a multiple of the least. With n products for an image and e(.) of `table`,
///
///   equal steps      n     * (e(multiply, max(bits of inputs, of weights)) + e(add, a))
///   powers of two    n * t * (e(shift, bits of an input, shifted as far as goes) + e(add, a))
///
/// with t terms at most and accumulators of a bits, which hold the sum of all terms at their
/// largest. Where inputs are mixed it is the sum over the layers that read them, their weights on
/// the first member of their own. Emits an error where a layer has inputs without a quantizer.
mlir::FailureOr<std::map<std::string, std::vector<double>>>
measureMemberCosts(mlir::ModuleOp network, const EnergyTable &table);

} // namespace tally

#endif // TALLY_TRAIN_MEMBERCOSTS_H

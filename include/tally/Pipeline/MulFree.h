//===- MulFree.h - how free of multiplications ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_MULFREE_H
#define TALLY_PIPELINE_MULFREE_H

#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// How free of multiplications code is to be, see docs/Spec.md. Each level contains the ones
/// before it.
enum class MulFree {
  No,
  Macs,    ///< none inside the sums of layers
  Compute, ///< none on data
  Strict,  ///< none at all, addresses included
};

/// "no", "macs", "compute" or "strict", or null.
std::optional<MulFree> parseMulFree(llvm::StringRef text);
llvm::StringRef stringifyMulFree(MulFree level);

/// A multiplication where the level allows none.
struct Multiplication {
  std::string layer, operation, reason;
  mlir::Operation *op = nullptr;
};

/// Operations of a network before lowering, of any stage, that multiply at `level`. An
/// integer requantization does not: it can be lowered to shifts and additions exactly.
/// Operations that are not known to be free of multiplications count.
std::vector<Multiplication> findMultiplications(mlir::ModuleOp module, MulFree level);

/// The signed digits that `tally quantize --mul-free=compute|strict` leaves multipliers.
constexpr unsigned kMulFreeDigits = 3;

} // namespace tally

#endif // TALLY_PIPELINE_MULFREE_H

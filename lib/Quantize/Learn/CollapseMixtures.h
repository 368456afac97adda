//===- CollapseMixtures.h - one of several quantizers is left ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_LEARN_COLLAPSEMIXTURES_H
#define TALLY_LIB_QUANTIZE_LEARN_COLLAPSEMIXTURES_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Replaces every `tally.mixture` by the member that it deploys. With `warn` says where attention
/// has chosen none, or another one. Fails where logits are not constant.
mlir::LogicalResult collapseMixtures(mlir::ModuleOp module, bool warn);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_LEARN_COLLAPSEMIXTURES_H

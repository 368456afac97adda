//===- CodeForms.h - operations that codes do not have ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_CODES_CODEFORMS_H
#define TALLY_LIB_QUANTIZE_CODES_CODEFORMS_H

#include "mlir/IR/Operation.h"

namespace tally {

/// Whether `op` is the last operation of an imported Softmax or LogSoftmax: it takes a function of
/// a sum of exponentials.
bool endsSoftmax(mlir::Operation *op);

/// Whether all that reads `value` moves it, rounded perhaps, to the end of the network.
bool endsNetwork(mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_CODES_CODEFORMS_H

//===- CHeader.h - how C sees a network -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The header file that emitted C and object files share.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TARGET_C_CHEADER_H
#define TALLY_TARGET_C_CHEADER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace tally {

/// "" for the only one, its number otherwise.
std::string numbered(size_t index, size_t count);

/// The C type of one element: "uint8_t", "float". Emits nothing; "" where there
/// is none.
std::string cTypeOf(mlir::Type type);

/// Fails, with an emitted error, unless `name` can start names in C.
mlir::LogicalResult verifyCName(mlir::Operation *op, llvm::StringRef name);

struct CHeader {
  std::string name;  ///< prefix of all names
  std::string about; ///< text of the comment at the top
  int64_t workspaceBytes = 1, workspaceAlignment = 1;
  bool parallel = false;     ///< whether there is NAME_run_parallel
  bool multiversion = false; ///< whether there is NAME_use_variant
};

/// The text of NAME.h, the same for C and for objects but for `about` and the numbers of the
/// workspace: shape, scale and zero point of inputs and outputs, how bytes of an image become
/// inputs, `void NAME_run(const T *input, U *output..., void *workspace)`, and, where
/// NAME_STATIC_WORKSPACE is defined, NAME_run_static without the last one.
std::string writeCHeader(mlir::func::FuncOp entry, const CHeader &header);

} // namespace tally

#endif // TALLY_TARGET_C_CHEADER_H

//===- ObjectFile.h - a network as an object file ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_CPU_OBJECTFILE_H
#define TALLY_TARGET_CPU_OBJECTFILE_H

#include "tally/IR/MulFree.h"
#include "tally/Target/Cpu/CpuTarget.h"
#include "tally/Target/Cpu/ObjectMemory.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace tally {

/// The contents of NAME.o and NAME.h, and the memory that they take.
struct ObjectFile {
  std::string object, header;
  ObjectMemory memory;
};

/// Compiles a float or `integer` module (not changed) to position-independent
/// code with one visible symbol, `NAME_run`: inputs, outputs, workspace.
/// Nothing is allocated, and calls with workspaces of their own may run at the
/// same time. What the code needs from outside (memory functions of libc; libm
/// in float networks) is listed in the header. With `parallel` there is a second symbol,
/// `NAME_run_parallel`, which leaves shares of steps to threads of the caller; an emitted error at
/// `MulFree::Strict`.
mlir::FailureOr<ObjectFile> compileToObject(mlir::ModuleOp module, const std::string &name,
                                            const CpuTarget &target, MulFree level = MulFree::No,
                                            bool parallel = false);

/// The header's path for an object file's: the same with `.h` as extension.
std::string headerPathFor(llvm::StringRef objectPath);

/// The folder of both; empty for the current one.
std::string objectDirectoryFor(llvm::StringRef objectPath);

/// Writes both files or, where one cannot be written, none. Makes their folder.
mlir::LogicalResult writeObjectFile(mlir::ModuleOp module, const ObjectFile &files,
                                    const std::string &objectPath);

} // namespace tally

#endif // TALLY_TARGET_CPU_OBJECTFILE_H

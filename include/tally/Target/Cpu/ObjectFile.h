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

/// What there is in an object beside the code for one processor.
struct ObjectForm {
  /// `NAME_run_parallel`, which leaves shares of steps to threads of the caller; an emitted error
  /// at `MulFree::Strict`.
  bool parallel = false;
  /// Code for x86-64-v2, v3, v4, and v4 with AVX512-VNNI, of which the best that it runs on is
  /// chosen at the first call, and `NAME_use_variant`, which chooses another. Only for x86_64; the
  /// target's processor does not count.
  bool multiversion = false;
};

/// Compiles a float or `integer` module (not changed) to position-independent
/// code with one visible symbol, `NAME_run`: inputs, outputs, workspace; and those of `form`.
/// Nothing is allocated, and calls with workspaces of their own may run at the
/// same time. What the code needs from outside (memory functions of libc; libm
/// in float networks) is listed in the header.
mlir::FailureOr<ObjectFile> compileToObject(mlir::ModuleOp module, const std::string &name,
                                            const CpuTarget &target, MulFree level = MulFree::No,
                                            const ObjectForm &form = {});

/// The header's path for an object file's: the same with `.h` as extension.
std::string headerPathFor(llvm::StringRef objectPath);

/// The folder of both; empty for the current one.
std::string objectDirectoryFor(llvm::StringRef objectPath);

/// Writes both files or, where one cannot be written, none. Makes their folder.
mlir::LogicalResult writeObjectFile(mlir::ModuleOp module, const ObjectFile &files,
                                    const std::string &objectPath);

} // namespace tally

#endif // TALLY_TARGET_CPU_OBJECTFILE_H

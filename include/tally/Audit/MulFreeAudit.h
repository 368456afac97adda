//===- MulFreeAudit.h - multiplications in objects and in C -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_AUDIT_MULFREEAUDIT_H
#define TALLY_AUDIT_MULFREEAUDIT_H

#include "tally/IR/MulFree.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// What breaks a level: an instruction, a call or an expression.
struct MulFreeFinding {
  std::string function, text;
  int64_t line = 0; ///< in C
};

/// Instructions of one function by kind.
struct FunctionCount {
  std::string name;
  int64_t instructions = 0;
  int64_t scalarMultiplies = 0; ///< of integers in general registers: addresses, or data
  int64_t multiplies = 0;       ///< of vectors and of floating-point numbers
  int64_t multiplyAdds = 0;     ///< also dot products
  int64_t helperCalls = 0;      ///< functions of the runtime library that multiply
};

struct ObjectAudit {
  std::string triple;
  std::vector<FunctionCount> functions;
  std::vector<MulFreeFinding> findings;
};

/// Disassembles every executable section of an object file (ELF; x86-64, AArch64, RISC-V)
/// and counts. What breaks `level`:
///   macs     multiply-adds and dot products; of plain multiplies an object does not say
///            whether a sum needs them
///   compute  also multiplies of vectors and of floating-point numbers, and helpers
///   strict   every multiply
/// Each level is broken by bytes that are no instruction, by calls of functions that are neither in
/// an executable section of the object nor known not to multiply, and by calls and jumps through
/// pointers. An error where the file cannot be read.
llvm::Expected<ObjectAudit> auditObject(llvm::StringRef object, MulFree level);

struct CAudit {
  int64_t onData = 0, inAddresses = 0;
  std::vector<MulFreeFinding> findings;
};

/// Finds the multiplications of C by its tokens: a `*` behind the end of an operand, and `*=`.
/// Those in brackets are addresses, and those in declarations of variables of `size_t` that are
/// used only in brackets and in such declarations; all others are on data.
/// The ones on data break `compute`, all break `strict`. C does not say which are in sums.
/// Each level is broken by calls of what is neither defined there nor known not to multiply, by
/// calls through pointers, and by inline assembly.
CAudit auditC(llvm::StringRef source, MulFree level);

/// The same of what `emit-c --style=hls` writes. Addresses are also what is computed of counters of
/// loops alone, in lines that begin with `const int`.
CAudit auditHls(llvm::StringRef source, MulFree level);

} // namespace tally

#endif // TALLY_AUDIT_MULFREEAUDIT_H

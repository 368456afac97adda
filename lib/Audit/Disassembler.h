//===- Disassembler.h - the instructions of an object -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Audit.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_AUDIT_DISASSEMBLER_H
#define TALLY_LIB_AUDIT_DISASSEMBLER_H

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/Object/ObjectFile.h"
#include <memory>
#include <string>

namespace tally {

enum class Kind { Other, Scalar, Multiply, MultiplyAdd };

/// Where an instruction goes on.
enum class Flow { Next, Direct, Indirect };

struct Instruction {
  std::string text; ///< empty where the bytes are none
  uint64_t size = 0;
  Flow flow = Flow::Next;
};

/// The first of a table of prefixes that fits decides.
struct Mnemonic {
  llvm::StringRef prefix;
  Kind kind;
};

/// LLVM's disassembler for one kind of object.
class Disassembler {
public:
  /// An error where nothing is known of the machine's multiplications.
  static llvm::Expected<std::unique_ptr<Disassembler>> create(const llvm::object::ObjectFile &file);

  /// What `bytes` begin with, at `address`.
  Instruction next(llvm::ArrayRef<uint8_t> bytes, uint64_t address);

  /// Of an instruction in text.
  Kind kindOf(llvm::StringRef text) const;

  llvm::Triple triple;

private:
  Flow flowOf(const llvm::MCInst &instruction, llvm::StringRef text) const;

  llvm::ArrayRef<Mnemonic> table;
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembly;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> decoder;
  std::unique_ptr<llvm::MCInstPrinter> printer;
};

} // namespace tally

#endif // TALLY_LIB_AUDIT_DISASSEMBLER_H

//===- ArmInstructions.h - what is particular to small ARM cores -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Audit. Objects of Cortex-M: instructions of one state (Thumb), with data among them.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_AUDIT_ARMINSTRUCTIONS_H
#define TALLY_LIB_AUDIT_ARMINSTRUCTIONS_H

#include "Disassembler.h"

#include <map>

namespace tally {

/// Whether `triple` is a microcontroller of ARM, which has one set of instructions.
bool isCortexM(const llvm::Triple &triple);

/// The triple under which LLVM reads its instructions.
llvm::Triple asThumb(llvm::Triple triple);

llvm::ArrayRef<Mnemonic> getArmMnemonics();

/// Where an instruction goes on: LLVM says it of branches, but not of writes to the program
/// counter.
Flow flowOfArm(llvm::StringRef text, Flow branch);

/// Where data begin among the instructions of `section`, and where they end, as mapping symbols
/// say.
llvm::Expected<std::map<uint64_t, bool>> findArmData(const llvm::object::ObjectFile &file,
                                                     const llvm::object::SectionRef &section);

} // namespace tally

#endif // TALLY_LIB_AUDIT_ARMINSTRUCTIONS_H

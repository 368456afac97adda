//===- TranslateToVerilog.h - a circuit as text -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_VERILOG_TRANSLATETOVERILOG_H
#define TALLY_TARGET_VERILOG_TRANSLATETOVERILOG_H

#include "tally/Rtl/Rtl.h"

#include "llvm/Support/raw_ostream.h"
#include <string>

namespace tally {

/// Prints `module` as Verilog-2005, its schedule first. The tables of its instances are files, see
/// `tableFile`.
void translateToVerilog(rtl::ModuleOp module, llvm::raw_ostream &os);

/// The file that holds `table`.
std::string tableFile(rtl::ModuleOp module, llvm::StringRef table);

/// A word a line, for $readmemh.
void printTable(rtl::TableOp table, llvm::raw_ostream &os);

/// Whether Verilog has this word for itself.
bool isVerilogWord(llvm::StringRef name);

} // namespace tally

#endif // TALLY_TARGET_VERILOG_TRANSLATETOVERILOG_H

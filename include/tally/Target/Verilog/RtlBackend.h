//===- RtlBackend.h - the emitted circuit, simulated ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_VERILOG_RTLBACKEND_H
#define TALLY_TARGET_VERILOG_RTLBACKEND_H

#include "tally/Data/Tensor.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Program.h"
#include "tally/Target/Verilog/VerilogSources.h"

#include <memory>
#include <vector>

namespace tally {

/// Verilator, and a temporary folder where it makes programs of one circuit after another; what all
/// of them need is compiled once.
class Verilator {
public:
  /// An error says what to install.
  static Result<std::shared_ptr<Verilator>> find();

  /// Makes a program of the circuit `net`; the path. `definitions` are macros of what runs it.
  /// Memories are read from the folder when the program begins: the next circuit has to wait for
  /// that.
  Result<std::string> build(const VerilogSources &sources, const std::string &definitions);

  const std::string &getFolder() const { return folder.getPath(); }

private:
  Verilator(std::string command, Temporary folder)
      : command(std::move(command)), folder(std::move(folder)) {}
  std::string command;
  Temporary folder;
  int built = 0;
};

/// An integer network, emitted as Verilog and simulated by Verilator: every worker gets a program
/// of its own.
class RtlNetwork {
public:
  static mlir::FailureOr<RtlNetwork> create(mlir::ModuleOp module, int workers,
                                            std::shared_ptr<Verilator> verilator);

  /// The result for an input. Must not be called by two threads for one worker at once.
  mlir::FailureOr<std::vector<Tensor>> run(mlir::ArrayRef<Tensor> inputs, int worker);

  /// The cycles of the slowest image so far, from its first code to its last result.
  int64_t getCycles() const { return *llvm::max_element(cycles); }

private:
  RtlNetwork(mlir::Location location, Tensor result, std::shared_ptr<Verilator> verilator)
      : location(location), result(std::move(result)), verilator(std::move(verilator)) {}
  mlir::Location location;
  Tensor result;                        ///< type and shape
  std::shared_ptr<Verilator> verilator; ///< outlives the programs, which lie in its folder
  std::vector<Program> programs;
  std::vector<int64_t> cycles; ///< of each worker
};

} // namespace tally

#endif // TALLY_TARGET_VERILOG_RTLBACKEND_H

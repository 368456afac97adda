//===- HlsTop.h - the dataflow region of a network --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target. The top function calls the layers' functions in order. Between them are
// arrays, each written by one function and read by one, as dataflow regions want it: what several
// take is copied for each. An array that is written and read in the same order is a queue, others
// are two memories in turns. Arrays and not streams of a library, since C99 has none, since windows
// read what streams would forget, and since an array is both by a directive. Copies for several
// readers are never queues: one reader may wait for the other's results.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSTOP_H
#define TALLY_LIB_TARGET_HLS_HLSTOP_H

#include "HlsProgram.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally::hls {

/// A value as an array that the top function has.
struct Channel {
  Array array;
  mlir::Value value;
  int partition = 0;
  bool queue = false;
};

/// What the top function consists of.
struct Top {
  std::vector<Array> inputs, outputs;
  std::vector<Channel> channels;
  struct Step {
    std::string function;
    std::vector<std::string> arguments;
    mlir::Value result;
    std::string array; ///< that holds it
  };
  std::vector<Step> steps; ///< those with a result are of layers, the others copy
};

/// Drops the functions of `program` whose results nothing takes, and adds those that copy.
Top connect(Program &program, mlir::func::FuncOp entry);

void printTop(llvm::raw_ostream &os, const Program &program, const Top &top);
/// `void NAME_run(...)`
std::string prototypeOf(const Program &program, const Top &top);

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSTOP_H

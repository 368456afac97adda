//===- ObjectMemory.h - what of an object lies where ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_CPU_OBJECTMEMORY_H
#define TALLY_TARGET_CPU_OBJECTMEMORY_H

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// What a function of an object takes of the stack, by itself.
struct StackFrame {
  std::string function;
  /// Bytes of its frame, as in the section `.stack_sizes`.
  int64_t bytes = 0;
  /// Bytes beside the frame: the return address where calls store it, and the most that the frame
  /// may be moved by to be aligned.
  int64_t beside = 0;
  /// What nothing can be said about, such as a frame whose size is known at run time only.
  std::vector<std::string> unknown;
  std::vector<std::string> calls; ///< names of functions, each once

  int64_t total() const { return bytes + beside; }
};

/// The deepest stack below a call.
struct StackDepth {
  int64_t bytes = 0;
  std::vector<StackFrame> frames;      ///< the calls that lead there, outermost first
  std::vector<std::string> notCounted; ///< functions from outside, recursion, unknown frames

  /// Below `entry`, which is one of `frames`.
  static StackDepth below(const std::string &entry, const std::vector<StackFrame> &frames);
};

/// The memory that an object takes, in bytes.
struct ObjectMemory {
  std::string triple, processor;
  int64_t code = 0;    ///< sections of instructions
  int64_t weights = 0; ///< constants of the network
  /// All else that is loaded: factors, offsets, shifts, levels, literals of the code, padding.
  int64_t tables = 0;
  int64_t arena = 0; ///< NAME_WORKSPACE_BYTES
  int64_t input = 0, output = 0;
  StackDepth stack;

  int64_t flash() const { return code + weights + tables; }
  int64_t ram() const { return arena + input + output + stack.bytes; }
};

} // namespace tally

#endif // TALLY_TARGET_CPU_OBJECTMEMORY_H

//===- StackDepthTest.cpp - how deep calls get ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/ObjectMemory.h"

#include <gtest/gtest.h>

using namespace tally;
using Names = std::vector<std::string>;

namespace {

StackFrame frame(std::string name, int64_t bytes, Names calls = {}) {
  StackFrame frame;
  frame.function = std::move(name);
  frame.bytes = bytes;
  frame.calls = std::move(calls);
  return frame;
}

Names namesOf(const StackDepth &depth) {
  Names names;
  for (const StackFrame &frame : depth.frames)
    names.push_back(frame.function);
  return names;
}

TEST(StackDepth, TheDeepestOfAllCallsCounts) {
  std::vector<StackFrame> frames = {frame("run", 16, {"wide", "first", "second"}),
                                    frame("wide", 100),
                                    frame("first", 8, {"leaf"}),
                                    frame("second", 40, {"leaf"}),
                                    frame("leaf", 64),
                                    frame("unused", 1000)};
  for (StackFrame &frame : frames)
    frame.beside = 8;
  StackDepth depth = StackDepth::below("run", frames);
  EXPECT_EQ(depth.bytes, 16 + 40 + 64 + 3 * 8);
  EXPECT_EQ(namesOf(depth), (Names{"run", "second", "leaf"}));
  EXPECT_TRUE(depth.notCounted.empty());
}

TEST(StackDepth, WhatNobodyCanCountIsNamed) {
  std::vector<StackFrame> frames = {frame("run", 16, {"memset", "even", "memcpy"}),
                                    frame("even", 8, {"odd"}), frame("odd", 4, {"even", "memset"})};
  frames[2].unknown = {"what odd takes at run time"};
  StackDepth depth = StackDepth::below("run", frames);
  EXPECT_EQ(depth.bytes, 28);
  EXPECT_EQ(depth.notCounted,
            (Names{"memcpy", "memset", "recursion of even", "what odd takes at run time"}));
}

} // namespace

//===- SessionTest.cpp - modules from and to files ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Session.h"

#include "gtest/gtest.h"
#include <fstream>

using namespace tally;

TEST(Session, SavesModulesWithoutAWordOfTally) {
  std::string path = testing::TempDir() + "session-test.mlir";
  std::ofstream(path) << "module {}\n";
  Session session;
  Result<Network> network = session.load(path);
  ASSERT_TRUE(network);
  ASSERT_TRUE(session.save(**network, path));
  EXPECT_TRUE(session.load(path));
  std::remove(path.c_str());
}

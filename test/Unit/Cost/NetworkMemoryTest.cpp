// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The picture of an arena, and the plan of a network against numbers by hand.

#include "tally/Cost/NetworkMemory.h"
#include "CostNetworks.h"

using namespace tally;

namespace {

NetworkMemory makeMemory(int64_t steps, std::vector<NetworkMemory::Buffer> buffers, int64_t arena) {
  NetworkMemory memory;
  for (int64_t step = 0; step < steps; ++step)
    memory.steps.push_back("step" + std::to_string(step));
  memory.buffers = std::move(buffers);
  memory.arena = arena;
  return memory;
}

std::vector<std::string> linesOf(const std::string &text) {
  std::vector<std::string> lines;
  for (auto rest = llvm::StringRef(text); !rest.empty();) {
    auto [line, behind] = rest.split('\n');
    lines.push_back(line.str());
    rest = behind;
  }
  return lines;
}

TEST(DrawArena, AFewSteps) {
  NetworkMemory memory = makeMemory(4, {{"a", 60, 0, 0, 1}, {"b", 40, 60, 1, 3}}, 100);
  EXPECT_EQ(memory.used(), (std::vector<int64_t>{60, 100, 40, 40}));
  EXPECT_EQ(drawArena(memory), "arena                       bytes steps 1 to 4\n"
                               "a                              60 ######......\n"
                               "b                              40 ...#########\n"
                               "tenths in use                 100 666999444444\n");
}

TEST(DrawArena, NoBuffers) { EXPECT_EQ(drawArena(makeMemory(1, {}, 1)), ""); }

/// Each buffer is seen, however short it exists, and no line is longer than a screen.
TEST(DrawArena, ManySteps) {
  for (int64_t steps : {44, 45, 46, 90, 999, 20000}) {
    std::vector<NetworkMemory::Buffer> buffers;
    for (int64_t step = 0; step < steps; ++step)
      buffers.push_back({"a layer with quite a long name", 1000 + step, 0, step, step});
    std::vector<std::string> lines =
        linesOf(drawArena(makeMemory(steps, buffers, steps + 1000), 30));
    ASSERT_EQ(lines.size(), 33u);
    EXPECT_EQ(lines[31], "and " +
                             std::string(steps == 20000 ? "19,970" : std::to_string(steps - 30)) +
                             " that are no larger");
    for (size_t i = 1; i < 31; ++i) {
      EXPECT_NE(lines[i].find('#'), std::string::npos);
      EXPECT_LE(lines[i].size(), 80u);
    }
    EXPECT_EQ(lines[32].back(), '9');
  }
}

using PlanMemory = test::CostTest;

TEST_F(PlanMemory, ResidualNetwork) {
  Result<NetworkMemory> memory = planMemory(parse(test::residualNetwork(1)));
  ASSERT_TRUE(bool(memory)) << memory.error().message;
  // Four filter codes; factors, offsets and shifts are the same for all channels, so no tables.
  EXPECT_EQ(memory->weights, 4);
  EXPECT_EQ(memory->tables, 0);
  EXPECT_EQ(memory->input, 8);
  EXPECT_EQ(memory->output, 8);
  ASSERT_EQ(memory->buffers.size(), 1u);
  EXPECT_EQ(memory->buffers[0].name, "layer.requantize");
  EXPECT_EQ(memory->buffers[0].bytes, 8);
  EXPECT_EQ(memory->arena, 8);
  EXPECT_EQ(memory->ram(), 24);
}

TEST_F(PlanMemory, FloatNetwork) {
  Result<NetworkMemory> memory = planMemory(parse(R"(
    func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %y = tosa.abs %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
      return %y : tensor<1x4xf32>
    })"));
  ASSERT_FALSE(bool(memory));
  EXPECT_EQ(memory.error().message, "only integer networks are emitted as C");
  EXPECT_EQ(message, "");
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Objects for AArch64, run in an emulator, give the reference's codes: layers over bytes, whose
// kernels are of that architecture, and random networks (TALLY_RANDOM_NETWORKS and
// TALLY_RANDOM_SEED as in BackendsTest.cpp).

#include "ByteLayer.h"
#include "RandomNetwork.h"
#include "Support/Environment.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/File.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace tally;
using test::fromEnvironment;

namespace {

/// One program of many networks, each with inputs and the results that it has to give.
class Program {
public:
  explicit Program(CpuTarget target)
      : target(std::move(target)), folder(testing::TempDir() + "tally-emulated-" +
                                          this->target.cpu + "-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder);
  }
  ~Program() { std::filesystem::remove_all(folder); }

  /// With `damage`, one of the results to be given is another.
  void add(mlir::ModuleOp module, unsigned seed, bool damage = false) {
    std::string name = "net" + std::to_string(count++);
    auto files = compileToObject(module, name, target);
    auto inputs = test::makeRandomInputs(*getEntry(module), seed);
    auto expected = interpret(*getEntry(module), inputs);
    ASSERT_TRUE(mlir::succeeded(files) && mlir::succeeded(expected)) << "network " << count;
    ASSERT_TRUE(bool(writeFileAtomically(folder + "/" + name + ".o", files->object)));
    if (damage)
      expected->back().rawData()[0] ^= 1;
    std::string types, arguments, checks;
    auto addTensor = [&](const std::string &tensor, const Tensor &values, bool isOutput) {
      std::string size = std::to_string(values.sizeInBytes());
      tables += "static const unsigned char " + tensor + "_values[" + size +
                "] __attribute__((aligned(8))) = {";
      for (int64_t i = 0; i < values.sizeInBytes(); ++i)
        tables += std::to_string(uint8_t(values.rawData()[i])) + ",";
      tables += "};\n";
      types += isOutput ? "void *, " : "const void *, ";
      if (!isOutput) {
        arguments += tensor + "_values, ";
        return;
      }
      tables += "static unsigned char " + tensor + "[" + size + "] __attribute__((aligned(8)));\n";
      arguments += tensor + ", ";
      checks += "  wrong |= different(" + tensor + ", " + tensor + "_values, " + size + ");\n";
    };
    for (auto [i, input] : llvm::enumerate(inputs))
      addTensor(name + "_in" + std::to_string(i), input, /*isOutput=*/false);
    for (auto [i, output] : llvm::enumerate(*expected))
      addTensor(name + "_out" + std::to_string(i), output, /*isOutput=*/true);
    tables += "void " + name + "_run(" + types + "void *);\n";
    workspace = std::max(workspace, files->memory.arena);
    calls += "  wrong = 0;\n  " + name + "_run(" + arguments + "workspace);\n" + checks +
             "  if (wrong) return " + std::to_string(1 + (count - 1) % 200) + ";\n";
  }

  /// The status of the program: 0, or one more than the number of the first wrong network.
  int run() {
    std::string source = "static unsigned char workspace[" + std::to_string(workspace) +
                         R"(] __attribute__((aligned(64)));
void *memcpy(void *to, const void *from, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i)
    ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}
void *memmove(void *to, const void *from, unsigned long size) {
  if (to <= from)
    return memcpy(to, from, size);
  while (size-- > 0)
    ((volatile char *)to)[size] = ((const char *)from)[size];
  return to;
}
void *memset(void *to, int value, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i)
    ((volatile char *)to)[i] = (char)value;
  return to;
}
static int different(const unsigned char *a, const unsigned char *b, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i)
    if (a[i] != b[i])
      return 1;
  return 0;
}
)" + tables + R"(static int test(void) {
  int wrong = 0;
)" + calls + R"(  return 0;
}
void _start(void) {
  register long status __asm__("x0") = test();
  register long exit __asm__("x8") = 93;
  __asm__ volatile("svc 0" : : "r"(status), "r"(exit));
}
)";
    EXPECT_TRUE(bool(writeFileAtomically(folder + "/main.c", source)));
    std::string compile = "cd " + folder +
                          " && clang-22 --target=aarch64-linux-gnu -O1 -ffreestanding -fno-pic "
                          "-c main.c -o main.o && ld.lld-22 -static main.o net*.o -o main";
    if (std::system(compile.c_str()) != 0)
      return -1;
    std::string run = "qemu-aarch64 -cpu " +
                      (target.cpu == "generic" ? std::string("cortex-a53") : target.cpu) + " " +
                      folder + "/main";
    int status = std::system(run.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  CpuTarget target;
  std::string folder, tables, calls;
  int64_t workspace = 1;
  int count = 0;
};

/// Without the dot product, and with it.
class EmulatedObjects : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    for (const char *tool : {"clang-22", "ld.lld-22", "qemu-aarch64"})
      if (!llvm::sys::findProgramByName(tool))
        GTEST_SKIP() << "not installed: " << tool;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }
  CpuTarget getTarget() {
    auto target = CpuTarget::named(GetParam(), "aarch64-linux-gnu");
    EXPECT_TRUE(bool(target));
    return *target;
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
};

TEST_P(EmulatedObjects, LayersOverBytes) {
  Program program(getTarget());
  for (const test::ByteLayer &layer : test::kByteLayers)
    for (bool adder : {true, false})
      for (const char *codes : {"u8", "i8", "u8<0:15>"}) {
        auto module = mlir::parseSourceString<mlir::ModuleOp>(
            test::makeByteLayer(layer, adder, codes), &context);
        ASSERT_TRUE(module);
        ASSERT_NO_FATAL_FAILURE(program.add(*module, layer.channels));
      }
  EXPECT_EQ(program.run(), 0);
}

TEST_P(EmulatedObjects, LayersWithGroups) {
  Program program(getTarget());
  auto add = [&](const test::ByteLayer &layer, bool adder) {
    for (const char *codes : {"u8", "i8<-2:5>"}) {
      bool convolution = !adder && layer.groups < layer.channels;
      auto module = mlir::parseSourceString<mlir::ModuleOp>(
          convolution ? test::makeGroupedConvolution(layer, codes)
                      : test::makeByteLayer(layer, adder, codes),
          &context);
      ASSERT_TRUE(module);
      ASSERT_NO_FATAL_FAILURE(program.add(*module, layer.channels));
    }
  };
  for (const test::ByteLayer &layer : test::kDepthwiseLayers)
    for (bool adder : {true, false})
      add(layer, adder);
  for (const test::ByteLayer &layer : test::kGroupedLayers)
    add(layer, /*adder=*/true);
  for (const test::ByteLayer &layer : test::kGroupedConvolutions)
    add(layer, /*adder=*/false);
  EXPECT_EQ(program.run(), 0);
}

TEST_P(EmulatedObjects, AWrongCodeIsSeen) {
  Program program(getTarget());
  for (int seed = 0; seed < 3; ++seed)
    ASSERT_NO_FATAL_FAILURE(
        program.add(*test::makeRandomNetwork(&context, seed), seed, /*damage=*/seed == 1));
  EXPECT_EQ(program.run(), 2);
}

TEST_P(EmulatedObjects, RandomNetworks) {
  Program program(getTarget());
  int first = fromEnvironment("TALLY_RANDOM_SEED", 0),
      count = std::max(1, fromEnvironment("TALLY_RANDOM_NETWORKS", 200) / 4);
  for (int seed = first; seed < first + count; ++seed)
    ASSERT_NO_FATAL_FAILURE(program.add(*test::makeRandomNetwork(&context, seed), seed));
  EXPECT_EQ(program.run(), 0);
}

INSTANTIATE_TEST_SUITE_P(, EmulatedObjects, testing::Values("generic", "cortex-a76"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace

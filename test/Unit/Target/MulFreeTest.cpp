// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// At every mul-free level, reference, compiled code, objects and emitted C agree in every
// bit, on random networks. TALLY_RANDOM_NETWORKS sets how many (30), TALLY_RANDOM_SEED the first;
// one alone is printed.

#include "RandomNetwork.h"
#include "SelfTest.h"
#include "Shares.h"
#include "Support/Environment.h"

#include "tally/Audit/MulFreeAudit.h"
#include "tally/Audit/MulFreeCertificate.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/File.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace tally;
using test::expectSelfTest;
using test::firstDifference;
using test::fromEnvironment;

namespace {

struct MulFreeNetworks : testing::Test {
  MulFreeNetworks() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void forEachNetwork(llvm::function_ref<void(mlir::ModuleOp, unsigned seed)> test) {
    int first = fromEnvironment("TALLY_RANDOM_SEED", 0);
    int count = fromEnvironment("TALLY_RANDOM_NETWORKS", 30);
    for (int seed = first; seed < first + count && !HasFatalFailure(); ++seed) {
      auto module = test::makeRandomNetwork(&context, seed, test::RandomFilters::Powers);
      if (count == 1) {
        module->print(llvm::outs());
        llvm::outs().flush();
      }
      test(*module, seed);
    }
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
};

struct MulFreeBackends : MulFreeNetworks, testing::WithParamInterface<MulFree> {};

template <size_t... index>
void callWith(void *entry, void *const *arguments, std::index_sequence<index...>) {
  reinterpret_cast<void (*)(decltype((void)index, (void *)nullptr)...)>(entry)(arguments[index]...);
}

/// Calls an object's entry on `arguments`.
void call(void *entry, const std::vector<void *> &arguments) {
  switch (arguments.size()) {
  case 3:
    return callWith(entry, arguments.data(), std::make_index_sequence<3>());
  case 4:
    return callWith(entry, arguments.data(), std::make_index_sequence<4>());
  case 5:
    return callWith(entry, arguments.data(), std::make_index_sequence<5>());
  default:
    FAIL() << "no call with " << arguments.size() << " arguments";
  }
}

} // namespace

static CTarget targetOf(Core core) {
  CTarget target;
  target.core = core;
  return target;
}

TEST_P(MulFreeBackends, EmittedCEqualsTheReference) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    expectSelfTest(module, targetOf(Core::Multiplier), GetParam(), "seed " + std::to_string(seed));
  });
}

// Where shifts cost as many steps as places, layers of powers of two sum by exponent.
TEST_P(MulFreeBackends, EmittedCForSerialShiftersEqualsTheReference) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    expectSelfTest(module, targetOf(Core::SerialShifter), GetParam(),
                   "seed " + std::to_string(seed));
  });
}

TEST_P(MulFreeBackends, CompiledCodeEqualsTheReference) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    test::expectCompiledEquals(module, CpuTarget::host(), GetParam(), seed);
  });
}

// Objects take a path of their own through code generation.
TEST_P(MulFreeBackends, ObjectsEqualTheReference) {
  std::string base = testing::TempDir() + "tally-mul-free-o-" + stringifyMulFree(GetParam()).str();
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    auto target = CpuTarget::named(CpuTarget::portable());
    ASSERT_TRUE(bool(target));
    auto lowered = lowerForCpu(module, *target, GetParam());
    auto files = compileToObject(module, "net", *target, GetParam());
    ASSERT_TRUE(mlir::succeeded(lowered) && mlir::succeeded(files)) << "seed " << seed;
    std::string path = base + std::to_string(seed);
    ASSERT_TRUE(bool(writeFileAtomically(path + ".o", files->object)));
    ASSERT_EQ(std::system(("cc -shared -o " + path + ".so " + path + ".o").c_str()), 0);
    void *library = dlopen((path + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
    auto inputs = test::makeRandomInputs(*getEntry(module), seed);
    auto expected = interpret(*getEntry(module), inputs);
    ASSERT_TRUE(mlir::succeeded(expected)) << "seed " << seed;
    std::vector<Tensor> outputs = lowered->outputs;
    std::vector<void *> arguments;
    for (Tensor &input : inputs)
      arguments.push_back(input.rawData());
    for (Tensor &output : outputs)
      arguments.push_back(output.rawData());
    std::unique_ptr<void, decltype(&std::free)> workspace(
        std::aligned_alloc(64, (size_t(lowered->workspaceBytes) / 64 + 1) * 64), std::free);
    arguments.push_back(workspace.get());
    call(dlsym(library, "net_run"), arguments);
    for (size_t i = 0; i < outputs.size(); ++i)
      EXPECT_EQ(firstDifference((*expected)[i], outputs[i]), "")
          << "seed " << seed << " output " << i;
    dlclose(library);
    std::remove((path + ".o").c_str());
    std::remove((path + ".so").c_str());
  });
}

// What the code is claimed to be: no multiply for any processor, and none in the C.
TEST_F(MulFreeNetworks, StrictCodeHasNoMultiply) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    for (auto [processor, triple] :
         {std::pair("x86-64-v2", "x86_64-linux-gnu"), std::pair("x86-64-v3", "x86_64-linux-gnu"),
          std::pair("x86-64-v4", "x86_64-linux-gnu"), std::pair("generic", "aarch64-linux-gnu"),
          std::pair("cortex-a76", "aarch64-linux-gnu")}) {
      auto target = CpuTarget::named(processor, triple);
      ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
      // What is lowered for a level passes at it.
      for (MulFree level : {MulFree::Macs, MulFree::Compute}) {
        auto other = compileToObject(module, "net", *target, level);
        ASSERT_TRUE(mlir::succeeded(other)) << "seed " << seed;
        auto findings = auditObject(other->object, level);
        ASSERT_TRUE(bool(findings)) << llvm::toString(findings.takeError());
        EXPECT_TRUE(findings->findings.empty())
            << "seed " << seed << " " << processor << " " << stringifyMulFree(level).str() << ": "
            << findings->findings[0].text;
      }
      auto files = compileToObject(module, "net", *target, MulFree::Strict);
      ASSERT_TRUE(mlir::succeeded(files)) << "seed " << seed;
      auto audit = auditObject(files->object, MulFree::Strict);
      ASSERT_TRUE(bool(audit)) << llvm::toString(audit.takeError());
      for (const MulFreeFinding &finding : audit->findings)
        ADD_FAILURE() << "seed " << seed << " " << processor << " " << finding.function << ": "
                      << finding.text;
    }
    for (MulFree level : {MulFree::Compute, MulFree::Strict}) {
      auto sources = emitC(module, "net", makeGoldenInputs(module, 1), level);
      ASSERT_TRUE(mlir::succeeded(sources));
      for (const MulFreeFinding &finding : auditC(sources->source, level).findings)
        ADD_FAILURE() << "seed " << seed << " " << stringifyMulFree(level).str() << " "
                      << finding.function << ": " << finding.text;
    }
  });
}

static void report(const std::string &where, const std::vector<MulFreeFinding> &findings) {
  for (const MulFreeFinding &finding : findings)
    ADD_FAILURE() << where << " " << finding.function << ": " << finding.text;
}

// Network, object, C, and C compiled for a machine that cannot multiply.
TEST_F(MulFreeNetworks, CertificatesHold) {
  forEachNetwork([&](mlir::ModuleOp module, unsigned seed) {
    auto target = CpuTarget::named(CpuTarget::portable());
    ASSERT_TRUE(bool(target));
    for (MulFree level : {MulFree::Compute, MulFree::Strict}) {
      auto certificate = certifyNetwork(module, level, *target);
      ASSERT_TRUE(mlir::succeeded(certificate)) << "seed " << seed;
      std::string where = "seed " + std::to_string(seed) + " " + stringifyMulFree(level).str();
      EXPECT_TRUE(certificate->holds()) << where;
      for (const Multiplication &found : *certificate->network)
        ADD_FAILURE() << where << " network: " << found.operation;
      report(where + " object", certificate->object->findings);
      report(where + " C", certificate->c->findings);
      if (certificate->rv32i)
        report(where + " RV32I", certificate->rv32i->findings);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(, MulFreeBackends,
                         testing::Values(MulFree::Macs, MulFree::Compute, MulFree::Strict),
                         [](const auto &info) { return stringifyMulFree(info.param).str(); });

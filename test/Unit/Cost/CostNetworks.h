// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What the tests of the cost report share: a context, and counts that print.

#ifndef TALLY_TEST_UNIT_COST_COSTNETWORKS_H
#define TALLY_TEST_UNIT_COST_COSTNETWORKS_H

#include "tally/Cost/OperationCount.h"
#include "tally/Driver/Registration.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace tally {
namespace test {

/// Counts by "kind bits", floats with an f: {"sad 4", 12}, {"add f32", 3}.
using Counts = std::map<std::string, int64_t>;

inline Counts toCounts(const OperationCount &count) {
  Counts counts;
  for (auto [type, number] : count.byType())
    counts[std::string(toString(type.kind)) + (type.isFloat ? " f" : " ") +
           std::to_string(type.bits)] = number;
  return counts;
}

/// 2 x 2 positions of 2 channels: an adder layer of two filters takes a copy of 4 bits of its
/// input, and is added to it.
inline std::string residualNetwork(int batch) {
  std::string text = R"(
    !u8 = !quant.uniform<u8:f32, 0.0625>
    !u4 = !quant.uniform<u8<0:15>:f32, 1.0>
    !sum = !quant.uniform<i32<-30:0>:f32, 1.0>
    !wide = !quant.uniform<i32<-512:511>:f32, 0.5>
    ml_program.global private @w(dense<[[[[1, 2]]], [[[3, 4]]]]> : tensor<2x1x1x2xui8>) : tensor<2x1x1x2x!u4>
    func.func @main(%x: tensor<Nx2x2x2x!u8>) -> tensor<Nx2x2x2x!u8> {
      %w = ml_program.global_load_const @w : tensor<2x1x1x2x!u4>
      %c = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<4> : tensor<1xi8>
          rounding <floor> {tally.name = "copy"} : tensor<Nx2x2x2x!u8> -> tensor<Nx2x2x2x!u4>
      %y = tally.adder_conv2d %c, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "layer"}
          : (tensor<Nx2x2x2x!u4>, tensor<2x1x1x2x!u4>) -> tensor<Nx2x2x2x!sum>
      %r = tally.requantize %y multiplier dense<3> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<0> : tensor<1xi8>
          rounding <floor> {tally.name = "norm"} : tensor<Nx2x2x2x!sum> -> tensor<Nx2x2x2x!wide>
      %t = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<0> : tensor<1xi8>
          rounding <floor> {tally.name = "shortcut"} : tensor<Nx2x2x2x!u8> -> tensor<Nx2x2x2x!wide>
      %s = tosa.add %r, %t {tally.name = "join"} : (tensor<Nx2x2x2x!wide>, tensor<Nx2x2x2x!wide>) -> tensor<Nx2x2x2x!wide>
      %o = tally.requantize %s multiplier dense<1> : tensor<1xi32> offset dense<256> : tensor<1xi64> shift dense<1> : tensor<1xi8>
          rounding <floor> {tally.name = "relu"} : tensor<Nx2x2x2x!wide> -> tensor<Nx2x2x2x!u8>
      return %o : tensor<Nx2x2x2x!u8>
    })";
  for (size_t at; (at = text.find("<Nx")) != std::string::npos;)
    text.replace(at + 1, 1, std::to_string(batch));
  return text;
}

struct CostTest : testing::Test {
  CostTest()
      : handler(&context, [this](mlir::Diagnostic &diagnostic) { message += diagnostic.str(); }) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  mlir::ModuleOp parse(const std::string &text) {
    modules.push_back(mlir::parseSourceString<mlir::ModuleOp>(text, &context));
    if (!modules.back())
      llvm::report_fatal_error(llvm::StringRef(message));
    return *modules.back();
  }

  mlir::MLIRContext context;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  std::string message;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace test

inline bool operator==(const OperationCount &count, const test::Counts &expected) {
  return test::toCounts(count) == expected;
}
inline bool operator==(const OperationCount &a, const OperationCount &b) {
  return test::toCounts(a) == test::toCounts(b);
}
inline void PrintTo(const OperationCount &count, std::ostream *os) {
  for (const auto &[type, number] : test::toCounts(count))
    *os << type << ": " << number << "; ";
}

} // namespace tally

#endif // TALLY_TEST_UNIT_COST_COSTNETWORKS_H

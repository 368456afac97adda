//===- InterpreterFixture.h - networks written in tests ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_RUN_INTERPRETERFIXTURE_H
#define TALLY_TEST_RUN_INTERPRETERFIXTURE_H

#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace tally {

struct Interpreter : testing::Test {
  Interpreter()
      : handler(&context, [this](mlir::Diagnostic &diagnostic) { message += diagnostic.str(); }) {
    context.loadDialect<TallyDialect, mlir::func::FuncDialect, mlir::ml_program::MLProgramDialect,
                        mlir::tosa::TosaDialect, mlir::quant::QuantDialect>();
    context.allowUnregisteredDialects();
  }

  mlir::func::FuncOp parse(const std::string &text) {
    modules.push_back(mlir::parseSourceString<mlir::ModuleOp>(text, &context));
    EXPECT_TRUE(modules.back()) << message;
    return *modules.back()->getOps<mlir::func::FuncOp>().begin();
  }

  /// A function of %x: tensor<TYPE> with this body and result %y of `result`.
  mlir::func::FuncOp parseBody(const std::string &type, const std::string &body,
                               const std::string &result) {
    return parse("!q = !quant.uniform<u8:f32, 0.5>\nfunc.func @main(%x: " + type + ") -> " +
                 result + " {\n" + body + "\nreturn %y : " + result + "\n}");
  }

  /// The error that running `function` on `inputs` reports.
  std::string errorOf(mlir::func::FuncOp function, mlir::ArrayRef<Tensor> inputs) {
    message.clear();
    EXPECT_TRUE(mlir::failed(interpret(function, inputs)));
    return message;
  }

  mlir::MLIRContext context;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  std::string message;
  mlir::ScopedDiagnosticHandler handler;
};

inline Tensor makeFloats(Shape shape) {
  Tensor tensor(ElementType::F32, std::move(shape));
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data<float>()[i] = float(i) - 1.5f;
  return tensor;
}

inline std::vector<float> valuesOf(const Tensor &tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.size()};
}

} // namespace tally

#endif // TALLY_TEST_RUN_INTERPRETERFIXTURE_H

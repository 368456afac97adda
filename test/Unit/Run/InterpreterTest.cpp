// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What the interpreter promises to its callers: values that live as long as asked, and diagnostics
// instead of crashes.

#include "Run/InterpreterFixture.h"

#include <optional>

using namespace tally;

//===----------------------------------------------------------------------===//
// NetworkRun
//===----------------------------------------------------------------------===//

namespace {
/// |x|, -|x| and their sum, step by step.
struct Run : Interpreter {
  Run() {
    std::string text = R"mlir(
      func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
        %a = tosa.abs %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
        %b = tosa.exp %a : (tensor<1x2xf32>) -> tensor<1x2xf32>
        %c = tosa.floor %b : (tensor<1x2xf32>) -> tensor<1x2xf32>
        %d = tosa.add %c, %c : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
        return %d : tensor<1x2xf32>
      })mlir";
    function = parse(text);
    for (mlir::Operation &op : function.front())
      ops.push_back(&op);
    run.emplace(*NetworkRun::start(function, makeFloats({1, 2})));
  }
  mlir::Value value(int i) { return ops[i]->getResult(0); }
  void advance(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(mlir::succeeded(run->advance()));
  }

  mlir::func::FuncOp function;
  std::vector<mlir::Operation *> ops;
  std::optional<NetworkRun> run;
};
} // namespace

TEST_F(Run, FreesValuesBehindTheirLastUser) {
  EXPECT_EQ(run->next(), ops[0]);
  advance(1);
  EXPECT_EQ(run->next(), ops[1]);
  EXPECT_FALSE(run->has(function.getArgument(0)));
  EXPECT_TRUE(run->has(value(0)));
  advance(3);
  EXPECT_EQ(run->next(), ops[4]);
  EXPECT_FALSE(run->has(value(2)));
  // e^1.5 and e^0.5, less their fractions, twice.
  EXPECT_EQ(valuesOf(run->results()[0]), (std::vector<float>{8, 2}));
}

TEST_F(Run, KeepsUntilReleased) {
  run->keep(value(0));
  advance(3);
  EXPECT_EQ(valuesOf(run->get(value(0))), (std::vector<float>{1.5, 0.5}));
  run->release(value(0));
  EXPECT_FALSE(run->has(value(0)));
  // Released before its last user it stays for that one.
  run->keep(value(2));
  run->release(value(2));
  EXPECT_TRUE(run->has(value(2)));
  advance(1);
  EXPECT_FALSE(run->has(value(2)));
}

TEST_F(Run, SetReplacesForLaterUsers) {
  advance(3);
  run->set(value(2), Tensor::of<float>({1, 2}, {10, 20}));
  advance(1);
  EXPECT_EQ(valuesOf(run->results()[0]), (std::vector<float>{20, 40}));
}

TEST_F(Run, GoesOnAtInsertedOperations) {
  advance(3);
  mlir::OpBuilder builder(ops[3]);
  auto inserted =
      mlir::tosa::CeilOp::create(builder, ops[3]->getLoc(), value(2).getType(), value(2));
  auto sum =
      mlir::tosa::AddOp::create(builder, ops[3]->getLoc(), value(2).getType(), inserted, value(2));
  ops[3]->setOperands({sum, value(2)});
  run->continueAt(inserted, value(2));
  EXPECT_EQ(run->next(), inserted.getOperation());
  advance(3);
  EXPECT_FALSE(run->has(value(2)));
  EXPECT_EQ(valuesOf(run->results()[0]), (std::vector<float>{12, 3}));
}

TEST_F(Run, KeepsThroughInsertedOperations) {
  advance(2);
  run->keep(value(1));
  mlir::OpBuilder builder(ops[2]);
  auto inserted =
      mlir::tosa::CeilOp::create(builder, ops[2]->getLoc(), value(1).getType(), value(1));
  ops[3]->setOperand(1, inserted);
  run->continueAt(inserted, {value(1), value(2)});
  advance(3);
  ASSERT_TRUE(run->has(value(1)));
  run->release(value(1));
  EXPECT_FALSE(run->has(value(1)));
}

TEST_F(Interpreter, CallsBackInProgramOrder) {
  auto function = parseBody("tensor<1x2xf32>",
                            "%a = tosa.abs %x : (tensor<1x2xf32>) -> tensor<1x2xf32>\n"
                            "%y = tosa.floor %a : (tensor<1x2xf32>) -> tensor<1x2xf32>",
                            "tensor<1x2xf32>");
  std::string seen;
  InterpreterOptions options;
  options.onResult = [&](mlir::Operation *op, const Tensor &result) {
    seen +=
        op->getName().getStringRef().str() + " " + std::to_string(result.data<float>()[0]) + "; ";
  };
  ASSERT_TRUE(mlir::succeeded(interpret(function, makeFloats({1, 2}), options)));
  EXPECT_EQ(seen, "tosa.abs 1.500000; tosa.floor 1.000000; ");
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(Interpreter, RefusesWrongInputs) {
  auto function =
      parseBody("tensor<2x3xf32>", "%y = tosa.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>",
                "tensor<2x3xf32>");
  EXPECT_EQ(errorOf(function, {}), "takes 1 inputs, but got 0");
  for (const Shape &shape : {Shape{2, 4}, Shape{3, 3}, Shape{6}, Shape{2, 3, 1}})
    EXPECT_EQ(errorOf(function, makeFloats(shape)),
              "takes input 0 of type 'tensor<2x3xf32>', and got another shape");
  EXPECT_EQ(errorOf(function, Tensor(ElementType::I32, {2, 3})),
            "takes input 0 of type 'tensor<2x3xf32>', and got another element type");
}

TEST_F(Interpreter, RefusesInputsOfDifferentBatches) {
  auto function = parse("func.func @main(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>) -> "
                        "tensor<1x2xf32> { return %b : tensor<1x2xf32> }");
  EXPECT_EQ(errorOf(function, {makeFloats({2, 2}), makeFloats({1, 2})}),
            "takes input 1 of type 'tensor<1x2xf32>', and got another shape");
}

TEST_F(Interpreter, NamesOperationsItDoesNotKnow) {
  EXPECT_EQ(
      errorOf(
          parseBody("tensor<1x2xf32>",
                    "%y = tosa.reverse %x {axis = 1 : i32} : (tensor<1x2xf32>) -> tensor<1x2xf32>",
                    "tensor<1x2xf32>"),
          makeFloats({1, 2})),
      "'tosa.reverse' cannot be interpreted");
  EXPECT_EQ(
      errorOf(parseBody("tensor<1x2xf32>",
                        "%y = tosa.argmax %x {axis = 1 : i32} : (tensor<1x2xf32>) -> tensor<1xi32>",
                        "tensor<1xi32>"),
              makeFloats({1, 2})),
      "'tosa.argmax' cannot be interpreted");
}

TEST_F(Interpreter, RefusesWhatCodesDoNotHave) {
  Tensor codes(ElementType::U8, {1, 2});
  auto function = parseBody(
      "tensor<1x2x!q>", "%y = tosa.abs %x : (tensor<1x2x!q>) -> tensor<1x2x!q>", "tensor<1x2x!q>");
  EXPECT_EQ(errorOf(function, codes), "cannot be interpreted on codes");
}

TEST_F(Interpreter, RefusesToReduceCodes) {
  auto function =
      parseBody("tensor<1x2x!q>",
                "%y = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<1x2x!q>) -> tensor<1x1x!q>",
                "tensor<1x1x!q>");
  EXPECT_EQ(errorOf(function, Tensor(ElementType::U8, {1, 2})), "cannot be interpreted on codes");
}

TEST_F(Interpreter, RefusesSeveralBlocks) {
  auto function =
      parse("module { func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {\n"
            "  \"test.branch\"()[^end] : () -> ()\n^end:\n  return %x : tensor<1xf32>\n} }");
  EXPECT_EQ(errorOf(function, makeFloats({1})), "requires one block to be interpreted");
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What the interpreter promises to its callers: values that live as long as asked, batches,
// and diagnostics instead of crashes.

#include "tally/Run/Interpreter.h"

#include "tally/IR/Tally.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <optional>

using namespace tally;

namespace {

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

Tensor makeFloats(Shape shape) {
  Tensor tensor(ElementType::F32, std::move(shape));
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data<float>()[i] = float(i) - 1.5f;
  return tensor;
}

std::vector<float> valuesOf(const Tensor &tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.size()};
}

} // namespace

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

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

/// Three copies of the network at once give what they give one by one.
static void expectEachApart(mlir::func::FuncOp function) {
  ASSERT_TRUE(function);
  auto shapeOf = [](mlir::Type type) {
    return mlir::cast<mlir::RankedTensorType>(type).getShape().vec();
  };
  constexpr int64_t kCopies = 3;
  Shape input = shapeOf(function.getArgumentTypes()[0]), all = input;
  Shape result = shapeOf(function.getResultTypes()[0]);
  all[0] *= kCopies;
  result[0] *= kCopies;
  Tensor images = makeFloats(all);
  auto together = interpret(function, images);
  ASSERT_TRUE(mlir::succeeded(together));
  EXPECT_EQ((*together)[0].shape(), result);
  std::vector<float> apart;
  for (int64_t i = 0; i < kCopies; ++i) {
    Tensor part(ElementType::F32, input);
    std::copy_n(images.data<float>() + i * part.size(), part.size(), part.data<float>());
    auto alone = interpret(function, part);
    ASSERT_TRUE(mlir::succeeded(alone));
    std::vector<float> values = valuesOf((*alone)[0]);
    apart.insert(apart.end(), values.begin(), values.end());
  }
  EXPECT_EQ(valuesOf((*together)[0]), apart);
}

TEST_F(Interpreter, RunsCopiesOfTheNetworkAsOneBatch) {
  auto function = parseBody("tensor<2x3xf32>", R"mlir(
      %p = "tosa.const"() <{values = dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
      %s = tosa.add %x, %p : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
      %d = tosa.const_shape {values = dense<[2, 1, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
      %y = tosa.reshape %s, %d : (tensor<2x3xf32>, !tosa.shape<3>) -> tensor<2x1x3xf32>)mlir",
                            "tensor<2x1x3xf32>");
  expectEachApart(function);
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

// What takes a batch apart, or gives its leading dimension another meaning, runs on one copy of the
// network after the other.
TEST_F(Interpreter, RunsWhatMixesImagesOnEachCopy) {
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%d = tosa.const_shape {values = dense<[6]> : tensor<1xindex>} : () -> !tosa.shape<1>\n"
      "%y = tosa.reshape %x, %d : (tensor<2x3xf32>, !tosa.shape<1>) -> tensor<6xf32>",
      "tensor<6xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%y = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>",
      "tensor<3x2xf32>"));
  expectEachApart(parseBody("tensor<2x3xf32>",
                            "%y = tosa.concat %x, %x {axis = 0 : i32} : (tensor<2x3xf32>, "
                            "tensor<2x3xf32>) -> tensor<4x3xf32>",
                            "tensor<4x3xf32>"));
  expectEachApart(
      parseBody("tensor<2x3xf32>",
                "%y = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<2x3xf32>) -> tensor<1x3xf32>",
                "tensor<1x3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%d = tosa.const_shape {values = dense<[0, 1, 0, 0]> : tensor<4xindex>} : () -> "
      "!tosa.shape<4>\n"
      "%y = tosa.pad %x, %d, %z : (tensor<2x3xf32>, !tosa.shape<4>, tensor<1xf32>) -> "
      "tensor<3x3xf32>",
      "tensor<3x3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%b = tosa.const_shape {values = dense<[1, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%n = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%y = tosa.slice %x, %b, %n : (tensor<2x3xf32>, !tosa.shape<2>, !tosa.shape<2>) -> "
      "tensor<1x3xf32>",
      "tensor<1x3xf32>"));
}

// One image that meets several rows of a constant is not one of as many images.
TEST_F(Interpreter, RunsBroadcastsOfAnImageOnEachCopy) {
  expectEachApart(
      parseBody("tensor<1x3xf32>",
                "%c = \"tosa.const\"() <{values = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : "
                "tensor<2x3xf32>}> : () -> tensor<2x3xf32>\n"
                "%y = tosa.add %x, %c : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
                "tensor<2x3xf32>"));
}

// Filters and filler that the network computes belong to their image.
TEST_F(Interpreter, RunsComputedFiltersOnEachCopy) {
  expectEachApart(parseBody(
      "tensor<1x1x1x2xf32>",
      "%c = \"tosa.const\"() <{values = dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : "
      "tensor<1x2x1x2xf32>}> : () -> tensor<1x2x1x2xf32>\n"
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%y = tosa.conv2d %c, %x, %z, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride "
      "= array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x1x2xf32>, "
      "tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x1x1xf32>",
      "tensor<1x2x1x1xf32>"));
  expectEachApart(parseBody(
      "tensor<1xf32>",
      "%c = \"tosa.const\"() <{values = dense<[5.0]> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%d = tosa.const_shape {values = dense<[1, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%y = tosa.pad %c, %d, %x : (tensor<1xf32>, !tosa.shape<2>, tensor<1xf32>) -> tensor<2xf32>",
      "tensor<2xf32>"));
}

// Channels that are the leading dimension are no images.
TEST_F(Interpreter, RunsChannelsInFrontOnEachCopy) {
  expectEachApart(parseBody("tensor<3xf32>",
                            "%s = \"tosa.const\"() <{values = dense<[1.0, 2.0, 3.0]> : "
                            "tensor<3xf32>}> : () -> tensor<3xf32>\n"
                            "%y = tally.channel_affine %x, %s, %s : (tensor<3xf32>, "
                            "tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>",
                            "tensor<3xf32>"));
  expectEachApart(parseBody("tensor<3xf32>",
                            "%y = tally.shuffle_channels %x [2, 0, 1] : tensor<3xf32>",
                            "tensor<3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x1xf32>",
      "%q = quant.qcast %x : tensor<2x1xf32> to tensor<2x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>>\n"
      "%y = quant.dcast %q : tensor<2x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>> to tensor<2x1xf32>",
      "tensor<2x1xf32>"));
}

TEST_F(Interpreter, MultipliesEachImageByConstants) {
  std::string constants =
      "%l = \"tosa.const\"() <{values = dense<[[[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]]]> : "
      "tensor<1x3x2xf32>}> : () -> tensor<1x3x2xf32>\n"
      "%r = \"tosa.const\"() <{values = dense<[[[1.0], [-2.0]]]> : tensor<1x2x1xf32>}> : () -> "
      "tensor<1x2x1xf32>\n"
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n";
  expectEachApart(parseBody("tensor<1x2x2xf32>",
                            constants + "%y = tosa.matmul %l, %x, %z, %z : (tensor<1x3x2xf32>, "
                                        "tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> "
                                        "tensor<1x3x2xf32>",
                            "tensor<1x3x2xf32>"));
  expectEachApart(parseBody("tensor<1x2x2xf32>",
                            constants + "%y = tosa.matmul %x, %r, %z, %z : (tensor<1x2x2xf32>, "
                                        "tensor<1x2x1xf32>, tensor<1xf32>, tensor<1xf32>) -> "
                                        "tensor<1x2x1xf32>",
                            "tensor<1x2x1xf32>"));
}

TEST_F(Interpreter, ReturnsConstantsForEachCopy) {
  expectEachApart(parseBody("tensor<1x2xf32>",
                            "%y = \"tosa.const\"() <{values = dense<[[1.0, 2.0]]> : "
                            "tensor<1x2xf32>}> : () -> tensor<1x2xf32>",
                            "tensor<1x2xf32>"));
}

TEST_F(Interpreter, RefusesNumbersWithoutDimensionsOfSeveralImages) {
  auto function = parseBody(
      "tensor<1xf32>",
      "%d = tosa.const_shape {values = dense<> : tensor<0xindex>} : () -> !tosa.shape<0>\n"
      "%y = tosa.reshape %x, %d : (tensor<1xf32>, !tosa.shape<0>) -> tensor<f32>",
      "tensor<f32>");
  EXPECT_TRUE(mlir::succeeded(interpret(function, makeFloats({1}))));
  EXPECT_EQ(errorOf(function, makeFloats({2})),
            "has a result without dimensions, so it runs with one copy of the network at a time");
}

TEST_F(Interpreter, RepeatsConstantsOfOneImageOnABatch) {
  auto function = parseBody(
      "tensor<2x3xf32>",
      "%c = \"tosa.const\"() <{values = dense<1.0> : tensor<2x3xf32>}> : () -> tensor<2x3xf32>\n"
      "%y = tosa.add %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
      "tensor<2x3xf32>");
  Tensor images = makeFloats({4, 3});
  std::vector<float> expected = valuesOf(images);
  for (float &value : expected)
    value += 1;
  auto results = interpret(function, images);
  ASSERT_TRUE(mlir::succeeded(results));
  EXPECT_EQ(valuesOf((*results)[0]), expected);
  auto concat = parseBody(
      "tensor<1x2xf32>",
      "%c = \"tosa.const\"() <{values = dense<9.0> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>\n"
      "%y = tosa.concat %x, %c {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x1xf32>) -> "
      "tensor<1x3xf32>",
      "tensor<1x3xf32>");
  auto joined = interpret(concat, Tensor::of<float>({2, 2}, {1, 2, 3, 4}));
  ASSERT_TRUE(mlir::succeeded(joined));
  EXPECT_EQ(valuesOf((*joined)[0]), (std::vector<float>{1, 2, 9, 3, 4, 9}));
}

TEST_F(Interpreter, RefusesSeveralBlocks) {
  auto function =
      parse("module { func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {\n"
            "  \"test.branch\"()[^end] : () -> ()\n^end:\n  return %x : tensor<1xf32>\n} }");
  EXPECT_EQ(errorOf(function, makeFloats({1})), "requires one block to be interpreted");
}

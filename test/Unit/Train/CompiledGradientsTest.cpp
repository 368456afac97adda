// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Compiled gradients that are no derivatives, against the reference in double precision.

#include "CompiledGradientsFixture.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace tally;

/// Strides that have phases, fewer taps than strides, taps that lie apart, groups and one channel a
/// group, and more phases than get code of their own.
TEST_F(CompiledGradients, OfAdderInputsAreTheReferences) {
  struct Layer {
    const char *window, *output, *input, *filter;
  };
  for (auto [window, output, input, filter] : {
           Layer{"pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1]", "2x4x3x6", "2x8x6x16",
                 "6x3x3x16"},
           Layer{"pad [1, 1, 0, 1] stride [2, 1] dilation [1, 2] group 2", "2x3x2x6", "2x5x5x6",
                 "6x3x3x3"},
           Layer{"pad [0, 0, 1, 1] stride [2, 2] dilation [1, 1] group 5", "1x2x3x5", "1x3x5x5",
                 "5x1x3x1"},
           Layer{"pad [0, 0, 0, 0] stride [3, 2] dilation [1, 1]", "2x2x3x3", "2x4x5x17",
                 "3x1x1x17"},
           Layer{"pad [0, 0, 0, 0] stride [4, 4] dilation [1, 1]", "1x2x2x4", "1x8x8x3", "4x4x4x3"},
           Layer{"pad [1, 1, 1, 1] stride [2, 2] dilation [2, 2]", "1x2x2x4", "1x5x5x3", "4x3x3x3"},
       }) {
    SCOPED_TRACE(window);
    auto type = [](const char *shape) { return "tensor<" + std::string(shape) + "xf32>"; };
    auto module = parseSourceString<ModuleOp>(
        "func.func @main(%g: " + type(output) + ", %x: " + type(input) + ", %w: " + type(filter) +
            ") -> " + type(input) + " {\n%y = tally.adder_input_gradient %g, %x, %w rule " +
            "<hard_tanh> " + window + " : (" + type(output) + ", " + type(input) + ", " +
            type(filter) + ") -> " + type(input) + "\nreturn %y : " + type(input) + "\n}",
        &context);
    ASSERT_TRUE(module);
    func::FuncOp entry = *getEntry(*module);
    std::vector<Tensor> single, wide;
    for (ElementType element : {ElementType::F32, ElementType::F64}) {
      std::mt19937 generator(11);
      for (Type argument : entry.getArgumentTypes())
        (element == ElementType::F32 ? single : wide)
            .push_back(random(cast<RankedTensorType>(argument).getShape().vec(), generator, -1, 1,
                              element));
    }
    InterpreterOptions inDouble;
    inDouble.precision = Precision::Double;
    Tensor expected = (*interpret(entry, wide, inDouble))[0];
    FailureOr<JitNetwork> code = compileInProcess(*module);
    ASSERT_TRUE(succeeded(code));
    Tensor result = code->run(single)[0];
    double largest = largestOf(expected);
    ASSERT_GT(largest, 0);
    for (int64_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(result.data<float>()[i], expected.data<double>()[i], 1e-5 * largest)
          << "element " << i;
  }
}

/// `single` through `function` compiled, and in double by the reference.
static void compareCompiled(MLIRContext &context, const std::string &function,
                            const std::vector<Tensor> &single, double tolerance) {
  SCOPED_TRACE(function);
  auto module = parseSourceString<ModuleOp>(function, &context);
  ASSERT_TRUE(module);
  std::vector<Tensor> wide;
  for (const Tensor &tensor : single) {
    wide.emplace_back(ElementType::F64, tensor.shape());
    std::copy_n(tensor.data<float>(), tensor.size(), wide.back().data<double>());
  }
  InterpreterOptions inDouble;
  inDouble.precision = Precision::Double;
  Tensor expected = (*interpret(*getEntry(*module), wide, inDouble))[0];
  FailureOr<JitNetwork> code = compileInProcess(*module);
  ASSERT_TRUE(succeeded(code));
  Tensor result = code->run(single)[0];
  for (int64_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(result.data<float>()[i], expected.data<double>()[i],
                tolerance * std::max(1.0, largestOf(expected)))
        << "element " << i;
}

TEST_F(CompiledGradients, OfMasksAreTheReferences) {
  for (bool endpoints : {false, true})
    for (bool perAxis : {false, true}) {
      std::string vector = perAxis ? "tensor<3xf32>" : "tensor<1xf32>";
      std::string masks = endpoints ? "tensor<6xf32>" : "tensor<2xf32>";
      std::string levels = perAxis ? "!quant.uniform<i8<-7:7>:f32:1, {1.0, 1.0, 1.0}>"
                                   : "!quant.uniform<i8<-7:7>:f32, 1.0>";
      std::string types = "tensor<5x3x7xf32>, " + vector + ", " + vector + " masks " + masks;
      std::mt19937 generator(7);
      std::vector<Tensor> arguments = {random({5, 3, 7}, generator, -2, 2, ElementType::F32)};
      for (double high : {0.5, 0.25})
        arguments.push_back(random({perAxis ? 3 : 1}, generator, 0.1, high, ElementType::F32));
      arguments.push_back(random({endpoints ? 6 : 2}, generator, 0, 1, ElementType::F32));
      auto run = [&](const std::string &op, const std::string &attributes) {
        compareCompiled(context,
                        "func.func @main(%x: tensor<5x3x7xf32>, %a: " + vector + ", %s: " + vector +
                            ", %m: " + masks + ") -> tensor<5x3x7xf32> {\n%y = " + op +
                            " %x by %a sigma %s masks %m to " + levels + " {" +
                            (endpoints ? "endpoints" : "") +
                            (endpoints && !attributes.empty() ? ", " : "") + attributes +
                            "} : " + types + "\nreturn %y : tensor<5x3x7xf32>\n}",
                        arguments, 2e-5);
      };
      run("tally.learned_quantizer", "");
      for (const char *literal : {"", "literal"}) {
        for (const char *of : {"input", "scale", "sigma", "masks"})
          run("tally.categorical_slope <" + std::string(of) + "> of", literal);
        run("tally.categorical_slope <masks> of",
            "mask = 1" + std::string(*literal ? ", literal" : ""));
      }
    }
}

TEST_F(CompiledGradients, MasksAreTheReferences) {
  std::mt19937 generator(9);
  std::vector<Tensor> logits = {random({6}, generator, -2, 4, ElementType::F32)};
  std::vector<Tensor> noisy = logits;
  noisy.push_back(random({6}, generator, 0.01, 0.99, ElementType::F32));
  compareCompiled(context,
                  "func.func @main(%l: tensor<6xf32>) -> tensor<6xf32> {\n"
                  "%y = tally.level_masks %l : tensor<6xf32>\nreturn %y : tensor<6xf32>\n}",
                  logits, 0);
  compareCompiled(context,
                  "func.func @main(%l: tensor<6xf32>, %u: tensor<6xf32>) -> tensor<6xf32> {\n"
                  "%y = tally.level_masks %l noise %u : tensor<6xf32>, tensor<6xf32>\n"
                  "return %y : tensor<6xf32>\n}",
                  noisy, 2e-6);
}

TEST_F(CompiledGradients, OfProbabilitiesAreTheReferences) {
  for (const char *of : {"input", "scale", "sigma"})
    for (const char *literal : {"", "{literal}"})
      for (const char *levels : {"!quant.uniform<i8<-3:3>:f32:1, {1.0, 1.0, 1.0}>",
                                 "!quant.uniform<u8<0:15>:f32, 1.0>"}) {
        bool perAxis = StringRef(levels).contains("f32:1");
        std::string vector = perAxis ? "tensor<3xf32>" : "tensor<1xf32>";
        std::mt19937 generator(3);
        std::vector<Tensor> single = {random({5, 3, 7}, generator, -2, 2, ElementType::F32)};
        for (double high : {0.6, 0.25})
          single.push_back(random({perAxis ? 3 : 1}, generator, 0.1, high, ElementType::F32));
        compareCompiled(context,
                        "func.func @main(%x: tensor<5x3x7xf32>, %a: " + vector + ", %s: " + vector +
                            ") -> tensor<5x3x7xf32> {\n%y = tally.categorical_slope <" + of +
                            "> of %x by %a sigma %s to " + levels + " " + literal +
                            " : tensor<5x3x7xf32>, " + vector + ", " + vector +
                            "\nreturn %y : tensor<5x3x7xf32>\n}",
                        single, 2e-5);
      }
}

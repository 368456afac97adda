//===- OnnxNodeTest.cpp - ONNX's own test data ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports every model of Debian's libonnx-testdata, runs it in the interpreter
// and compares with the reference outputs. A model runs in up to three forms: as
// it is, with all inputs but the first as constants (weights, shapes, axes), and
// with all inputs as constants, which tests the folding. What the importer
// refuses in every form is listed, not an error.
//
// Environment: TALLY_LIST_NODES=1 to see each test's outcome.
//
//===----------------------------------------------------------------------===//

#include "OnnxTestData.h"

#include "Import/OnnxTensor.h"
#include "tally/IR/Tally.h"
#include "tally/Import/Onnx.h"
#include "tally/Run/Elementwise.h"
#include "tally/Run/Interpreter.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>

using namespace tally;

namespace {

enum class Outcome { Passed, Failed, Refused };

std::optional<Tensor> makeTensor(const ::onnx::TensorProto &proto) {
  tally::onnx::ExternalData none(std::nullopt, {});
  auto literal = tally::onnx::readTensor(proto, none);
  if (!literal) {
    llvm::consumeError(literal.takeError());
    return std::nullopt;
  }
  if (!literal->isFloat)
    literal->floats.assign(literal->ints.begin(), literal->ints.end());
  return Tensor::of<float>({literal->shape.begin(), literal->shape.end()}, literal->floats);
}

/// `tolerance` is relative.
bool agree(const Tensor &got, const Tensor &expected, float tolerance) {
  if (got.shape() != expected.shape())
    return false;
  for (int64_t i = 0; i < got.size(); ++i) {
    float x = got.data<float>()[i], y = expected.data<float>()[i];
    bool same = x == y || (std::isnan(x) && std::isnan(y)) ||
                std::fabs(x - y) <= 1e-5f + tolerance * std::fabs(y);
    if (!same)
      return false;
  }
  return true;
}

struct OnnxNodes : testing::Test {
  OnnxNodes() : context(mlir::MLIRContext::Threading::DISABLED) {
    llvm::SmallString<128> unique;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("tally-node", "onnx", unique));
    path = unique.str();
  }
  ~OnnxNodes() override { (void)llvm::sys::fs::remove(path); }

  Outcome run(const ::onnx::ModelProto &model, const TestCase &test, size_t numInputs) {
    {
      std::ofstream file(path, std::ios::binary);
      model.SerializeToOstream(&file);
    }
    std::string messages;
    mlir::ScopedDiagnosticHandler handler(
        &context, [&](mlir::Diagnostic &diagnostic) { messages += diagnostic.str() + "\n"; });
    mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(path, context);
    if (!module) {
      collectTypes(messages);
      refusal = messages;
      return Outcome::Refused;
    }
    module->getBody()->walk([&](mlir::Operation *op) {
      if (!mlir::isa<mlir::func::FuncOp, mlir::func::ReturnOp, mlir::ml_program::GlobalOp>(op))
        (mlir::isa<NetworkOpInterface>(op) ? knownOperations : unknownOperations)
            .insert(op->getName().getStringRef().str());
    });
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < numInputs; ++i) {
      auto input = makeTensor(test.inputs[i]);
      if (!input)
        return Outcome::Failed;
      inputs.push_back(input->rank() == 4 ? reference::transpose(*input, {0, 2, 3, 1}) : *input);
    }
    auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
    auto outputs = interpret(function, inputs);
    if (failed(outputs)) {
      ADD_FAILURE() << messages;
      return Outcome::Failed;
    }
    for (size_t i = 0; i < outputs->size(); ++i) {
      auto expected = makeTensor(test.outputs[i]);
      Tensor got = (*outputs)[i];
      if (got.rank() == 4)
        got = reference::transpose(got, {0, 3, 1, 2});
      // We compute in float32 what ONNX rounds to bfloat16.
      bool rounded = test.outputs[i].data_type() == ::onnx::TensorProto::BFLOAT16;
      if (!expected || !agree(got, *expected, rounded ? 1e-2f : 1e-3f))
        return Outcome::Failed;
    }
    return Outcome::Passed;
  }

  /// Operator types without an importer, from its messages.
  void collectTypes(llvm::StringRef messages) {
    llvm::Regex pattern("\\(([A-Za-z0-9_.:]+)\\): not supported: no such operator");
    llvm::SmallVector<llvm::StringRef> lines, parts;
    messages.split(lines, '\n');
    for (llvm::StringRef line : lines)
      if (pattern.match(line, &parts))
        unsupportedTypes.insert(parts[1].str());
  }

  std::string path;
  mlir::MLIRContext context;
  std::set<std::string> unsupportedTypes;
  /// What the importer made, by whether it says anything of itself.
  std::set<std::string> knownOperations, unknownOperations;
  std::string refusal;
};

} // namespace

TEST_F(OnnxNodes, AgreeWithTheReferenceData) {
  unsigned passed = 0, failed = 0, unsupported = 0, runs = 0;
  std::map<std::string, unsigned> passedForms;
  for (const std::string &folder : listTestFolders()) {
    auto test = readTestCase(folder);
    if (!test)
      continue;
    bool anyFailed = false, anyPassed = false;
    std::set<size_t> forms = {test->inputs.size(), std::min<size_t>(1, test->inputs.size()), 0};
    if (!test->consistent)
      forms.clear();
    for (size_t numInputs : forms) {
      Outcome outcome = run(makeConstant(*test, numInputs), *test, numInputs);
      anyPassed |= outcome == Outcome::Passed;
      anyFailed |= outcome == Outcome::Failed;
      runs += outcome == Outcome::Passed;
      passedForms[llvm::sys::path::filename(folder).str()] += outcome == Outcome::Passed;
      EXPECT_NE(outcome, Outcome::Failed) << folder << " with " << numInputs << " inputs";
    }
    ++(anyFailed ? failed : anyPassed ? passed : unsupported);
    if (std::getenv("TALLY_LIST_NODES"))
      std::cout << (anyFailed   ? "failed "
                    : anyPassed ? "passed "
                                : "unsupported ")
                << llvm::sys::path::filename(folder).str()
                << (anyPassed || anyFailed ? "\n" : ": " + refusal);
  }
  std::cout << passed << " passed (in " << runs << " forms), " << failed << " failed, "
            << unsupported << " unsupported\nunsupported operators:";
  for (const std::string &type : unsupportedTypes)
    std::cout << " " << type;
  std::cout << "\n";
  EXPECT_EQ(unknownOperations, std::set<std::string>());
  if (std::getenv("TALLY_ONNX_TESTS"))
    return;
  EXPECT_GT(knownOperations.size(), 30u);
  EXPECT_GT(passed, 380u) << "is libonnx-testdata installed?";
  // Operators on integers: with the first input computed, and with all constant.
  for (const char *name :
       {"test_quantizelinear", "test_quantizelinear_axis", "test_dequantizelinear",
        "test_dequantizelinear_axis", "test_qlinearconv", "test_qlinearmatmul_2D",
        "test_qlinearmatmul_3D", "test_basic_convinteger", "test_convinteger_with_padding",
        "test_convinteger_without_padding", "test_matmulinteger"})
    EXPECT_EQ(passedForms[name], 2u) << name;
  for (const char *name :
       {"test_bitshift_left_uint8", "test_bitshift_left_uint16", "test_bitshift_left_uint32",
        "test_bitshift_left_uint64", "test_bitshift_right_uint8", "test_bitshift_right_uint16",
        "test_bitshift_right_uint32", "test_bitshift_right_uint64"})
    EXPECT_GE(passedForms[name], 1u) << name;
}

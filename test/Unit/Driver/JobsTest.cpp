//===- JobsTest.cpp - how jobs of the driver end --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Benchmark.h"
#include "tally/Driver/Certify.h"
#include "tally/Driver/Compile.h"
#include "tally/Driver/EmitC.h"
#include "tally/Driver/Evaluate.h"
#include "tally/Driver/Quantize.h"
#include "tally/Driver/Report.h"
#include "tally/Driver/Sweep.h"
#include "tally/IR/ImageFacts.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace {

constexpr const char *kFloat = R"(
  func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %y = tosa.exp %x {tally.name = "power"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
    return %y : tensor<1x4xf32>
  })";

constexpr const char *kInteger = R"(
  !u4 = !quant.uniform<u8<0:15>:f32, 0.25>
  module attributes {tally.stage = #tally.stage<integer>} {
    func.func @main(%x: tensor<1x4x!u4>) -> tensor<1x4x!u4> { return %x : tensor<1x4x!u4> }
  })";

/// A session whose diagnostics are kept.
class Jobs : public testing::Test {
protected:
  Jobs()
      : handler(&session.context(), [&](Diagnostic &diagnostic) {
          diagnostics += diagnostic.str() + "\n";
          return success();
        }) {}

  Network parse(const char *text) {
    return parseSourceString<ModuleOp>(text, ParserConfig(&session.context()), "net.mlir");
  }

  template <typename T> void expect(const Result<T> &result, ErrorKind kind, StringRef message) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_EQ(result.error().message, message);
  }

  Session session;
  std::string diagnostics;
  ScopedDiagnosticHandler handler;
};

TEST_F(Jobs, NameWhatIsMissing) {
  Network network = parse(kFloat);
  expect(calibrate(*network, {}), ErrorKind::Usage, "requires images to calibrate on");
  expect(evaluate(*network, {}), ErrorKind::Usage, "requires images to evaluate on");
  QuantizeJob quantization;
  expect(quantize(*network, quantization), ErrorKind::Usage, "requires a recipe");
  quantization.recipe = "adder-w4a4";
  quantization.digits = 33;
  expect(quantize(*network, quantization), ErrorKind::Usage,
         "--digits requires at most 32, but got 33");
  BenchmarkJob benchmarking;
  benchmarking.threads = 1025;
  expect(benchmark(*network, benchmarking), ErrorKind::Usage,
         "--threads requires at most 1024, but got 1025");
  EvaluateJob evaluation;
  evaluation.images.data = "npy:images.npy";
  evaluation.threads = int64_t(1) << 32;
  expect(evaluate(*network, evaluation), ErrorKind::Usage,
         "--threads requires at most 1024, but got 4294967296");
  SweepJob sweeping;
  sweeping.images.data = "npy:images.npy";
  sweeping.threads = 100000;
  expect(sweep(sweeping, [](const SweepRow &) {}), ErrorKind::Usage,
         "--threads requires at most 1024, but got 100000");
  EmitCJob emission;
  emission.vectors = (int64_t(1) << 32) + 1;
  expect(emitC(*network, emission), ErrorKind::Usage,
         "--vectors requires at most 65536, but got 4294967297");
  CertifyJob certification;
  certification.level = MulFree::No;
  expect(certify(session, "net.mlir", certification), ErrorKind::Usage,
         "--level requires macs, compute or strict, but got 'no'");
  EXPECT_EQ(diagnostics, "");
}

TEST_F(Jobs, RefuseWhatIsQuantized) {
  Network network = parse(kInteger);
  CalibrateJob calibration;
  calibration.images.data = "mnist:nowhere:train";
  QuantizeJob quantization;
  quantization.recipe = "adder-w4a4";
  expect(calibrate(*network, calibration), ErrorKind::User, "'net.mlir' is quantized already");
  expect(quantize(*network, quantization), ErrorKind::User, "'net.mlir' is quantized already");
}

TEST_F(Jobs, ReportThroughDiagnostics) {
  Network network = parse(kFloat);
  CompileJob compilation;
  compilation.mulFree = MulFree::Compute;
  expect(compile(*network, compilation), ErrorKind::Check, "");
  EXPECT_NE(diagnostics.find("'power': 'tosa.exp'"), std::string::npos) << diagnostics;
  expect(emitC(*network, {}), ErrorKind::User, "");
  EXPECT_NE(diagnostics.find("only integer networks are emitted as C"), std::string::npos);
}

TEST_F(Jobs, RememberHowImagesAreNormalised) {
  Network network = parse(kFloat);
  ImageOptions images;
  images.mean = {0.25f, 0.25f};
  images.std = {2};
  ASSERT_TRUE(recordImages(*network, images));
  EXPECT_EQ(*getNormalisation(*network), (Normalisation{{0.25f}, {2, 2}}));
  images.std = {1};
  expect(recordImages(*network, images), ErrorKind::User, "");
  EXPECT_NE(diagnostics.find("recorded to take images with mean 0.25,0.25 and std 2, but gets them "
                             "with mean 0.25,0.25 and std 1; --renormalise"),
            std::string::npos)
      << diagnostics;
  images.renormalise = true;
  Result<bool> replaced = recordImages(*network, images);
  ASSERT_TRUE(replaced);
  EXPECT_TRUE(*replaced);
  expect(recordImages(*network, {"", 0, {}, {}, true}), ErrorKind::Usage,
         "--renormalise requires --mean, --std, --resize or --crop");
  images.mean = {1, 2, 3};
  images.std = {1, 2};
  EXPECT_FALSE(recordImages(*network, images));
  images.std = {0};
  EXPECT_FALSE(recordImages(*network, images));
  images.mean = {INFINITY};
  EXPECT_FALSE(recordImages(*network, images));
  for (const char *part : {"as many values for 'mean' as for 'std', but got 3 and 2",
                           "every 'std' to be above 0 and finite, but got 0.0",
                           "every 'mean' to be finite, but got inf"})
    EXPECT_NE(diagnostics.find(part), std::string::npos) << diagnostics;
  EXPECT_EQ(*getNormalisation(*network), (Normalisation{{0.25f}, {1}}));
}

TEST_F(Jobs, ReturnWhatTheyMade) {
  Network network = parse(kInteger);
  Result<ObjectFile> files = compile(*network, {});
  ASSERT_TRUE(files);
  EXPECT_NE(files->header.find("void net_run("), std::string::npos);
  Result<CSources> sources = emitC(*network, {});
  ASSERT_TRUE(sources);
  EXPECT_NE(sources->source.find("net_run("), std::string::npos);
  Result<CostReport> costs = report(*network, {});
  ASSERT_TRUE(costs);
  EXPECT_EQ(costs->network.level, MulFree::No);
}

} // namespace

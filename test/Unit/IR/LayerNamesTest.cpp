// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Names of layers and steps are unique, and do not depend on anything but the network.

#include "tally/IR/LayerNames.h"

#include "tally/IR/Tally.h"

#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace tally;

namespace {

struct LayerNames : testing::Test {
  LayerNames() {
    context.loadDialect<TallyDialect, mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                        mlir::ml_program::MLProgramDialect>();
  }

  /// "layer/part" of each operation that has an origin, in order.
  std::vector<std::string> name(const std::string &body) {
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "!t = tensor<1x4xf32>\nfunc.func @main(%x: !t, %y: !t) -> !t {\n" + body + "}", &context);
    std::vector<std::string> names;
    if (!module)
      return names;
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    auto origins = nameLayers(function);
    for (mlir::Operation &op : function.front())
      if (auto it = origins.find(&op); it != origins.end())
        names.push_back(it->second.layer + "/" + it->second.part);
    return names;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

using Names = std::vector<std::string>;

} // namespace

TEST_F(LayerNames, AreThoseOfTheFileNumberedWhereTaken) {
  // The third `a` must not take the name of the layer that is called `a.2`.
  EXPECT_EQ(name(R"(
    %0 = tosa.add %x, %y {tally.name = "a"} : (!t, !t) -> !t
    %1 = tosa.add %0, %y {tally.name = "a"} : (!t, !t) -> !t
    %2 = tosa.add %1, %y {tally.name = "a.2"} : (!t, !t) -> !t
    %3 = tosa.add %2, %y {tally.name = "a"} : (!t, !t) -> !t
    %4 = tosa.add %3, %y {tally.name = ""} : (!t, !t) -> !t
    %5 = tosa.add %4, %y : (!t, !t) -> !t
    return %5 : !t
  )"),
            (Names{"a/", "a.3/", "a.2/", "a.4/", "tosa.add/", "tosa.add.2/"}));
}

TEST_F(LayerNames, OperationsBelongToTheirSumOrJoin) {
  // `abs` prepares the addition; nothing joins what `exp` begins.
  EXPECT_EQ(name(R"(
    %0 = tosa.abs %x {tally.name = "before"} : (!t) -> !t
    %1 = tosa.add %0, %y {tally.name = "join"} : (!t, !t) -> !t
    %2 = tosa.tanh %1 {tally.name = "behind"} : (!t) -> !t
    %3 = tosa.exp %x {tally.name = "alone"} : (!t) -> !t
    %4 = tosa.abs %3 {tally.name = "more"} : (!t) -> !t
    return %2 : !t
  )"),
            (Names{"join/abs", "join/", "join/tanh", "alone/", "alone/abs"}));
}

TEST_F(LayerNames, ViewsBelongToWhatTheyShow) {
  // Taken twice each: neither before nor behind another layer alone.
  EXPECT_EQ(name(R"(
    %s = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %0 = tosa.add %x, %y {tally.name = "sum"} : (!t, !t) -> !t
    %1 = tosa.reshape %0, %s {tally.name = "shown"} : (!t, !tosa.shape<2>) -> !t
    %2 = tosa.reshape %x, %s {tally.name = "input"} : (!t, !tosa.shape<2>) -> !t
    %3 = tosa.add %1, %2 {tally.name = "a"} : (!t, !t) -> !t
    %4 = tosa.add %1, %2 {tally.name = "b"} : (!t, !t) -> !t
    %5 = tosa.add %0, %4 {tally.name = "c"} : (!t, !t) -> !t
    return %5 : !t
  )"),
            (Names{"sum/", "sum/reshape", "/reshape", "a/", "b/", "c/"}));
}

TEST_F(LayerNames, OriginsAreKeptInLocations) {
  mlir::Location file = mlir::FileLineColLoc::get(&context, "net.onnx", 1, 2);
  EXPECT_FALSE(getOrigin(file));
  EXPECT_EQ(withPart(file, "filter"), file);
  mlir::Location location = withOrigin(file, {"conv", "", "relu"});
  mlir::Location other = withOrigin(file, {"pool", "pad", ""});
  // Also where something was made of two operations.
  for (mlir::Location each : {location, mlir::FusedLoc::get(&context, {file, location, other})}) {
    auto origin = getOrigin(each);
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->layer, "conv");
    EXPECT_EQ(origin->part, "");
    EXPECT_EQ(origin->value, "relu");
  }
  auto filter = getOrigin(withPart(location, "filter"));
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->layer + "/" + filter->part + "/" + filter->value, "conv/filter/");
}

TEST_F(LayerNames, StepsHaveNamesOfTheirOwn) {
  StepNames steps;
  for (const char *layer : {"a", "b", "a.pad", "a+b"})
    steps.reserve(layer);
  EXPECT_EQ(steps.forLayers({"a"}), "a");
  EXPECT_EQ(steps.forLayers({"a.pad"}), "a.pad");
  EXPECT_EQ(steps.forPart("a", "pad"), "a.pad.2");
  EXPECT_EQ(steps.forPart("a", "pad"), "a.pad.3");
  EXPECT_EQ(steps.forPart("b", "pad"), "b.pad");
  EXPECT_EQ(steps.forLayers({"a", "b"}), "a+b.2");
  EXPECT_EQ(steps.forLayers({"p", "q", "r", "s"}), "p+q+r+s");
  EXPECT_EQ(steps.forLayers({"p", "q", "r", "s", "t"}), "p+3+t");
  EXPECT_EQ(steps.forPart("", "copy"), "copy");
  EXPECT_EQ(steps.forPart("", "copy"), "copy.2");
}

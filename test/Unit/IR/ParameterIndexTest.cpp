// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/ParameterIndex.h"

#include "tally/IR/Parameters.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <gtest/gtest.h>

using namespace tally;

namespace {

struct ParameterIndexTest : testing::Test {
  ParameterIndexTest() {
    context.loadDialect<mlir::ml_program::MLProgramDialect, mlir::func::FuncDialect>();
    auto loc = builder.getUnknownLoc();
    module = mlir::ModuleOp::create(loc);
    builder.setInsertionPointToStart(module->getBody());
    auto function =
        mlir::func::FuncOp::create(builder, loc, "main", builder.getFunctionType({}, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
  }

  mlir::ml_program::GlobalOp add(llvm::StringRef name) {
    auto type = mlir::RankedTensorType::get({1}, builder.getF32Type());
    return addParameter(*module, name, type, makeElements<float>(type, 1.0f, name));
  }
  std::string nameOfNew(llvm::StringRef name) { return add(name).getSymName().str(); }
  mlir::ml_program::GlobalLoadConstOp load(mlir::ml_program::GlobalOp parameter) {
    return loadParameter(builder, builder.getUnknownLoc(), parameter)
        .getDefiningOp<mlir::ml_program::GlobalLoadConstOp>();
  }

  mlir::MLIRContext context;
  mlir::OpBuilder builder{&context};
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace

TEST_F(ParameterIndexTest, NamesAreTheSameWithAndWithoutOne) {
  for (bool indexed : {false, true}) {
    std::optional<ParameterIndex> index;
    if (indexed)
      index.emplace(*module);
    std::string base = indexed ? "b" : "a";
    EXPECT_EQ(nameOfNew(base), base);
    EXPECT_EQ(nameOfNew(base + ".2"), base + ".2");
    EXPECT_EQ(nameOfNew(base), base + ".1");
    EXPECT_EQ(nameOfNew(base), base + ".3");
    EXPECT_EQ(nameOfNew("main"), indexed ? "main.2" : "main.1") << "a function has that name";
  }
}

TEST_F(ParameterIndexTest, ANameThatBecomesFreeIsTakenNext) {
  ParameterIndex index(*module);
  add("w");
  auto first = load(add("w"));
  add("w");
  index.rename(first, index.makeUnique("old"));
  EXPECT_EQ(getParameter(first).getSymName(), "old");
  EXPECT_EQ(nameOfNew("w"), "w.1");
  EXPECT_EQ(nameOfNew("w"), "w.3");
}

TEST_F(ParameterIndexTest, CountsLoadsThatComeLater) {
  ParameterIndex index(*module);
  auto parameter = add("w");
  auto one = load(parameter);
  EXPECT_TRUE(index.isOnlyLoad(one));
  load(parameter);
  EXPECT_FALSE(index.isOnlyLoad(one));
  auto other = load(add("v"));
  EXPECT_TRUE(index.isOnlyLoad(other));
  index.rename(other, "u");
  EXPECT_TRUE(index.isOnlyLoad(other));
}

TEST_F(ParameterIndexTest, ForgetsWhatWasErased) {
  ParameterIndex index(*module);
  auto parameter = add("w");
  auto one = load(parameter), two = load(parameter);
  EXPECT_FALSE(index.isOnlyLoad(one));
  two.erase();
  index.forget();
  EXPECT_TRUE(index.isOnlyLoad(one));
  one.erase();
  parameter.erase();
  index.forget();
  EXPECT_EQ(nameOfNew("w"), "w");
}

TEST_F(ParameterIndexTest, IsThatOfItsModuleOnly) {
  ParameterIndex index(*module);
  mlir::OwningOpRef<mlir::ModuleOp> other = mlir::ModuleOp::create(builder.getUnknownLoc());
  EXPECT_EQ(ParameterIndex::find(*module), &index);
  EXPECT_EQ(ParameterIndex::find(*other), nullptr);
  {
    ParameterIndex inner(*other);
    EXPECT_EQ(ParameterIndex::find(*module), &index);
    EXPECT_EQ(ParameterIndex::find(*other), &inner);
  }
  EXPECT_EQ(ParameterIndex::find(*other), nullptr);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace tally;

namespace {
struct QuantizedTypes : testing::Test {
  QuantizedTypes() { context.loadDialect<mlir::quant::QuantDialect>(); }
  mlir::MLIRContext context;
};
} // namespace

TEST_F(QuantizedTypes, StorageIsTheNarrowestThatHoldsTheRange) {
  EXPECT_EQ(getStorageWidth({0, 255}), 8u);
  EXPECT_EQ(getStorageWidth({0, 256}), 16u);
  EXPECT_EQ(getStorageWidth({-128, 127}), 8u);
  EXPECT_EQ(getStorageWidth({-1, 128}), 16u);
  EXPECT_EQ(getStorageWidth({-129, 0}), 16u);
  EXPECT_EQ(getStorageWidth({0, 0xffffffff}), 32u);
  EXPECT_EQ(getStorageWidth({-1, 0x80000000}), 64u);
}

TEST_F(QuantizedTypes, AdderSumRangeCoversSignedAndUnsignedCodes) {
  auto codes = getUniformType(&context, {0, 15}, 0.5);
  auto weights = getUniformType(&context, {-16, 14}, 0.5);
  EXPECT_EQ(getAdderSumRange(codes, codes, 9).min, -9 * 15);
  EXPECT_EQ(getAdderSumRange(codes, weights, 9).min, -9 * 31);
  EXPECT_EQ(getAdderSumRange(weights, codes, 9).max, 0);
}

TEST_F(QuantizedTypes, SumRangeCountsFromTheZeroPoint) {
  auto type = getUniformType(&context, {0, 255}, 0.5, 10);
  EXPECT_EQ(getSumRange(type, 4).min, -40);
  EXPECT_EQ(getSumRange(type, 4).max, 4 * 245);
}

TEST_F(QuantizedTypes, RangesBeyond32BitsHaveNoType) {
  EXPECT_FALSE(getUniformType(&context, {-1, 0x80000000}, 1.0));
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Operations by kind and width of small layers, against numbers counted by hand.

#include "CostNetworks.h"
#include "tally/Cost/CostOpInterface.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/BuiltinTypes.h"
#include <gtest/gtest.h>

using namespace tally;
using test::Counts;

namespace {

struct CountOperation : test::CostTest {
  /// The only operation called `name` in a function of these lines.
  CountedOperation count(const std::string &name, const std::string &text,
                         MulFree level = MulFree::No) {
    CountedOperation counted;
    int found = 0;
    parse(text).walk([&](mlir::Operation *op) {
      if (op->getName().getStringRef() == name) {
        counted = countOperation(op, level);
        ++found;
      }
    });
    EXPECT_EQ(found, 1) << name;
    return counted;
  }
};

} // namespace

TEST(BitWidth, HoldsEveryValue) {
  EXPECT_EQ(getBitWidth(0, 0), 1);
  EXPECT_EQ(getBitWidth(0, 1), 1);
  EXPECT_EQ(getBitWidth(0, 255), 8);
  EXPECT_EQ(getBitWidth(0, 256), 9);
  EXPECT_EQ(getBitWidth(-1, 0), 1);
  EXPECT_EQ(getBitWidth(-2160, 0), 12); // magnitudes
  EXPECT_EQ(getBitWidth(-4096, -1), 13);
  EXPECT_EQ(getBitWidth(-1, 1), 2);
  EXPECT_EQ(getBitWidth(-128, 127), 8);
  EXPECT_EQ(getBitWidth(-128, 128), 9);
  EXPECT_EQ(getBitWidth(-129, 127), 9);
  EXPECT_EQ(getBitWidth(-(__int128(1) << 62), 5), 63);
}

TEST(OperationCount, AddsAndDivides) {
  OperationCount count, other;
  count.add({OperationKind::Add, 8}, 6);
  count.add({OperationKind::Add, 8}, 0);
  other.add({OperationKind::Add, 9}, 1);
  other.add({OperationKind::Add, 32, true}, 4);
  count.add(other);
  EXPECT_EQ(count.of(OperationKind::Add), 11);
  EXPECT_EQ(count.of(OperationKind::Sad), 0);
  count.divide(2);
  EXPECT_EQ(count.byType().size(), 2u); // half an addition of 9 bits is none
  EXPECT_EQ(count.of(OperationKind::Add), 5);
}

// A model, or what movement and reductions say of themselves.
TEST_F(CountOperation, EveryOperationOfTheDialectHasACost) {
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("tally"))
    if (name.hasInterface<NetworkOpInterface>()) {
      EXPECT_TRUE(name.hasInterface<CostOpInterface>() ||
                  name.hasInterface<DataMovementOpInterface>() ||
                  name.hasInterface<ReductionOpInterface>())
          << name.getStringRef().str();
    }
}

// 3 x 3 outputs of 4 filters, 3 x 3 x 1 terms each: 36 * 9. Sums reach 9 * 15 = 135.
TEST_F(CountOperation, AdderLayerWithGroupsPaddingAndStride) {
  CountedOperation counted = count("tally.adder_conv2d", R"(
    !u4 = !quant.uniform<u8<0:15>:f32, 0.5>
    !sum = !quant.uniform<i16<-135:0>:f32, 0.5>
    ml_program.global private @w(dense<7> : tensor<4x3x3x1xui8>) : tensor<4x3x3x1x!u4>
    func.func @main(%x: tensor<1x5x5x2x!u4>) -> tensor<1x3x3x4x!sum> {
      %w = ml_program.global_load_const @w : tensor<4x3x3x1x!u4>
      %y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [2, 2] dilation [1, 1] group 2
          : (tensor<1x5x5x2x!u4>, tensor<4x3x3x1x!u4>) -> tensor<1x3x3x4x!sum>
      return %y : tensor<1x3x3x4x!sum>
    })");
  EXPECT_EQ(counted.operations, (Counts{{"sad 4", 324}, {"add 8", 324}}));
  EXPECT_EQ(counted.int8, (Counts{{"multiply 8", 324}, {"add 32", 324}}));
  EXPECT_EQ(counted.products, 324);
  EXPECT_EQ(counted.product.kind, OperationKind::Sad);
  EXPECT_EQ(counted.accumulatorBits, 8);
  EXPECT_EQ(counted.inputBits, 4);
  EXPECT_EQ(counted.weightBits, 4);
  EXPECT_EQ(counted.weights, 36);
  EXPECT_EQ(counted.zeroWeights, 0);
  EXPECT_FALSE(counted.skipsZeros);
}

// 2 x 2 outputs of 3 filters, 2 x 2 x 2 terms each: 12 * 8. Zero weights count. The code of
// zero is 10 in the input.
TEST_F(CountOperation, ConvolutionsAreDense) {
  std::string text = R"(
    !u8 = !quant.uniform<u8:f32, 0.5:10>
    !w = !quant.uniform<i8<-7:7>:f32, 0.25>
    !sum = !quant.uniform<i32<-13720:13720>:f32, 0.125>
    ml_program.global private @w(dense<[[[[0,1],[2,3]],[[4,5],[6,7]]],[[[0,0],[0,0]],[[0,0],[0,0]]],[[[1,1],[1,1]],[[1,1],[1,1]]]]> : tensor<3x2x2x2xi8>) : tensor<3x2x2x2x!w>
    func.func @main(%x: tensor<1x3x3x2x!u8>) -> tensor<1x2x2x3x!sum> {
      %w = ml_program.global_load_const @w : tensor<3x2x2x2x!w>
      %b = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
      %zx = "tosa.const"() <{values = dense<10> : tensor<1xui8>}> : () -> tensor<1xui8>
      %zw = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
      %y = tosa.conv2d %x, %w, %b, %zx, %zw {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
          : (tensor<1x3x3x2x!u8>, tensor<3x2x2x2x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x2x3x!sum>
      return %y : tensor<1x2x2x3x!sum>
    })";
  CountedOperation counted = count("tosa.conv2d", text);
  EXPECT_EQ(counted.operations, (Counts{{"multiply 8", 96}, {"add 15", 96}}));
  EXPECT_EQ(counted.int8, (Counts{{"multiply 8", 96}, {"add 32", 96}}));
  EXPECT_EQ(counted.weights, 24);
  EXPECT_EQ(counted.zeroWeights, 9);
  EXPECT_EQ(counted.weightBits, 4);
  // At no level does a convolution become something else.
  EXPECT_EQ(count("tosa.conv2d", text, MulFree::Strict).operations,
            (Counts{{"multiply 8", 96}, {"add 15", 96}}));
}

// 4 x 4 outputs of 2 channels, 3 x 3 terms each.
TEST_F(CountOperation, DepthwiseConvolution) {
  CountedOperation counted = count("tosa.depthwise_conv2d", R"(
    func.func @main(%x: tensor<1x4x4x2xf32>, %w: tensor<3x3x2x1xf32>, %b: tensor<2xf32>, %z: tensor<1xf32>) -> tensor<1x4x4x2xf32> {
      %y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}
          : (tensor<1x4x4x2xf32>, tensor<3x3x2x1xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
      return %y : tensor<1x4x4x2xf32>
    })");
  EXPECT_EQ(counted.operations, (Counts{{"multiply f32", 288}, {"add f32", 288}}));
  EXPECT_EQ(counted.products, 288);
  EXPECT_TRUE(counted.product.isFloat);
  EXPECT_EQ(counted.int8, (Counts{{"multiply 8", 288}, {"add 32", 288}}));
  EXPECT_EQ(counted.weights, 0); // no constant of codes
}

TEST_F(CountOperation, MatrixProductAndAdderLinear) {
  CountedOperation product = count("tosa.matmul", R"(
    func.func @main(%x: tensor<1x2x5xf32>, %w: tensor<1x5x3xf32>, %z: tensor<1xf32>) -> tensor<1x2x3xf32> {
      %y = tosa.matmul %x, %w, %z, %z : (tensor<1x2x5xf32>, tensor<1x5x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x3xf32>
      return %y : tensor<1x2x3xf32>
    })");
  EXPECT_EQ(product.operations, (Counts{{"multiply f32", 30}, {"add f32", 30}}));
  CountedOperation adder = count("tally.adder_linear", R"(
    func.func @main(%x: tensor<2x5xf32>, %w: tensor<3x5xf32>) -> tensor<2x3xf32> {
      %y = tally.adder_linear %x, %w : (tensor<2x5xf32>, tensor<3x5xf32>) -> tensor<2x3xf32>
      return %y : tensor<2x3xf32>
    })");
  EXPECT_EQ(adder.operations, (Counts{{"sad f32", 30}, {"add f32", 30}}));
  EXPECT_EQ(adder.int8, (Counts{{"multiply 8", 30}, {"add 32", 30}}));
}

static std::string powersOfTwo(const std::string &levels, const std::string &bytes, int largest) {
  std::string codes = "!quant.uniform<i8<-" + std::to_string(largest) + ":" +
                      std::to_string(largest) + ">:f32, 0.5>";
  return "!w = " + codes + "\n!pot = !tally.pot<" + levels + ", 0.5>\n" + R"(
    !u4 = !quant.uniform<u8<0:15>:f32, 0.5>
    !sum = !quant.uniform<i32<-30720:30720>:f32, 0.25>
    ml_program.global private @w(dense<[)" +
         bytes + R"(]> : tensor<2xui8>) : tensor<2x1x1x2x!pot>
    func.func @main(%x: tensor<1x2x3x2x!u4>) -> tensor<1x2x3x2x!sum> {
      %p = ml_program.global_load_const @w : tensor<2x1x1x2x!pot>
      %w = tally.decode %p : tensor<2x1x1x2x!pot> -> tensor<2x1x1x2x!w>
      %b = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
      %zx = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
      %zw = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
      %y = tosa.conv2d %x, %w, %b, %zx, %zw {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
          : (tensor<1x2x3x2x!u4>, tensor<2x1x1x2x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x3x2x!sum>
      return %y : tensor<1x2x3x2x!sum>
    })";
}

// Weights 1 and 0, then -4 and 64, at 6 positions: one shift and one addition for each but
// the zero. 15 << 6 has 10 bits; sums up to 30720 with a sign have 16.
TEST_F(CountOperation, PowersOfTwoShiftOnceAndSkipZeros) {
  CountedOperation counted = count("tosa.conv2d", powersOfTwo("s4", "0x01, 0x7B", 64));
  EXPECT_EQ(counted.operations, (Counts{{"shift 10", 18}, {"add 16", 18}}));
  EXPECT_EQ(counted.products, 24); // zeros too
  EXPECT_EQ(counted.product.kind, OperationKind::Shift);
  EXPECT_EQ(counted.int8, (Counts{{"multiply 8", 24}, {"add 32", 24}}));
  EXPECT_EQ(counted.weights, 4);
  EXPECT_EQ(counted.zeroWeights, 1);
  EXPECT_TRUE(counted.skipsZeros);
  EXPECT_EQ(counted.weightBits, 4);
  EXPECT_EQ(counted.accumulatorBits, 16);
}

// Weights 3 = 2 + 1 and 0, then -10 = -(8 + 2) and 8: five terms. 15 << 3 has 7 bits.
TEST_F(CountOperation, SumsOfPowersOfTwoShiftOncePerTerm) {
  CountedOperation counted = count("tosa.conv2d", powersOfTwo("additive s4", "0x03, 0x6F", 10));
  EXPECT_EQ(counted.operations, (Counts{{"shift 7", 30}, {"add 16", 30}}));
  EXPECT_EQ(counted.zeroWeights, 1);
  // As many as if nothing were known of the weights.
  EXPECT_EQ(counted.spared, (Counts{{"shift 7", 18}, {"add 16", 18}}));
}

// A filter that is no constant: as many terms as a code can have, two of four weights.
TEST_F(CountOperation, UnknownWeightsHaveAllTerms) {
  std::string text = powersOfTwo("additive s4", "0x03, 0x6F", 10);
  size_t at = text.find("%p = ml_program");
  text.erase(at, text.find('\n', at) - at);
  text.replace(text.find("%x: tensor<1x2x3x2x!u4>"), 23,
               "%x: tensor<1x2x3x2x!u4>, %p: tensor<2x1x1x2x!pot>");
  CountedOperation counted = count("tosa.conv2d", text);
  EXPECT_EQ(counted.operations, (Counts{{"shift 7", 48}, {"add 16", 48}}));
  EXPECT_EQ(counted.weights, 0);
  EXPECT_FALSE(counted.skipsZeros);
  EXPECT_TRUE(counted.spared.isEmpty());
}

namespace {
/// Codes 0..100 of four channels, four elements each, to u8<0:15>.
std::string requantize(const std::string &constants) {
  return R"(
    !from = !quant.uniform<u8<0:100>:f32, 0.5>
    !to = !quant.uniform<u8<0:15>:f32, 1.0>
    func.func @main(%x: tensor<1x2x2x4x!from>) -> tensor<1x2x2x4x!to> {
      %y = tally.requantize %x )" +
         constants + R"( : tensor<1x2x2x4x!from> -> tensor<1x2x2x4x!to>
      return %y : tensor<1x2x2x4x!to>
    })";
}
} // namespace

// Channel 0: c -> c; channel 1: a constant; channel 2: 7 c + half, shifted by 6, at most 11;
// channel 3: -c + 15. Sums lie in -85..732 (11 bits), shifted ones in -85..100 (8 bits).
TEST_F(CountOperation, RequantizationByChannel) {
  std::string text = requantize(
      "multiplier dense<[1, 0, 7, -1]> : tensor<4xi32> offset dense<[0, 9, 0, 15]> : tensor<4xi64> "
      "shift dense<[0, 0, 6, 0]> : tensor<4xi8> rounding <half_up>");
  CountedOperation plain = count("tally.requantize", text);
  EXPECT_EQ(plain.operations,
            (Counts{{"multiply 32", 4}, {"add 11", 4 + 4}, {"shift 11", 4}, {"compare 8", 4 + 4}}));
  EXPECT_EQ(plain.int8, plain.operations);
  EXPECT_EQ(count("tally.requantize", text, MulFree::Macs).operations, plain.operations);
  // 7 = 8 - 1: two digits, two shifts, and two additions to the half.
  for (MulFree level : {MulFree::Compute, MulFree::Strict}) {
    CountedOperation shifted = count("tally.requantize", text, level);
    EXPECT_EQ(shifted.operations,
              (Counts{{"add 11", 4 + 8}, {"shift 11", 4 + 8}, {"compare 8", 4 + 4}}));
    EXPECT_EQ(shifted.int8, plain.operations);
  }
}

// Rounding down leaves no offset: the digit that is not negative starts the sum.
TEST_F(CountOperation, RequantizationWithoutOffset) {
  std::string text =
      requantize("multiplier dense<7> : tensor<1xi32> offset dense<0> : tensor<1xi64> "
                 "shift dense<6> : tensor<1xi8> rounding <floor>");
  EXPECT_EQ(count("tally.requantize", text).operations,
            (Counts{{"multiply 32", 16}, {"shift 10", 16}}));
  EXPECT_EQ(count("tally.requantize", text, MulFree::Compute).operations,
            (Counts{{"add 10", 16}, {"shift 10", 48}}));
}

// Codes 0..15 already: nothing is left to do.
TEST_F(CountOperation, RequantizationThatOnlyNamesAnotherStep) {
  CountedOperation counted = count("tally.requantize", R"(
    !from = !quant.uniform<u8<0:15>:f32, 0.5>
    !to = !quant.uniform<u8<0:15>:f32, 1.0>
    func.func @main(%x: tensor<3x!from>) -> tensor<3x!to> {
      %y = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<0> : tensor<1xi8>
          rounding <half_up> : tensor<3x!from> -> tensor<3x!to>
      return %y : tensor<3x!to>
    })");
  EXPECT_TRUE(counted.known);
  EXPECT_EQ(counted.operations, (Counts{}));
}

// Two codes of 0..100 make a sum of up to 200: 8 bits, and one bound that can be passed.
TEST_F(CountOperation, SumsOfCodesNeedABitMore) {
  std::string text = R"(
    !from = !quant.uniform<i32<0:100>:f32, 0.5>
    !to = !quant.uniform<u8<0:100>:f32, 0.5>
    func.func @main(%x: tensor<6x!from>) -> tensor<6x!to> {
      %s = tosa.add %x, %x : (tensor<6x!from>, tensor<6x!from>) -> tensor<6x!from>
      %y = tally.requantize %s multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<0> : tensor<1xi8>
          rounding <half_up> : tensor<6x!from> -> tensor<6x!to>
      return %y : tensor<6x!to>
    })";
  EXPECT_EQ(count("tosa.add", text).operations, (Counts{{"add 8", 6}}));
  EXPECT_EQ(count("tally.requantize", text).operations, (Counts{{"compare 8", 6}}));
}

// Seven magnitudes with a sign, and zero: 15 levels, 14 thresholds.
TEST_F(CountOperation, SnapCompares) {
  CountedOperation counted = count("tally.snap", R"(
    !from = !quant.uniform<i16<-1000:1000>:f32, 0.25>
    !to = !quant.uniform<i8<-64:64>:f32, 0.5>
    func.func @main(%x: tensor<5x!from>) -> tensor<5x!to> {
      %y = tally.snap %x to !tally.pot<s4, 0.5> : tensor<5x!from> -> tensor<5x!to>
      return %y : tensor<5x!to>
    })");
  EXPECT_EQ(counted.operations, (Counts{{"compare 11", 70}}));
  EXPECT_EQ(counted.int8, (Counts{}));
}

// Of the wider operand, for each element of what a gate is broadcast to; a table is its constants.
TEST_F(CountOperation, ProductsAndTables) {
  std::string text = R"(
    !u4 = !quant.uniform<u8<0:15>:f32, 0.5>
    !u6 = !quant.uniform<u8<0:63>:f32, 0.5>
    !product = !quant.uniform<u16<0:945>:f32, 0.25>
    func.func @main(%x: tensor<1x4x4x3x!u4>, %g: tensor<1x1x1x3x!u6>, %t: tensor<16x!u6>) -> (tensor<1x4x4x3x!product>, tensor<1x4x4x3x!u6>) {
      %m = tally.multiply %x, %g : (tensor<1x4x4x3x!u4>, tensor<1x1x1x3x!u6>) -> tensor<1x4x4x3x!product>
      %y = tally.table %x, %t : (tensor<1x4x4x3x!u4>, tensor<16x!u6>) -> tensor<1x4x4x3x!u6>
      return %m, %y : tensor<1x4x4x3x!product>, tensor<1x4x4x3x!u6>
    })";
  EXPECT_EQ(count("tally.multiply", text).operations, (Counts{{"multiply 6", 48}}));
  EXPECT_EQ(count("tally.multiply", text).int8, (Counts{{"multiply 8", 48}}));
  EXPECT_EQ(count("tally.table", text).operations, (Counts{}));
  EXPECT_TRUE(count("tally.table", text).known);
}

TEST_F(CountOperation, PoolsAndBoxes) {
  std::string text = R"(
    !u4 = !quant.uniform<u8<0:15>:f32, 0.5>
    !sum = !quant.uniform<u8<0:60>:f32, 0.5>
    !box = !quant.uniform<i16<0:405>:f32, 0.5>
    func.func @main(%x: tensor<1x4x4x3x!u4>) -> (tensor<1x2x2x3x!u4>, tensor<1x2x2x3x!sum>, tensor<1x2x2x1x!box>) {
      %m = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3x!u4>) -> tensor<1x2x2x3x!u4>
      %s = tally.sum_pool2d %x kernel [2, 2] pad [0, 0, 0, 0] stride [2, 2] dilation [1, 1] : (tensor<1x4x4x3x!u4>) -> tensor<1x2x2x3x!sum>
      %b = tally.box_sum %x kernel [3, 3] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3x!u4>) -> tensor<1x2x2x1x!box>
      return %m, %s, %b : tensor<1x2x2x3x!u4>, tensor<1x2x2x3x!sum>, tensor<1x2x2x1x!box>
    })";
  EXPECT_EQ(count("tosa.max_pool2d", text).operations, (Counts{{"compare 4", 36}}));
  EXPECT_EQ(count("tosa.max_pool2d", text).accumulatorBits, 0);
  EXPECT_EQ(count("tally.sum_pool2d", text).operations, (Counts{{"add 6", 36}}));
  EXPECT_EQ(count("tally.sum_pool2d", text).int8, (Counts{{"add 32", 36}}));
  EXPECT_EQ(count("tally.sum_pool2d", text).accumulatorBits, 6);
  EXPECT_EQ(count("tally.box_sum", text).operations, (Counts{{"add 9", 4 * 26}}));
  EXPECT_EQ(count("tally.box_sum", text).int8, (Counts{}));
}

TEST_F(CountOperation, FloatsAndWhatIsNotKnown) {
  std::string text = R"(
    func.func @main(%x: tensor<2x3xf32>, %p: tensor<3xf32>) -> tensor<2x3xf32> {
      %b = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<2x3xf32>, tensor<3xf32>
      %c = tosa.clamp %b {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
      %s = tosa.sigmoid %c : (tensor<2x3xf32>) -> tensor<2x3xf32>
      %r = tosa.reshape %s, %shape : (tensor<2x3xf32>, !tosa.shape<2>) -> tensor<2x3xf32>
      return %r : tensor<2x3xf32>
    })";
  text.insert(text.find("%b ="), "%shape = tosa.const_shape {values = dense<[2, 3]> : "
                                 "tensor<2xindex>} : () -> !tosa.shape<2>\n");
  CountedOperation norm = count("tally.batch_norm", text);
  EXPECT_EQ(norm.operations, (Counts{{"multiply f32", 6}, {"add f32", 6}}));
  EXPECT_EQ(norm.int8,
            (Counts{{"multiply 32", 6}, {"add 64", 6}, {"shift 64", 6}, {"compare 64", 12}}));
  CountedOperation clamp = count("tosa.clamp", text);
  EXPECT_EQ(clamp.operations, (Counts{{"compare f32", 12}}));
  EXPECT_EQ(clamp.int8, (Counts{}));
  EXPECT_FALSE(count("tosa.sigmoid", text).known);
  EXPECT_TRUE(count("tosa.reshape", text).known);
  EXPECT_EQ(count("tosa.reshape", text).operations, (Counts{}));
}

// One operation less than there are elements, and for a mean the factor.
TEST_F(CountOperation, ReductionsAndMeans) {
  std::string text = R"(
    func.func @main(%x: tensor<1x4x4x3xf32>, %y: tensor<2x5xf32>, %z: tensor<1xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x5xf32>, tensor<2x1xf32>) {
      %a = tosa.avg_pool2d %x, %z, %z {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x3xf32>
      %m = tosa.reduce_max %y {axis = 0 : i32} : (tensor<2x5xf32>) -> tensor<1x5xf32>
      %s = tosa.reduce_sum %y {axis = 1 : i32} : (tensor<2x5xf32>) -> tensor<2x1xf32>
      return %a, %m, %s : tensor<1x2x2x3xf32>, tensor<1x5xf32>, tensor<2x1xf32>
    })";
  EXPECT_EQ(count("tosa.avg_pool2d", text).operations,
            (Counts{{"add f32", 36}, {"multiply f32", 12}}));
  EXPECT_EQ(count("tosa.avg_pool2d", text).int8, (Counts{{"add 32", 36}, {"multiply 32", 12}}));
  EXPECT_EQ(count("tosa.reduce_max", text).operations, (Counts{{"compare f32", 5}}));
  EXPECT_EQ(count("tosa.reduce_max", text).accumulatorBits, 0);
  EXPECT_EQ(count("tosa.reduce_sum", text).operations, (Counts{{"add f32", 8}}));
  EXPECT_EQ(count("tosa.reduce_sum", text).accumulatorBits, 32);
}

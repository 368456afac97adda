// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Filters of few different weights, which C has as codes of a few bits and unpacks by the filter.

#include "ByteLayer.h"
#include "SelfTest.h"

#include "tally/Driver/Registration.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace tally;
using test::ByteLayer;

namespace {

class FewLevels : public testing::Test {
protected:
  FewLevels() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// For cores that take words of it, and for one that goes byte by byte.
  void expectOnCores(const std::string &text) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    for (const char *processor : {"cortex-m4", "cortex-m0plus"})
      test::expectSelfTest(*module, processor, text);
  }

  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
};

/// Networks of convolutions 1x1 of 24 channels, between them codes on one scale.
class Network {
public:
  std::string conv(const std::string &input, const std::string &filter, int filters) {
    std::string name = fresh(), type = map(filters);
    body += name + "w = ml_program.global_load_const @" + filter + " : " + weights(filters, "!w") +
            "\n" + name + "s = tosa.conv2d " + input + ", " + name +
            "w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, "
            "0>, stride = array<i64: 1, 1>} : (" +
            map(24) + "!x>, " + weights(filters, "!w") +
            ", tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> " + type + "!s>\n" + name +
            " = tally.requantize " + name +
            "s multiplier dense<3> : tensor<1xi32> offset dense<9000> : tensor<1xi64> shift "
            "dense<7> : tensor<1xi8> rounding <half_up> : " +
            type + "!s> -> " + type + "!x>\n";
    return name;
  }
  std::string apply(const std::string &op, const std::string &operands, const std::string &types) {
    std::string name = fresh();
    body += name + " = " + op + " " + operands + " : " + types + "\n";
    return name;
  }
  static std::string map(int channels) { return "tensor<1x6x4x" + std::to_string(channels) + "x"; }

  std::string finish(const std::string &result, const std::string &type) const {
    std::string text = "!x = !quant.uniform<u8:f32, 0.5:3>\n!w = !quant.uniform<i8<-3:3>:f32, "
                       "0.25>\n!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>\n"
                       "module attributes {tally.stage = #tally.stage<integer>} {\n";
    for (auto [name, filters] : {std::pair("even", 24), std::pair("odd", 23)}) {
      std::string bytes;
      for (int i = 0; i < filters * 24; ++i)
        bytes += llvm::utohexstr(((i * 61 + i / 5 * 13) % 7 - 3) & 255, /*LowerCase=*/false, 2);
      text += "ml_program.global private @" + std::string(name) + "(dense<\"0x" + bytes +
              "\"> : " + weights(filters, "i8") + ") : " + weights(filters, "!w") + "\n";
    }
    return text + "func.func @main(%x: " + map(24) + "!x>) -> " + type +
           R"( {
             %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
             %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
             %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
           )" +
           body + "return " + result + " : " + type + "\n}\n}";
  }

private:
  std::string fresh() { return "%v" + std::to_string(next++); }
  static std::string weights(int filters, const std::string &element) {
    return "tensor<" + std::to_string(filters) + "x1x1x24x" + element + ">";
  }

  std::string body;
  int next = 0;
};

} // namespace

// Rows that end inside a byte, filters that tiles do not divide, one output and many.
TEST_F(FewLevels, OfEveryWidth) {
  const ByteLayer layers[] = {{1, 1, 24, 70, 1, 1, 1, 1},
                              {6, 13, 5, 33, 3, 1, 2, 3},
                              {9, 17, 12, 17, 2, 1, 2, 7},
                              {3, 19, 3, 16, 3, 2, 1, 15},
                              {2, 5, 7, 31, 3, 1, 1, 3}};
  for (const ByteLayer &layer : layers)
    expectOnCores(test::makeByteLayer(layer, /*adder=*/false, layer.channels % 2 ? "i8" : "u8"));
}

// What goes on from the sums keeps filters apart: a layer behind a layer, and maxima of windows.
TEST_F(FewLevels, GoOnByFilter) {
  Network deep;
  std::string a = deep.conv("%x", "even", 24);
  expectOnCores(deep.finish(deep.conv(a, "odd", 23), Network::map(23) + "!x>"));

  Network pool;
  std::string d = pool.conv("%x", "odd", 23);
  std::string most = pool.apply(
      "tosa.max_pool2d",
      d + " {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}",
      "(" + Network::map(23) + "!x>) -> tensor<1x3x2x23x!x>");
  expectOnCores(pool.finish(most, "tensor<1x3x2x23x!x>"));
}

// Where channels are joined, it does not. Another order is another step, behind sums that are
// stored.
TEST_F(FewLevels, AreStoredWhereFiltersMix) {
  Network joined;
  std::string a = joined.conv("%x", "even", 24), b = joined.conv("%x", "odd", 23);
  std::string pieces = joined.apply("tosa.concat", a + ", " + b + " {axis = 3 : i32}",
                                    "(" + Network::map(24) + "!x>, " + Network::map(23) +
                                        "!x>) -> " + Network::map(47) + "!x>");
  expectOnCores(joined.finish(pieces, Network::map(47) + "!x>"));

  Network turned;
  std::string c = turned.conv("%x", "odd", 23);
  std::string front = turned.apply("tosa.transpose", c + " {perms = array<i32: 0, 3, 1, 2>}",
                                   "(" + Network::map(23) + "!x>) -> tensor<1x23x6x4x!x>");
  expectOnCores(turned.finish(front, "tensor<1x23x6x4x!x>"));
}

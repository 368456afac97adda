// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ByteLayer.h"

#include "llvm/ADT/StringExtras.h"
#include <cassert>

namespace tally::test {

/// The least and the largest of `codes`, such as `i8<-2:5>` or `u8`.
static std::pair<int, int> getRange(llvm::StringRef codes) {
  std::pair<int, int> range = codes[0] == 'u' ? std::pair(0, 255) : std::pair(-128, 127);
  auto [least, largest] = codes.split('<').second.split(':');
  if (!largest.empty()) {
    bool failed = least.getAsInteger(10, range.first);
    failed |= largest.drop_back().getAsInteger(10, range.second);
    assert(!failed && "has two numbers");
  }
  return range;
}

std::string makeByteLayer(const ByteLayer &layer, bool adder, const std::string &codes,
                          CodesFrom from, int zero) {
  auto shape = [](std::initializer_list<int> sizes) {
    std::string text = "tensor<";
    for (int size : sizes)
      text += std::to_string(size) + "x";
    return text;
  };
  auto outputs = [&](int size, int kernel) {
    return (size + 2 - layer.dilation * (kernel - 1) - 1) / layer.stride + 1;
  };
  int width = layer.kernelWidth ? layer.kernelWidth : layer.kernel,
      own = layer.channels / layer.groups;
  std::pair<int, int> range = getRange(codes);
  bool clamped =
      from == CodesFrom::Layer || (layer.groups > 1 && codes.find('<') != std::string::npos);
  bool depthwise = !adder && layer.groups > 1;
  auto pair = [](int value) { return std::to_string(value) + ", " + std::to_string(value); };
  std::string x = shape({1, layer.height, layer.width, layer.channels}),
              w = depthwise
                      ? shape({layer.kernel, width, layer.channels, layer.filters / layer.channels})
                      : shape({layer.filters, layer.kernel, width, own}),
              y = shape({1, outputs(layer.height, layer.kernel), outputs(layer.width, width),
                         layer.filters}),
              storage = codes[0] == 'u' ? "ui8" : "i8", bytes;
  for (int i = 0; i < layer.filters * layer.kernel * width * own; ++i) {
    int weight = i * 61 + i / 7 * 13;
    weight = adder ? range.first + weight % (range.second - range.first + 1)
                   : weight % (2 * layer.largest + 1) - layer.largest;
    bytes += llvm::utohexstr(weight & 255, /*LowerCase=*/false, 2);
  }
  // What comes from outside may be any byte, whatever its codes.
  std::string clamp =
      "%x = tally.requantize %in multiplier dense<1> : tensor<1xi32> offset dense<0>"
      " : tensor<1xi64> shift dense<0> : tensor<1xi8> rounding <floor> : " +
      x + "!x> -> " + x + "!x>\n";
  std::string text =
      "!x = !quant.uniform<" + codes + ":f32, 0.5:" + std::to_string(zero) + ">\n!w = " +
      (adder ? "!x"
             : "!quant.uniform<i8<-" + std::to_string(layer.largest) + ":" +
                   std::to_string(layer.largest) + ">:f32, 0.25>") +
      "\n!s = !quant.uniform<i32<-1000000:" + (adder ? "0" : "1000000") +
      ">:f32, 0.5>\n!q = !quant.uniform<" + (codes[0] == 'u' ? "u8" : "i8") +
      ":f32, 0.5>\nmodule attributes {tally.stage = #tally.stage<integer>} {\n"
      "ml_program.global private @w(dense<\"0x" +
      bytes + "\"> : " + w + (adder ? storage : "i8") + ">) : " + w + "!w>\nfunc.func @main(" +
      (clamped ? "%in: " : "%x: ") + x + "!x>) -> " + y + "!q> {\n" + (clamped ? clamp : "") +
      "%w = ml_program.global_load_const @w : " + w + "!w>\n";
  if (adder)
    text += "%y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [" + pair(layer.stride) +
            "] dilation [" + pair(layer.dilation) + "] group " + std::to_string(layer.groups) +
            " : (" + x + "!x>, " + w + "!w>) -> " + y + "!s>\n";
  else
    text +=
        R"(%b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
               %z = "tosa.const"() <{values = dense<)" +
        std::to_string(zero) + "> : tensor<1x" + storage + ">}> : () -> tensor<1x" + storage + R"(>
               %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
               %y = tosa.)" +
        std::string(depthwise ? "depthwise_conv2d" : "conv2d") +
        R"( %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: )" + pair(layer.dilation) +
        ">, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: " + pair(layer.stride) + ">} : (" +
        x + "!x>, " + w + "!w>, tensor<1xi32>, tensor<1x" + storage + ">, tensor<1xi8>) -> " + y +
        "!s>\n";
  // Sums of few codes lie close together: half a code for each one, around the middle of theirs.
  int multiplier = 3, offset = adder ? 90000 : 20000, different = range.second - range.first + 1;
  if (adder && different < 256) {
    int terms = layer.kernel * width * own;
    multiplier = 256;
    offset = multiplier * terms * (different * different - 1) / (3 * different) +
             (codes[0] == 'u' ? 128 * 512 : 0);
  }
  return text + "%q = tally.requantize %y multiplier dense<" + std::to_string(multiplier) +
         "> : tensor<1xi32> offset dense<" + std::to_string(offset) +
         "> : tensor<1xi64> shift dense<9> : tensor<1xi8> rounding <half_up> : " + y + "!s> -> " +
         y + "!q>\nreturn %q : " + y + "!q>\n}\n}";
}

std::string makeGroupedConvolution(const ByteLayer &layer, const std::string &codes) {
  int own = layer.channels / layer.groups, filters = layer.filters / layer.groups;
  std::string storage = codes[0] == 'u' ? "ui8" : "i8";
  auto tensor = [](std::initializer_list<int> sizes, const std::string &element) {
    std::string text = "tensor<";
    for (int size : sizes)
      text += std::to_string(size) + "x";
    return text + element + ">";
  };
  auto outputs = [&](int size) {
    return (size + 2 - layer.dilation * (layer.kernel - 1) - 1) / layer.stride + 1;
  };
  auto number = [](int value) { return std::to_string(value); };
  auto pair = [](int value) { return std::to_string(value) + ", " + std::to_string(value); };
  int height = outputs(layer.height), width = outputs(layer.width);
  std::string x = tensor({1, layer.height, layer.width, layer.channels}, "!x"),
              slice = tensor({1, layer.height, layer.width, own}, "!x"),
              w = tensor({filters, layer.kernel, layer.kernel, own}, "!w"),
              y = tensor({1, height, width, filters}, "!x"),
              result = tensor({1, height, width, layer.filters}, "!x"), parameters, body, parts,
              types;
  for (int group = 0; group < layer.groups; ++group) {
    std::string g = number(group), bytes;
    for (int i = 0; i < filters * layer.kernel * layer.kernel * own; ++i)
      bytes += llvm::utohexstr(
          ((i * 61 + i / 7 * 13 + group * 29) % (2 * layer.largest + 1) - layer.largest) & 255,
          /*LowerCase=*/false, 2);
    parameters += "ml_program.global private @w" + g + "(dense<\"0x" + bytes +
                  "\"> : " + tensor({filters, layer.kernel, layer.kernel, own}, "i8") + ") : " + w +
                  "\n";
    body +=
        "%from" + g + " = tosa.const_shape {values = dense<[0, 0, 0, " + number(group * own) +
        "]> : tensor<4xindex>} : () -> !tosa.shape<4>\n%s" + g + " = tosa.slice %x, %from" + g +
        ", %size : (" + x + ", !tosa.shape<4>, !tosa.shape<4>) -> " + slice + "\n%w" + g +
        " = ml_program.global_load_const @w" + g + " : " + w + "\n%b" + g +
        " = \"tosa.const\"() <{values = dense<" + number(7 + group) +
        "> : tensor<1xi32>}> : () -> tensor<1xi32>\n%y" + g + " = tosa.conv2d %s" + g + ", %w" + g +
        ", %b" + g + ", %z, %n {acc_type = i32, dilation = array<i64: " + pair(layer.dilation) +
        ">, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: " + pair(layer.stride) + ">} : (" +
        slice + ", " + w + ", tensor<1xi32>, tensor<1x" + storage + ">, tensor<1xi8>) -> " +
        tensor({1, height, width, filters}, "!s") + "\n%q" + g + " = tally.requantize %y" + g +
        " multiplier dense<" + number(group + 2) + "> : tensor<1xi32> offset dense<" +
        number(20000 + 100 * group) + "> : tensor<1xi64> shift dense<9> : tensor<1xi8> rounding <" +
        (group % 2 == 0 ? "half_up" : "floor") +
        "> : " + tensor({1, height, width, filters}, "!s") + " -> " + y + "\n";
    parts += (group == 0 ? "%q" : ", %q") + g;
    types += (group == 0 ? "" : ", ") + y;
  }
  return "!x = !quant.uniform<" + codes + ":f32, 0.5:3>\n!w = !quant.uniform<i8<-" +
         number(layer.largest) + ":" + number(layer.largest) +
         ">:f32, 0.25>\n!s = !quant.uniform<i32<-100000000:100000000>:f32, 0.5>\n"
         "module attributes {tally.stage = #tally.stage<integer>} {\n" +
         parameters + "func.func @main(%x: " + x + ") -> " + result +
         " {\n%z = \"tosa.const\"() <{values = dense<3> : tensor<1x" + storage +
         ">}> : () -> tensor<1x" + storage +
         ">\n%n = \"tosa.const\"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>\n"
         "%size = tosa.const_shape {values = dense<[1, " +
         number(layer.height) + ", " + number(layer.width) + ", " + number(own) +
         "]> : tensor<4xindex>} : () -> !tosa.shape<4>\n" + body + "%r = tosa.concat " + parts +
         " {axis = 3 : i32} : (" + types + ") -> " + result + "\nreturn %r : " + result + "\n}\n}";
}

} // namespace tally::test

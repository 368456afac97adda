//===- LayerWatch.cpp - what a self-test compares of each layer -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerWatch.h"

#include "tally/IR/Parameters.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

LayerWatch::LayerWatch(rtl::ModuleOp circuit, func::FuncOp entry)
    : entry(entry), valueNames(nameValues(entry)) {
  circuit.walk([&](rtl::InstanceOp instance) {
    auto value = instance->getAttrOfType<StringAttr>("value");
    if (!value)
      return;
    auto at = [&](StringRef name) {
      return instance.getParams().getAs<IntegerAttr>(name).getInt();
    };
    maps.push_back({instance.getName().str(), value.str(), at("DEPTH"), at("WIDTH"),
                    instance->getAttrOfType<BoolAttr>("signed").getValue()});
  });
}

/// Lines of a macro.
static std::string joinLines(const std::vector<std::string> &lines) {
  return llvm::join(lines, " \\\n  ");
}

std::string LayerWatch::wires() const {
  std::vector<std::string> lines;
  for (auto [index, map] : llvm::enumerate(maps)) {
    std::string i = std::to_string(index), data = "network." + map.instance + ".wdata";
    lines.push_back("assign written[" + i + "] = network." + map.instance + ".we;");
    lines.push_back("assign last_code[" + i + "] = network." + map.instance +
                    ".waddr == " + std::to_string(map.depth - 1) + ";");
    std::string code = data;
    if (map.width > 32) {
      code += "[31:0]";
    } else if (map.width < 32) {
      std::string sign = !map.isSigned    ? "1'b0"
                         : map.width == 1 ? data
                                          : data + "[" + std::to_string(map.width - 1) + "]";
      code = "{{" + std::to_string(32 - map.width) + "{" + sign + "}}, " + data + "}";
    }
    lines.push_back("assign codes[" + i + "*32 +: 32] = " + code + ";");
  }
  return joinLines(lines);
}

/// As part of a format.
static std::string escape(StringRef name) {
  std::string text;
  for (char c : name) {
    bool plain = llvm::isPrint(c) && c != '"' && c != '\\' && c != '`';
    // Some tools look for comments within strings.
    if (c == '/')
      text += "\\057";
    else
      text += plain ? c : '_';
    if (c == '%')
      text += c;
  }
  return text;
}

std::string LayerWatch::names() const {
  std::vector<std::string> lines;
  for (auto [index, map] : llvm::enumerate(maps))
    lines.push_back(std::to_string(index) + ": $display(\"image %0d: " +
                    (map.value.empty() ? "the input" : "layer '" + escape(map.value) + "'") +
                    " differs from the reference\", images[i]);");
  return joinLines(lines);
}

/// FNV-1a, a code of 32 bits at a time.
static uint32_t hashOf(const Tensor &codes) {
  uint32_t hash = 2166136261u;
  dispatch(codes.type(), [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_integral_v<T>)
      for (int64_t i = 0; i < codes.size(); ++i)
        hash = (hash ^ uint32_t(int64_t(codes.data<T>()[i]))) * 16777619u;
  });
  return hash;
}

FailureOr<std::vector<Tensor>> LayerWatch::interpret(const std::vector<Tensor> &inputs,
                                                     std::vector<uint32_t> &hashes) const {
  llvm::StringMap<uint32_t> found;
  for (const WatchedMap &map : maps)
    found[map.value] = 0;
  found[""] = hashOf(inputs[0]);
  InterpreterOptions options;
  options.onResult = [&](Operation *op, const Tensor &result) {
    if (auto name = valueNames.find(op); name != valueNames.end())
      if (auto hash = found.find(name->second); hash != found.end())
        hash->second = hashOf(result);
  };
  FailureOr<std::vector<Tensor>> results = tally::interpret(entry, inputs, options);
  for (const WatchedMap &map : maps)
    hashes.push_back(found[map.value]);
  return results;
}

} // namespace tally

//===- HlsWindow.cpp - loops over the taps of a window --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsWindow.h"

namespace tally::hls {

WindowNest::WindowNest(LayerBuilder &builder, const Window &window)
    : nest(builder.nest()), window(window), in(shapeOf(builder.op->getOperand(0))),
      out(shapeOf(builder.op->getResult(0))) {
  image = nest.loop("images", "n", out[0]);
  pixel[0] = nest.loop("rows", "oh", out[1]);
  pixel[1] = nest.loop("columns", "ow", out[2]);
}

void WindowNest::count(const Index &counter, int64_t size) {
  if (counter.asConstant())
    return;
  first += (first.empty() ? "" : " && ") + nest.text(counter) + " == 0";
  last += (last.empty() ? "" : " && ") + nest.text(counter) + " == " + std::to_string(size - 1);
}

void WindowNest::loopOverTaps() {
  tap[0] = nest.loop("kernel_rows", "kh", window.kernel[0]);
  tap[1] = nest.loop("kernel_columns", "kw", window.kernel[1]);
  for (int dim : {0, 1})
    count(tap[dim], window.kernel[dim]);
}

Index WindowNest::addUp(llvm::StringRef label, llvm::StringRef variable, int64_t size) {
  Index counter = nest.loop(label, variable, size);
  count(counter, size);
  return counter;
}

bool WindowNest::leaves(int dim) const {
  int64_t end =
      (out[1 + dim] - 1) * window.stride[dim] - window.padBefore(dim) + window.extent(dim);
  return window.padBefore(dim) > 0 || end > in[1 + dim];
}

bool WindowNest::pads() const { return leaves(0) || leaves(1); }

Number WindowNest::load(const Array &input, const Index &channel, int64_t padding) {
  static constexpr const char *kNames[] = {"h", "w"};
  std::string inside;
  Index at[2];
  for (int dim : {0, 1}) {
    at[dim] = pixel[dim].times(window.stride[dim]) + tap[dim].times(window.dilation[dim]) +
              Index(-window.padBefore(dim));
    if (!leaves(dim))
      continue;
    std::string name = nest.defineInt(kNames[dim], nest.text(at[dim]));
    inside += (inside.empty() ? "" : " && ") + name + " >= 0 && " + name + " < " +
              std::to_string(in[1 + dim]);
    at[dim] = Index(name);
  }
  Number element = nest.at(input, {image, at[0], at[1], channel});
  if (inside.empty())
    return nest.define("x", element);
  CodeRange range = unite(element.range, only(padding));
  return nest.define("x",
                     select(nest.defineInt("inside", inside), element, constant(padding, range)));
}

void WindowNest::store(const Array &output, const Index &channel, const Number &value) {
  if (hasTaps())
    nest.line("if (" + last + ")");
  nest.line((hasTaps() ? "  " : "") + nest.at(output, {image, pixel[0], pixel[1], channel}).text +
            " = " + convert(value, output.range).text + ";");
}

} // namespace tally::hls

//===- HlsWindow.h - loops over the taps of a window ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target. One perfect nest computes all of a layer: its first tap begins a sum, its
// last one hands it on. Accumulators are those of one pixel.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSWINDOW_H
#define TALLY_LIB_TARGET_HLS_HLSWINDOW_H

#include "HlsProgram.h"

#include "tally/IR/Window.h"

namespace tally::hls {

class WindowNest {
public:
  /// Loops over the pixels of the result.
  WindowNest(LayerBuilder &builder, const Window &window);

  /// Loops over the taps of the window, and one more that adds up.
  void loopOverTaps();
  Index addUp(llvm::StringRef label, llvm::StringRef variable, int64_t count);

  /// The element of `input` under the tap, `padding` outside. To be called when all loops are
  /// there; defines `x`.
  Number load(const Array &input, const Index &channel, int64_t padding);

  const Index &row() const { return tap[0]; }
  const Index &column() const { return tap[1]; }
  /// Whether the map ends within windows.
  bool pads() const;
  bool hasTaps() const { return !first.empty(); }
  /// What holds at the first tap, and at the last; where there is one only, nothing.
  std::string first, last;

  /// `output[pixel][channel] = value` at the last tap.
  void store(const Array &output, const Index &channel, const Number &value);

private:
  bool leaves(int dim) const;
  void count(const Index &counter, int64_t size);

  Nest &nest;
  Window window;
  std::vector<int64_t> in, out;
  Index image, pixel[2], tap[2];
};

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSWINDOW_H

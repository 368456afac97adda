//===- SvgPlot.h - panels of curves as SVG ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TRAIN_HOST_SVGPLOT_H
#define TALLY_LIB_TRAIN_HOST_SVGPLOT_H

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// Values at the places of a figure; NaN where there is none.
struct Curve {
  std::string name;
  std::vector<double> values;
};

struct Panel {
  std::string title;
  bool isLogarithmic = false; ///< shows what is above 0
  std::vector<Curve> curves;
};

/// Panels, one above the other, over the same places.
struct Figure {
  std::string title, places; ///< "epoch"
  std::vector<int64_t> x;    ///< rising
  std::vector<Panel> panels;
};

/// SVG 1.1, whole. Panels and curves without a value are left out. Black on a white ground that is
/// part of the figure, so that it looks the same in a dark viewer. Curves differ in colour and,
/// where there are more than colours, in their dashes; each has its name in the legend and shows it
/// when pointed at.
std::string toSvg(const Figure &figure);

} // namespace tally

#endif // TALLY_LIB_TRAIN_HOST_SVGPLOT_H

//===- SvgPlot.cpp - panels of curves as SVG ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SvgPlot.h"

#include "Ticks.h"
#include "tally/Support/Text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tally {

namespace {

// All lengths are pixels.
constexpr double kLeft = 72, kWidth = 560, kTop = 62, kGap = 62, kBottom = 48;
constexpr double kLeastHeight = 190, kMostHeight = 700; ///< of a panel
constexpr double kFont = 12, kLetter = 6.4;             ///< width of a letter, about
constexpr double kLegendGap = 20, kLegendRow = 17, kSample = 26, kMargin = 16;
constexpr size_t kLongestName = 34;

/// Colours that those who see few can tell apart too (Okabe and Ito, 2008), on white.
constexpr const char *kColours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                    "#56B4E9", "#E69F00", "#000000"};
constexpr const char *kDashes[] = {"", "7 3", "2 2", "9 3 2 3", "14 4"};

std::string toText(double pixels) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, pixels, std::chars_format::fixed, 1);
  return {text, end.ptr};
}

/// Text as XML has it, on one line; what XML cannot have shows what it holds.
std::string escape(const std::string &text) {
  std::string escaped;
  for (char c : printable(text))
    escaped += c == '&'   ? "&amp;"
               : c == '<' ? "&lt;"
               : c == '>' ? "&gt;"
               : c == '"' ? "&quot;"
                          : std::string(1, c);
  return escaped;
}

/// The beginning and the end of a long name, cut between characters.
std::string shorten(const std::string &name) {
  std::string shown = printable(name);
  if (shown.size() <= kLongestName)
    return shown;
  auto isInside = [&](size_t at) { return (uint8_t(shown[at]) & 0xC0) == 0x80; };
  size_t head = kLongestName / 2 - 2, tail = shown.size() - kLongestName / 2 + 1;
  while (isInside(head))
    --head;
  while (tail < shown.size() && isInside(tail))
    ++tail;
  return shown.substr(0, head) + "..." + shown.substr(tail);
}

std::string attribute(const char *name, double pixels) {
  return std::string(" ") + name + "=\"" + toText(pixels) + "\"";
}

std::string makeLine(double x1, double y1, double x2, double y2, const std::string &style) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
         attribute("y2", y2) + " " + style + "/>\n";
}

/// `anchor`: the side of the text at x, "start", "middle" or "end".
std::string makeText(double x, double y, const char *anchor, const std::string &text,
                     const std::string &style = "") {
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + anchor + "\"" +
         (style.empty() ? "" : " " + style) + ">" + escape(text) + "</text>\n";
}

/// How curve `index` is drawn.
std::string getStroke(size_t index) {
  size_t dash = index / std::size(kColours) % std::size(kDashes);
  std::string style =
      std::string("stroke=\"") + kColours[index % std::size(kColours)] + "\" stroke-width=\"1.8\"";
  return dash ? style + " stroke-dasharray=\"" + kDashes[dash] + "\"" : style;
}

/// A panel and where it is.
class PanelDrawer {
public:
  PanelDrawer(Panel shown, const std::vector<int64_t> &x) : panel(std::move(shown)), x(x) {
    std::vector<Curve> curves;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (Curve &curve : panel.curves) {
      bool isEmpty = true;
      for (double value : curve.values)
        if (isShown(value)) {
          low = std::min(low, value);
          high = std::max(high, value);
          isEmpty = false;
        }
      if (!isEmpty)
        curves.push_back(std::move(curve));
    }
    panel.curves = std::move(curves);
    if (isEmpty())
      return;
    // Names are in one column while there is room for them, then in two that make the panel higher.
    size_t count = panel.curves.size(), fit = size_t(kLeastHeight / kLegendRow);
    rows = std::clamp((count + 1) / 2, fit, size_t(kMostHeight / kLegendRow));
    columns = (count + rows - 1) / rows;
    height = std::max(kLeastHeight, double(rows) * kLegendRow);
    constexpr int kTicks = 5, kPlaces = 10;
    across = makeWholeAxis(double(x.front()), double(x.back()), kPlaces);
    up = panel.isLogarithmic ? makeLogarithmicAxis(low, high) : makeAxis(low, high, kTicks);
    for (const Curve &curve : panel.curves)
      longest = std::max(longest, shorten(curve.name).size());
  }

  bool isEmpty() const { return panel.curves.empty(); }

  double getWidth() const { return kLeft + kWidth + kLegendGap + double(columns) * columnWidth(); }
  double getHeight() const { return height; }

  std::string draw(double top, const std::string &places) const {
    std::string svg =
        "<g>\n" + makeText(kLeft, top - 10, "start", panel.title, "font-weight=\"bold\"");
    svg += drawGrid(top);
    for (size_t i = 0; i < panel.curves.size(); ++i)
      svg += drawCurve(i, top) + drawName(i, top);
    if (!places.empty())
      svg += makeText(kLeft + kWidth / 2, top + height + 36, "middle", places);
    return svg + "</g>\n";
  }

private:
  bool isShown(double value) const {
    return std::isfinite(value) && (value > 0 || !panel.isLogarithmic);
  }
  double placeX(double value) const { return kLeft + kWidth * across.place(value); }
  double placeY(double value, double top) const { return top + height * (1 - up.place(value)); }

  std::string drawGrid(double top) const {
    std::string svg;
    const std::string faint = "stroke=\"#dddddd\"", strong = "stroke=\"#555555\"";
    double bottom = top + height;
    for (double tick : up.ticks) {
      double y = placeY(tick, top);
      svg += makeLine(kLeft, y, kLeft + kWidth, y, faint) +
             makeLine(kLeft - 5, y, kLeft, y, strong) +
             makeText(kLeft - 8, y + 4, "end", toLabel(tick));
    }
    for (double tick : across.ticks) {
      if (tick < double(x.front()) || tick > double(x.back()))
        continue; // room beside a single place
      double at = placeX(tick);
      svg += makeLine(at, bottom, at, bottom + 5, strong) +
             makeText(at, bottom + 18, "middle", toLabel(tick));
    }
    return svg + makeLine(kLeft, top, kLeft, bottom, strong) +
           makeLine(kLeft, bottom, kLeft + kWidth, bottom, strong);
  }

  /// Lines through neighbours that have values; a dot where one has no neighbour.
  std::string drawCurve(size_t index, double top) const {
    const Curve &curve = panel.curves[index];
    std::string svg =
        "<g fill=\"none\" " + getStroke(index) + "><title>" + escape(curve.name) + "</title>\n";
    size_t count = std::min(curve.values.size(), x.size());
    for (size_t begin = 0, end; begin < count; begin = end) {
      std::string points;
      for (end = begin; end < count && isShown(curve.values[end]); ++end)
        points += (points.empty() ? "" : " ") + toText(placeX(double(x[end]))) + "," +
                  toText(placeY(curve.values[end], top));
      if (end == begin + 1)
        svg += "<circle" + attribute("cx", placeX(double(x[begin]))) +
               attribute("cy", placeY(curve.values[begin], top)) + " r=\"2.5\"/>\n";
      else if (end > begin)
        svg += "<polyline points=\"" + points + "\"/>\n";
      else
        ++end;
    }
    return svg + "</g>\n";
  }

  // The legend is right of the panel.

  double columnWidth() const { return kSample + 8 + double(longest) * kLetter + kMargin; }

  std::string drawName(size_t index, double top) const {
    size_t column = index / rows;
    double left = kLeft + kWidth + kLegendGap + double(column) * columnWidth();
    double y = top + 6 + double(index % rows) * kLegendRow;
    return makeLine(left, y, left + kSample, y, getStroke(index)) +
           makeText(left + kSample + 8, y + 4, "start", shorten(panel.curves[index].name));
  }

  Panel panel; ///< of curves that show something
  const std::vector<int64_t> &x;
  Axis across, up;
  double height = 0;
  size_t rows = 0, columns = 0, longest = 0; ///< of the legend; letters of a name
};

} // namespace

std::string toSvg(const Figure &figure) {
  std::vector<PanelDrawer> panels;
  if (!figure.x.empty())
    for (const Panel &panel : figure.panels)
      if (PanelDrawer drawer(panel, figure.x); !drawer.isEmpty())
        panels.push_back(drawer);
  double width = kLeft + kWidth + kMargin, height = kTop + kBottom;
  std::string drawn;
  for (const PanelDrawer &panel : panels) {
    bool isLast = &panel == &panels.back();
    drawn += panel.draw(height - kBottom, isLast ? figure.places : "");
    width = std::max(width, panel.getWidth());
    height += panel.getHeight() + (isLast ? 0 : kGap);
  }

  std::string size = toText(width) + " " + toText(height);
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\"" + attribute("width", width) +
      attribute("height", height) + " viewBox=\"0 0 " + size +
      "\" font-family=\"sans-serif\" font-size=\"" + toText(kFont) +
      "\" fill=\"#222222\">\n<title>" + escape(figure.title) +
      "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" +
      makeText(kLeft, 24, "start", figure.title, "font-size=\"15\" font-weight=\"bold\"");
  if (panels.empty())
    drawn = makeText(kLeft, kTop, "start", "nothing to show yet");
  return svg + drawn + "</svg>\n";
}

} // namespace tally

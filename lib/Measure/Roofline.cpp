//===- Roofline.cpp - layers under the roofs of this machine --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Roofline.h"

#include "tally/Support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>

using llvm::formatv;

namespace tally {

namespace {

/// Classes `k0`, `k1`, ... are the colours of limits.
constexpr const char *kStyle = R"(<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.soft { fill: #59636e }
.number { font-size: 10px; text-anchor: middle }
.right { text-anchor: end }
.middle { text-anchor: middle }
.paper { fill: #ffffff }
.grid, .leader { stroke: #d1d9e0; stroke-width: 1; fill: none }
.frame { stroke: #59636e; fill: none }
.roof { stroke-width: 2; fill: none }
.dot { stroke: #ffffff; stroke-width: 1 }
.slope { stroke: #59636e; stroke-width: 2; fill: none }
.k0 { fill: #0969da } .k1 { fill: #bc4c00 } .k2 { fill: #1a7f37 } .k3 { fill: #8250df } .k4 { fill: #bf3989 } .k5 { fill: #7d4e00 }
.r0 { stroke: #0969da } .r1 { stroke: #bc4c00 } .r2 { stroke: #1a7f37 } .r3 { stroke: #8250df } .r4 { stroke: #bf3989 } .r5 { stroke: #7d4e00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.soft { fill: #9198a1 }
.paper { fill: #0d1117 }
.grid, .leader { stroke: #30363d }
.frame, .slope { stroke: #9198a1 }
.dot { stroke: #0d1117 }
.k0 { fill: #4493f8 } .k1 { fill: #f0883e } .k2 { fill: #3fb950 } .k3 { fill: #ab7df8 } .k4 { fill: #db61a2 } .k5 { fill: #d29922 }
.r0 { stroke: #4493f8 } .r1 { stroke: #f0883e } .r2 { stroke: #3fb950 } .r3 { stroke: #ab7df8 } .r4 { stroke: #db61a2 } .r5 { stroke: #d29922 }
}
</style>
)";
constexpr size_t kColours = 6;

/// Any bytes as text of XML.
std::string escape(const std::string &text) {
  std::string escaped;
  for (char c : printable(text)) {
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    default:
      escaped += c;
    }
  }
  // The two characters that XML lacks and printable text has.
  for (const char *none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (size_t at; (at = escaped.find(none)) != std::string::npos;)
      escaped.replace(at, 3, "?");
  return escaped;
}

/// The first characters of a long text, of UTF-8 that `printable` has made.
std::string shorten(const std::string &text) {
  constexpr size_t kMost = 44;
  std::string shown = printable(text);
  size_t characters = 0;
  for (size_t at = 0; at < shown.size(); ++at)
    if ((shown[at] & 0xC0) != 0x80 && ++characters == kMost)
      return shown.substr(0, at) + "...";
  return shown;
}

/// A logarithmic axis: values `low` to `high` at pixels `from` to `to`.
struct Axis {
  double low, high, from, to;

  double at(double value) const {
    return from + (to - from) * std::log(value / low) / std::log(high / low);
  }
  /// 1, 2 and 5 times powers of ten; of powers of ten alone where these are many.
  std::vector<double> ticks() const {
    std::vector<double> ticks;
    bool isLong = high / low > 1e4;
    for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
      for (double step : {1.0, 2.0, 5.0})
        if (decade * step >= low && decade * step <= high && (step == 1 || !isLong))
          ticks.push_back(decade * step);
    return ticks;
  }
};

struct Box {
  double left, top, right, bottom;
  bool overlaps(const Box &other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

constexpr double kGiga = 1e9;

class Picture {
public:
  Picture(const LayerProfile &profile, const std::string &title)
      : profile(profile), title(title), os(text) {
    for (const LayerTime &layer : profile.layers)
      if (layer.seconds > 0 && layer.operations > 0 && layer.bytes > 0)
        layers.push_back(&layer);
  }

  std::string draw() {
    constexpr double kLeft = 64, kTop = 56, kPlotWidth = 560, kLegend = 470, kRow = 18;
    double plotHeight = std::max(420.0, kRow * double(layers.size()) - 24);
    double width = kLeft + kPlotWidth + 40 + kLegend, height = kTop + plotHeight + 56;
    chooseRanges();
    x.from = kLeft, x.to = kLeft + kPlotWidth;
    y.from = kTop + plotHeight, y.to = kTop;
    os << formatv("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:F0}\" height=\"{1:F0}\" "
                  "viewBox=\"0 0 {0:F0} {1:F0}\">\n",
                  width, height)
       << kStyle << "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
       << formatv("<text class=\"title\" x=\"{0:F0}\" y=\"28\">{1}</text>\n", kLeft, escape(title));
    drawAxes();
    drawRoofs();
    drawDots();
    drawLegend(x.to + 40, kRow);
    os << "</svg>\n";
    return std::move(text);
  }

private:
  double intensity(const LayerTime &layer) const {
    return double(layer.operations) / double(layer.bytes);
  }
  double rate(const LayerTime &layer) const {
    return double(layer.operations) / layer.seconds / kGiga;
  }

  /// Everything has a place, and some room around it.
  void chooseRanges() {
    x.low = y.low = INFINITY;
    x.high = y.high = 0;
    auto take = [](Axis &axis, double value) {
      axis.low = std::min(axis.low, value);
      axis.high = std::max(axis.high, value);
    };
    for (const LayerTime *layer : layers) {
      take(x, intensity(*layer));
      take(y, rate(*layer));
    }
    for (const OperationLimit &limit : profile.limits) {
      take(x, limit.rate / profile.activations.rate);
      take(y, limit.rate / kGiga);
    }
    if (x.high == 0) { // nothing to be seen
      take(x, 1);
      take(y, 1);
    }
    x.low /= 2, x.high *= 2.5;
    y.low /= 2, y.high *= 1.6;
  }

  void drawAxes() {
    for (double tick : x.ticks())
      os << formatv("<path class=\"grid\" d=\"M{0:F1} {1:F1}V{2:F1}\"/><text class=\"soft "
                    "middle\" x=\"{0:F1}\" y=\"{3:F1}\">{4}</text>\n",
                    x.at(tick), y.from, y.to, y.from + 17, nameOf(tick));
    for (double tick : y.ticks())
      os << formatv("<path class=\"grid\" d=\"M{0:F1} {1:F1}H{2:F1}\"/><text class=\"soft right\" "
                    "x=\"{3:F1}\" y=\"{4:F1}\">{5}</text>\n",
                    x.from, y.at(tick), x.to, x.from - 7, y.at(tick) + 4, nameOf(tick));
    os << formatv("<path class=\"frame\" d=\"M{0:F1} {1:F1}V{2:F1}H{3:F1}\"/>\n", x.from, y.to,
                  y.from, x.to)
       << formatv("<text class=\"middle\" x=\"{0:F1}\" y=\"{1:F1}\">operations a byte of inputs, "
                  "outputs and constants</text>\n",
                  (x.from + x.to) / 2, y.from + 40)
       << formatv("<text class=\"middle\" transform=\"translate(18 {0:F1}) rotate(-90)\">Gop/s"
                  "</text>\n",
                  (y.from + y.to) / 2);
  }

  static std::string nameOf(double tick) {
    return tick >= 1 ? formatv("{0:F0}", tick).str() : formatv("{0:F2}", tick).str();
  }

  /// Of reads up to the highest limit, and from there each limit.
  void drawRoofs() {
    double highest = 0;
    for (const OperationLimit &limit : profile.limits)
      highest = std::max(highest, limit.rate);
    if (highest == 0 || profile.activations.rate == 0)
      return;
    // From where it enters the picture.
    double first = std::max(x.low, y.low * kGiga / profile.activations.rate);
    double last = std::min(x.high, highest / profile.activations.rate);
    auto heightAt = [&](double place) { return y.at(place * profile.activations.rate / kGiga); };
    if (first < last) {
      os << formatv("<path class=\"slope\" d=\"M{0:F1} {1:F1}L{2:F1} {3:F1}\"/>\n", x.at(first),
                    heightAt(first), x.at(last), heightAt(last));
      double middle = std::sqrt(first * last);
      double angle = std::atan2(heightAt(last) - heightAt(first), x.at(last) - x.at(first)) * 180 /
                     3.14159265358979;
      os << formatv("<text class=\"soft middle\" transform=\"translate({0:F1} {1:F1}) "
                    "rotate({2:F1})\">{3:F0} GB/s, reads of {4:F0} kB</text>\n",
                    x.at(middle) - 5, heightAt(middle) - 8, angle, profile.activations.rate / kGiga,
                    double(profile.activations.bytes) / 1e3);
    }
    // Labels stand above their roofs where these begin, beside those of higher ones nearby.
    constexpr double kLabelWidth = 190, kLabelHeight = 14;
    double above = -INFINITY, shift = 0;
    llvm::SmallVector<size_t> order(profile.limits.size());
    for (size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    llvm::sort(order,
               [&](size_t a, size_t b) { return profile.limits[a].rate > profile.limits[b].rate; });
    for (size_t i : order) {
      const OperationLimit &limit = profile.limits[i];
      double height = y.at(limit.rate / kGiga);
      shift = height - above < kLabelHeight ? shift + kLabelWidth : 0;
      above = height;
      double start = x.at(std::max(x.low, limit.rate / profile.activations.rate));
      os << formatv("<path class=\"roof r{0}\" d=\"M{1:F1} {2:F1}H{3:F1}\"/><text class=\"k{0}\" "
                    "x=\"{4:F1}\" y=\"{5:F1}\">{6} {7:F1} Gop/s</text>\n",
                    i % kColours, start, height, x.to, start + 8 + shift, height - 6,
                    escape(limit.name), limit.rate / kGiga);
      taken.push_back({start + shift, height - 18, start + shift + kLabelWidth, height - 4});
      taken.push_back({start, height - 1, x.to, height + 1});
    }
  }

  static std::string colourOf(const LayerTime &layer) {
    return layer.parts.empty() ? "soft"
                               : "k" + std::to_string(layer.parts.front().limit % kColours);
  }

  void drawDots() {
    constexpr double kRadius = 4;
    for (const LayerTime *layer : layers) {
      double cx = x.at(intensity(*layer)), cy = y.at(rate(*layer));
      taken.push_back({cx - kRadius, cy - kRadius, cx + kRadius, cy + kRadius});
    }
    for (auto [index, layer] : llvm::enumerate(layers)) {
      double cx = x.at(intensity(*layer)), cy = y.at(rate(*layer));
      auto [lx, ly] = placeLabel(cx, cy, std::to_string(index + 1).size());
      if (std::hypot(lx - cx, ly - cy) > 14)
        os << formatv("<path class=\"leader\" d=\"M{0:F1} {1:F1}L{2:F1} {3:F1}\"/>\n", cx, cy, lx,
                      ly);
      os << formatv("<circle class=\"dot {0}\" cx=\"{1:F1}\" cy=\"{2:F1}\" r=\"{3}\"><title>{4}: "
                    "{5:F1} Gop/s, {6:P0} of the limit</title></circle>",
                    colourOf(*layer), cx, cy, kRadius, escape(layer->name), rate(*layer),
                    layer->share())
         << formatv("<text class=\"number\" x=\"{0:F1}\" y=\"{1:F1}\">{2}</text>\n", lx, ly + 3.5,
                    index + 1);
    }
  }

  /// Near the dot at (`cx`, `cy`), where nothing else is; the middle of the label.
  std::pair<double, double> placeLabel(double cx, double cy, size_t characters) {
    double halfWidth = 3.2 * double(characters) + 1, halfHeight = 6;
    std::pair<double, double> place = {cx, cy - 11};
    for (double radius = 11; radius < 200; radius += 6)
      for (int direction = 0; direction < 16; ++direction) {
        double angle = -1.5708 + direction * 0.392699;
        double lx = cx + radius * std::cos(angle), ly = cy + radius * std::sin(angle);
        Box box = {lx - halfWidth, ly - halfHeight, lx + halfWidth, ly + halfHeight};
        bool isInside =
            box.left > x.from && box.right < x.to && box.top > y.to && box.bottom < y.from;
        if (!isInside || llvm::any_of(taken, [&](const Box &other) { return box.overlaps(other); }))
          continue;
        taken.push_back(box);
        return {lx, ly};
      }
    return place;
  }

  void drawLegend(double left, double row) {
    double top = y.to + 4;
    os << formatv("<text class=\"soft\" x=\"{0:F1}\" y=\"{1:F1}\">layer</text><text class=\"soft "
                  "right\" x=\"{2:F1}\" y=\"{1:F1}\">Gop/s</text><text class=\"soft right\" "
                  "x=\"{3:F1}\" y=\"{1:F1}\">of limit</text>\n",
                  left + 28, top - row, left + 380, left + 440);
    for (auto [index, layer] : llvm::enumerate(layers))
      os << formatv("<text class=\"right {0}\" x=\"{1:F1}\" y=\"{2:F1}\">{3}</text><text "
                    "x=\"{4:F1}\" y=\"{2:F1}\">{5}</text><text class=\"right\" x=\"{6:F1}\" "
                    "y=\"{2:F1}\">{7:F1}</text><text class=\"right\" x=\"{8:F1}\" "
                    "y=\"{2:F1}\">{9:P0}</text>\n",
                    colourOf(*layer), left + 20, top + row * double(index), index + 1, left + 28,
                    escape(shorten(layer->name)), left + 380, rate(*layer), left + 440,
                    layer->share());
  }

  const LayerProfile &profile;
  std::string title;
  std::string text;
  llvm::raw_string_ostream os;
  llvm::SmallVector<const LayerTime *> layers;
  Axis x, y;
  std::vector<Box> taken;
};

} // namespace

std::string drawRoofline(const LayerProfile &profile, const std::string &title) {
  return Picture(profile, title).draw();
}

} // namespace tally

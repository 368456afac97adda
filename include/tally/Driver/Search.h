//===- Search.h - bits and arithmetic of each layer in a budget -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each layer alone does to the network's results is measured once, for every way in which it
// can be quantized. Losses and costs of layers are then added up, and the selection that loses
// least within the budget becomes a recipe.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DRIVER_SEARCH_H
#define TALLY_DRIVER_SEARCH_H

#include "tally/Driver/Images.h"
#include "tally/Support/File.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally {

struct SearchBudget {
  enum Kind {
    Bytes,         ///< constants at the width of their codes, as `report` has them
    BitOperations, ///< products, times the bits of inputs, times those of weights
    Energy,        ///< picojoules of an image, estimated
    Time,          ///< seconds of an image on one thread of this machine
    AccuracyDrop   ///< fraction of images; the smallest bytes that keep within it are wanted
  };
  Kind kind = Bytes;
  double most = 0;

  /// `bytes=N`, `bops=N`, `energy=X` with pJ, nJ, uJ or mJ, `time=X` with us, ms or s, or
  /// `accuracy-drop=POINTS` of a hundred.
  static Result<SearchBudget> parse(const std::string &text);
  std::string toText() const;
};

/// What a budget of this kind counts, for people.
std::string formatCost(SearchBudget::Kind kind, double cost);

struct SearchJob {
  std::string network; ///< a file with a float network; where it is not calibrated, that is done
  std::string recipe;  ///< what is not searched for; empty for 8 bits everywhere
  SearchBudget budget;
  /// Widths of weights; of adder layers, of inputs too.
  std::vector<int> bits = {2, 3, 4, 5, 6, 8};
  std::vector<std::string> formats = {"uniform"}; ///< of convolutions: a recipe's `levels`
  std::vector<int> activationBits; ///< of convolutions; empty: as the recipe has them
  std::string only;                ///< an extended regular expression: others stay as they are
  bool fit = false;                ///< whether adder layers are fitted while they are measured, too
  /// That layers are measured on, and recipes fit on, as in `QuantizeJob`.
  ImageOptions images;
  std::string judgeData;   ///< that accuracy is measured on; by default that of `images`
  int64_t points = 8;      ///< of the table, at least 2; 0 for none
  std::string energyTable; ///< a file; empty for the built-in table
  int64_t threads = 0;     ///< 0: one for every processor
  /// Where measurements are kept as soon as they are done. Those of an earlier search that depend
  /// on nothing that changed count. Empty for nowhere.
  std::string directory;
};

/// One way to quantize a layer.
struct LayerFormat {
  std::string levels; ///< "uniform", "pot", "apot"; "adder" for an adder layer
  int bits = 8, inputBits = 8;

  bool operator==(const LayerFormat &other) const {
    return levels == other.levels && bits == other.bits && inputBits == other.inputBits;
  }
  /// Whether weights are put onto levels by what outputs are.
  bool needsImages() const { return levels == "pot" || levels == "apot"; }
  std::string toText() const; ///< "apot 8x4": inputs and weights
};

/// What was measured of a network.
struct SearchFigures {
  double loss = 0; ///< of its results beside those of the float network
  int64_t bytes = 0;
  double bitOperations = 0, picojoules = 0;
  double seconds = 0;         ///< with a budget of time only
  std::optional<double> top1; ///< on the images that judge
  int64_t images = 0;         ///< how many judged
};

/// What a budget of this kind counts; with one of accuracy, bytes are saved.
double costOf(SearchBudget::Kind kind, const SearchFigures &figures);

struct SearchedLayer {
  struct Option {
    LayerFormat format;
    double loss = 0, cost = 0; ///< beside the network in which no layer changes
    std::string error;         ///< why it cannot be; empty where it can
  };
  std::string name;
  bool isAdder = false;
  LayerFormat base;            ///< what the recipe says
  std::string stays;           ///< why it cannot change; empty where it can
  std::vector<Option> options; ///< none where it stays
  size_t chosen = 0;
};

/// A recipe of the front.
struct SearchPoint {
  std::vector<size_t> choices; ///< of layers that do not stay, in order
  double cost = 0, loss = 0;   ///< as layers add up
  SearchFigures measured;      ///< of the whole network
};

struct Search {
  std::vector<SearchedLayer> layers;
  bool isDivergence = false; ///< losses are divergences in nats; else relative squared errors
  bool isExact = true;       ///< nothing loses less within the budget, as layers add up
  size_t selections = 0;     ///< that no other one beats
  std::optional<double> floatTop1;
  SearchFigures base; ///< of the recipe as it was given
  SearchPoint chosen;
  std::vector<SearchPoint> front; ///< with rising cost
  int64_t measured = 0, kept = 0; ///< networks: now, and by an earlier search
  std::string recipe;             ///< the text of the file
};

/// Fails where the budget cannot be met, with the least that can be. The recipe keeps within it:
/// the network that `quantize` makes of it with the same images was measured.
Result<Search> search(const SearchJob &job);

/// What was found, for people; as a JSON object; as a figure (SVG).
std::string toText(const SearchJob &job, const Search &search);
std::string toJson(const SearchJob &job, const Search &search);
std::string toSvg(const SearchJob &job, const Search &search);

} // namespace tally

#endif // TALLY_DRIVER_SEARCH_H

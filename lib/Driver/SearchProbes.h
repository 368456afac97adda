//===- SearchProbes.h - many networks, measured and kept --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_SEARCHPROBES_H
#define TALLY_LIB_DRIVER_SEARCHPROBES_H

#include "tally/Cost/EnergyTable.h"
#include "tally/Driver/Search.h"
#include "tally/Driver/Session.h"
#include "tally/Measure/Evaluate.h"

namespace tally {

/// A network to be measured.
struct SearchProbe {
  std::string recipe;  ///< its text
  bool fits = false;   ///< whether quantizing may measure outputs, and so needs images
  bool judged = false; ///< whether accuracy is wanted
  // What comes out.
  SearchFigures figures;
  std::string error; ///< empty where there are figures
  bool kept = false;
};

/// Quantizes a network by one recipe after another, several at a time.
class SearchProbes {
public:
  /// `path` is a file with the calibrated network, and `module` what it holds.
  static Result<SearchProbes> create(const SearchJob &job, const std::string &path,
                                     mlir::ModuleOp module);

  /// Whether losses are divergences.
  bool isDivergence() const { return divergence; }
  std::optional<double> floatTop1() const { return judgedFloat.top1; }

  /// Fills in figures or errors of each. Fails where they cannot be kept. Figures do not depend on
  /// the number of threads.
  Status measure(std::vector<SearchProbe> &probes, const std::string &title) const;

  /// Quantizes by the text of a recipe, in a context of its own; on at most `limit` images of the
  /// job, 0 for all.
  Result<Network> quantize(Session &session, const std::string &recipe, bool fits,
                           int64_t limit = 0) const;

private:
  Result<SearchFigures> run(const SearchProbe &probe, int threads) const;
  double getLoss(const Evaluation &evaluation) const;
  std::string hash(const SearchProbe &probe) const;
  bool find(SearchProbe &probe) const;
  Status keep(const SearchProbe &probe) const;
  Status hashCommon(mlir::ModuleOp module);

  const SearchJob *job = nullptr;
  std::string path;
  EnergyTable table;
  std::optional<NetworkImages> images, judging; ///< the latter where they are others
  Evaluation floatNetwork, judgedFloat;
  bool divergence = false;
  std::string common; ///< a hash of what all figures depend on
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_SEARCHPROBES_H

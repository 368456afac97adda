//===- Curves.cpp - training as a picture ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Curves.h"

#include "SvgPlot.h"
#include "tally/Support/Output.h"

#include <limits>
#include <map>

namespace tally {

static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A curve for every name, in the order in which names come up.
static std::vector<Curve> collectStepSizes(const std::vector<EpochRecord> &epochs) {
  std::vector<Curve> curves;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < epochs.size(); ++i)
    for (const auto &[name, size] : epochs[i].stepSizes) {
      auto [place, isNew] = places.emplace(name, curves.size());
      if (isNew)
        curves.push_back({name, std::vector<double>(epochs.size(), kNone)});
      curves[place->second].values[i] = size;
    }
  return curves;
}

std::string drawCurves(const std::vector<EpochRecord> &epochs, const std::string &title) {
  constexpr double kPercent = 100;
  Figure figure{title, "epoch", {}, {}};
  Curve loss{"loss", {}}, training{"training", {}}, evaluation{"evaluation", {}};
  for (const EpochRecord &epoch : epochs) {
    figure.x.push_back(epoch.epoch);
    loss.values.push_back(epoch.loss);
    training.values.push_back(kPercent * epoch.trainAccuracy.value_or(kNone));
    evaluation.values.push_back(kPercent * epoch.accuracy.value_or(kNone));
  }
  figure.panels = {{"loss", false, {loss}},
                   {"accuracy, %", false, {training, evaluation}},
                   {"step size", true, collectStepSizes(epochs)}};
  return toSvg(figure);
}

Status writeCurves(const std::string &path, const std::vector<EpochRecord> &epochs,
                   const std::string &title) {
  return writeFileAtomically(path, drawCurves(epochs, title));
}

} // namespace tally

//===- SearchTimes.h - how long layers take in their formats ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_SEARCHTIMES_H
#define TALLY_LIB_DRIVER_SEARCHTIMES_H

#include "Driver/SearchLayers.h"
#include "Driver/SearchProbes.h"

namespace tally {

/// Sets the cost of each option that is no error to the seconds that its layer takes, beside those
/// that it takes as the recipe has it: as measured in a network in which every layer that can has
/// its format.
Status measureTimes(const SearchRecipe &recipe, const SearchProbes &probes,
                    std::vector<SearchedLayer> &layers);

/// Seconds of an image on one thread, of the network that the text of a recipe makes.
Result<double> measureTime(const SearchProbes &probes, const std::string &recipe, bool fits);

} // namespace tally

#endif // TALLY_LIB_DRIVER_SEARCHTIMES_H

//===- Roofline.h - layers under the roofs of this machine ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_ROOFLINE_H
#define TALLY_MEASURE_ROOFLINE_H

#include "tally/Measure/LayerTimes.h"

namespace tally {

/// An SVG picture, both axes logarithmic: operations a byte against operations a second, the
/// measured limits as roofs, a numbered dot for each layer, and beside it what the numbers stand
/// for. Needs nothing from outside; dark where the viewer is. `title` stands above it.
std::string drawRoofline(const LayerProfile &profile, const std::string &title);

} // namespace tally

#endif // TALLY_MEASURE_ROOFLINE_H

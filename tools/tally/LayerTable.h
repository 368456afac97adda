//===- LayerTable.h - layers and limits as text and JSON --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TOOLS_TALLY_LAYERTABLE_H
#define TALLY_TOOLS_TALLY_LAYERTABLE_H

#include "tally/Driver/Benchmark.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tally {

/// The limits, what all layers at each reach of it, and a row for each layer.
void print(std::FILE *to, const LayerProfile &profile);

/// Sets `limits`, `memory` and `layers` of a report.
void addTo(nlohmann::json &report, const LayerProfile &profile);

/// Sets `explanation` of a report.
void addTo(nlohmann::json &report, const Explanation &explanation);

} // namespace tally

#endif // TALLY_TOOLS_TALLY_LAYERTABLE_H

//===- Curves.h - training as a picture -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_CURVES_H
#define TALLY_TRAIN_CURVES_H

#include "tally/Train/EpochLog.h"

namespace tally {

/// Loss, accuracy in percent, and step sizes by layer on a logarithmic axis, as SVG: a panel each,
/// where there is something to show.
std::string drawCurves(const std::vector<EpochRecord> &epochs, const std::string &title);

/// Puts them into a file, whole or not at all; `-` is stdout.
Status writeCurves(const std::string &path, const std::vector<EpochRecord> &epochs,
                   const std::string &title);

} // namespace tally

#endif // TALLY_TRAIN_CURVES_H

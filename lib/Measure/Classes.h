//===- Classes.h - results that are classes ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Measure: the first result, where it has a number for each class.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_MEASURE_CLASSES_H
#define TALLY_LIB_MEASURE_CLASSES_H

#include "tally/Measure/Evaluate.h"

namespace tally {

/// The numbers of one image.
int64_t countClasses(const Boundary &boundary);

/// Whether they stand in one row, so that each is that of a class.
bool returnsClasses(const Boundary &boundary);

} // namespace tally

#endif // TALLY_LIB_MEASURE_CLASSES_H

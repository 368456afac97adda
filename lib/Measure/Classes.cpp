//===- Classes.cpp - results that are classes -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Classes.h"

#include <algorithm>

using namespace mlir;

namespace tally {

int64_t countClasses(const Boundary &boundary) {
  Shape first = boundary.resultShapes().front();
  return numElements(first) / first[0];
}

bool returnsClasses(const Boundary &boundary) {
  Shape shape = boundary.resultShapes().front();
  return std::count_if(shape.begin() + 1, shape.end(), [](int64_t size) { return size > 1; }) <= 1;
}

} // namespace tally

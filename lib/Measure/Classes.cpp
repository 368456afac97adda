//===- Classes.cpp - results that are classes -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Classes.h"

#include "tally/Support/Text.h"

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

LogicalResult checkLabels(ModuleOp module, const Dataset &dataset, int64_t images,
                          int64_t classes) {
  for (int64_t index = 0; index < images; ++index)
    if (int64_t label = dataset.label(index); label >= classes)
      return module.emitError() << "has " << counted(classes, "class") << ", 0 to " << classes - 1
                                << ", but " << dataset.name(index) << " has the label " << label;
  if (int64_t known = dataset.classNames().size(); known > 0 && known < classes)
    emitWarning(UnknownLoc::get(module.getContext()))
        << "the network has " << counted(classes, "class") << ", but '" << dataset.spec()
        << "' only " << known << ": are folders numbered as the network numbers classes?";
  return success();
}

} // namespace tally

//===- DatasetSpec.h - the DATA argument, taken apart -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Private to openDataset. `text` is the whole argument, for messages.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DATA_DATASETSPEC_H
#define TALLY_LIB_DATA_DATASETSPEC_H

#include "DatasetFormats.h"

namespace tally {

struct Spec {
  std::string kind, body;
  bool hasRange = false;
  int64_t first = 0, last = 0;
};

/// Splits `KIND:BODY#FIRST-LAST`. A '#' that is not followed by digits and hyphens only is a part
/// of the path.
Result<Spec> parseSpec(const std::string &text);

/// The images and the labels of `npy:X.npy,Y.npy`, or the images alone.
Result<std::vector<std::string>> splitNpy(const Spec &spec, const std::string &text);

struct Split {
  std::string directory;
  bool train = false;
};

/// The folder and the part of `KIND:DIR:train|test`.
Result<Split> splitDirectory(const Spec &spec, const std::string &text);

/// The folder of `images:DIR` and what follows it. Anything else behind a comma is a part of the
/// path.
Result<FolderSpec> splitFolder(const Spec &spec, const std::string &text);

} // namespace tally

#endif // TALLY_LIB_DATA_DATASETSPEC_H

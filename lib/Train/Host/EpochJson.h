//===- EpochJson.h - epochs as JSON -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TRAIN_HOST_EPOCHJSON_H
#define TALLY_LIB_TRAIN_HOST_EPOCHJSON_H

#include "tally/Train/EpochLog.h"

namespace tally {

/// The records of a log's text, whose epochs rise; `path` is for errors.
Result<std::vector<EpochRecord>> parseEpochs(const std::string &text, const std::string &path);

} // namespace tally

#endif // TALLY_LIB_TRAIN_HOST_EPOCHJSON_H

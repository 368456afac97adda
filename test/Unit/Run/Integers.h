// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_RUN_INTEGERS_H
#define TALLY_TEST_UNIT_RUN_INTEGERS_H

#include "tally/Data/Tensor.h"

#include <vector>

namespace tally {

/// The elements of a tensor, which are integers of whatever type.
inline std::vector<int64_t> integers(const Tensor &tensor) {
  std::vector<int64_t> values;
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    values.assign(data, data + tensor.size());
  });
  return values;
}

} // namespace tally

#endif // TALLY_TEST_UNIT_RUN_INTEGERS_H

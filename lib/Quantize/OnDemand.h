//===- OnDemand.h - facts that follow from others ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize. What is known of a value often follows from what is known of its
// operands. Networks may be deeper than the stack, so nothing here calls itself.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_ONDEMAND_H
#define TALLY_LIB_QUANTIZE_ONDEMAND_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace tally {

/// Facts of type `Fact`, each computed once.
template <typename Key, typename Fact> class OnDemand {
public:
  void set(Key key, Fact fact) { known.insert_or_assign(key, std::move(fact)); }

  /// For `compute` below: the fact on `key`. Null where it is not known; then it is computed, in
  /// the order of these calls, before who asked is called again. Until it has all that it needs,
  /// `compute` may change nothing and emit nothing, and its result does not matter.
  const Fact *find(Key key) {
    auto it = known.find(key);
    if (it != known.end())
      return &it->second;
    wanted.push_back(key);
    return nullptr;
  }

  /// The fact on `goal`; a failure of `compute` ends all of it.
  mlir::FailureOr<Fact> get(Key goal, llvm::function_ref<mlir::FailureOr<Fact>(Key)> compute) {
    llvm::SmallVector<Key> stack = {goal};
    while (!stack.empty()) {
      Key key = stack.back();
      if (known.contains(key)) {
        stack.pop_back();
        continue;
      }
      wanted.clear();
      mlir::FailureOr<Fact> fact = compute(key);
      if (!wanted.empty())
        stack.append(wanted.rbegin(), wanted.rend());
      else if (mlir::failed(fact))
        return mlir::failure();
      else
        known.try_emplace(key, std::move(*fact));
    }
    return known.find(goal)->second;
  }

private:
  llvm::DenseMap<Key, Fact> known;
  llvm::SmallVector<Key> wanted;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_ONDEMAND_H

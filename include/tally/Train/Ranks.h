//===- Ranks.h - several processes train one network ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `mpirun -np N tally train ...`: each process, a rank of MPI, runs its part of the shards of a
// batch. All ranks then get the parts of all, and go on with the same numbers. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_RANKS_H
#define TALLY_TRAIN_RANKS_H

#include "tally/Support/File.h"

#include <cstdint>
#include <vector>

namespace tally {

class Ranks {
public:
  /// One of one, unless `mpirun` started this process. An error where it did, but Tally was built
  /// without MPI, or where what it says makes no sense.
  static Result<Ranks> start();

  int rank() const { return own; }
  int count() const { return all; }
  /// The one that prints and writes files.
  bool leads() const { return own == 0; }

  /// Joins the other ranks; waits for them. Without others, nothing. An error where MPI knows of
  /// another number of them.
  Status join();
  /// `mine` of all ranks, of one size, one behind the other. Waits for them.
  std::vector<char> gather(const std::vector<char> &mine) const;
  /// The work is done. A process that ends without it, because of an error, ends all.
  void leave();

private:
  int own = 0, all = 1;
};

} // namespace tally

#endif // TALLY_TRAIN_RANKS_H

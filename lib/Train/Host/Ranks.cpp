//===- Ranks.cpp - several processes train one network --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Ranks.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#ifdef TALLY_HAS_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace tally {

/// How starters of MPI's processes tell them number and count: Open MPI, MPICH and its descendants.
static constexpr std::pair<const char *, const char *> kVariables[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"}};

Result<Ranks> Ranks::start() {
  Ranks ranks;
  for (auto [rank, size] : kVariables) {
    const char *own = std::getenv(rank), *all = std::getenv(size);
    if (!own || !all)
      continue;
    ranks.own = std::atoi(own);
    ranks.all = std::atoi(all);
    if (ranks.own < 0 || ranks.own >= ranks.all)
      return Error{std::string(rank) + " is " + own + " of " + all + " ranks"};
    break;
  }
#ifndef TALLY_HAS_MPI
  if (ranks.all > 1)
    return Error{"this is one of " + std::to_string(ranks.all) +
                 " processes, but this tally was built without MPI"};
#endif
  return ranks;
}

#ifdef TALLY_HAS_MPI

Status Ranks::join() {
  if (all == 1)
    return Done();
  // MPI's own errors end the process, and with it all others.
  int provided;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  int said = all;
  MPI_Comm_rank(MPI_COMM_WORLD, &own);
  MPI_Comm_size(MPI_COMM_WORLD, &all);
  if (all != said)
    return Error{"this is one of " + std::to_string(said) + " processes, but MPI knows of " +
                 std::to_string(all) + ": start it by the mpirun of the MPI it was built with"};
  return Done();
}

std::vector<char> Ranks::gather(const std::vector<char> &mine) const {
  if (all == 1)
    return mine;
  std::vector<char> parts(mine.size() * size_t(all));
  // MPI counts in int; pieces of every rank go to their places.
  constexpr size_t kMost = size_t(1) << 28;
  for (size_t begin = 0; begin < mine.size(); begin += kMost) {
    size_t size = std::min(kMost, mine.size() - begin);
    std::vector<char> piece(size * size_t(all));
    MPI_Allgather(mine.data() + begin, int(size), MPI_BYTE, piece.data(), int(size), MPI_BYTE,
                  MPI_COMM_WORLD);
    for (size_t rank = 0; rank < size_t(all); ++rank)
      std::copy_n(piece.data() + rank * size, size, parts.data() + rank * mine.size() + begin);
  }
  return parts;
}

void Ranks::leave() {
  if (all > 1)
    MPI_Finalize();
}

#else

Status Ranks::join() { return Done(); }
std::vector<char> Ranks::gather(const std::vector<char> &mine) const { return mine; }
void Ranks::leave() {}

#endif

} // namespace tally

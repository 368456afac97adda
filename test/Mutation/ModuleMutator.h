//===- ModuleMutator.h - modules with mistakes ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_MODULEMUTATOR_H
#define TALLY_TEST_MUTATION_MODULEMUTATOR_H

#include "Random.h"

namespace tally::mutation {

/// A damaged copy of the module `text`: numbers, shapes, types, words, operands, names, lines and
/// brackets that changed in one to three places, sometimes with words or lines of `donor`, another
/// module; one in ten is damaged byte by byte instead.
std::string mutateModule(const std::string &text, const std::string &donor, Random &random);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_MODULEMUTATOR_H

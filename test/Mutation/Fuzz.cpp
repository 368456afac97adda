//===- Fuzz.cpp - a libFuzzer target --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Of the kind of files that TALLY_FUZZED names.
//
//===----------------------------------------------------------------------===//

#include "Loading.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

using namespace tally;
using namespace tally::mutation;

static const Kind &kind = TALLY_FUZZED;

/// Debian's MLIR has no sanitizer in it: containers that it fills and memory of its allocators look
/// wrong, its contexts lost.
extern "C" const char *__asan_default_options() {
  return "detect_container_overflow=0:allow_user_poisoning=0:detect_leaks=0";
}

namespace {

/// A file that has a path, but no place on a disk.
class MemoryFile {
public:
  MemoryFile() : descriptor(::memfd_create("input", 0)) {}
  std::string write(const uint8_t *data, size_t size) const {
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != ssize_t(size))
      std::abort();
    return "/proc/self/fd/" + std::to_string(descriptor);
  }

private:
  int descriptor;
};

} // namespace

/// Contexts keep all types and attributes that they ever saw.
static Session &getSession() {
  static std::unique_ptr<Session> session;
  static unsigned uses = 0;
  if (uses++ % 200 == 0)
    session = std::make_unique<Session>();
  return *session;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const MemoryFile file;
  static const std::string copy =
      std::filesystem::temp_directory_path() / ("tally-fuzz-" + std::to_string(::getpid()));
  Verdict verdict = checkLoading(kind, getSession(), file.write(data, size), copy);
  if (!verdict.wrong.empty()) {
    std::fprintf(stderr, "%s\n", verdict.wrong.c_str());
    std::abort();
  }
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/// Of two mutations one is libFuzzer's, which follow coverage, one of ours, which know the format;
/// the last of our inputs is the donor.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                                          unsigned int seed) {
  static std::string donor;
  Random random(seed);
  std::string bytes(reinterpret_cast<const char *>(data), size);
  std::string mutant = random.once(2) ? kind.mutate(bytes, donor, random) : std::string();
  if (mutant.empty() || mutant.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  donor = std::move(bytes);
  std::memcpy(data, mutant.data(), mutant.size());
  return mutant.size();
}

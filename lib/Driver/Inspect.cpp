//===- Inspect.cpp - looking inside ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Inspect.h"

#include "Driver/PassNames.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Support/Version.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/PassRegistry.h"
#include "llvm/Support/Debug.h"

using namespace mlir;

namespace tally {

Error unknownPass(StringRef what, StringRef given, ArrayRef<std::string> known) {
  auto distance = [&](StringRef name) { return given.edit_distance(name); };
  std::vector<std::string> near;
  for (const std::string &name : known)
    if (distance(name) <= given.size() / 3 + 1 || StringRef(name).contains(given))
      near.push_back(name);
  llvm::stable_sort(near, [&](StringRef a, StringRef b) { return distance(a) < distance(b); });
  constexpr size_t kNear = 3;
  if (near.size() > kNear)
    near.resize(kNear);
  return {(what + " '" + given + "'; " +
           (near.empty() ? "known are " + llvm::join(known, ", ")
                         : "near are " + llvm::join(near, ", ")))
              .str(),
          ErrorKind::Usage};
}

Status checkPass(StringRef flag) {
  if (PassInfo::lookup(flag))
    return Done();
  return unknownPass("unknown pass", flag, listPasses());
}

Status checkPassRan(StringRef flag) {
  std::vector<std::string> ran = getPassesRun();
  if (llvm::is_contained(ran, flag))
    return Done();
  return Error{("'" + flag + "' did not run; " +
                (ran.empty() ? "no pass did" : "those that did are " + llvm::join(ran, ", ")))
                   .str()};
}

Status setDebugTypes(StringRef types) {
  SmallVector<StringRef> parts;
  types.split(parts, ',');
  std::vector<std::string> names;
  for (StringRef part : parts) {
    StringRef flag = part.split(':').first;
    bool known = PassInfo::lookup(flag) || llvm::PassRegistry::getPassRegistry()->getPassInfo(flag);
    if (!flag.starts_with("tally-") || !known) {
      std::vector<std::string> ours = listPasses();
      llvm::erase_if(ours, [](StringRef name) { return !name.starts_with("tally-"); });
      return unknownPass("no code prints for type", flag, ours);
    }
    names.push_back(part.str());
  }
  std::vector<const char *> pointers;
  for (const std::string &name : names)
    pointers.push_back(name.c_str());
  llvm::DebugFlag = true;
  llvm::setCurrentDebugTypes(pointers.data(), pointers.size());
  return Done();
}

void printVersion(raw_ostream &os) {
  os << "Tally " << getVersion() << "\nLLVM " << LLVM_VERSION_STRING << "\n";
}

} // namespace tally

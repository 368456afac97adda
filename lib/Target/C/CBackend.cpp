//===- CBackend.cpp - the emitted C, compiled and loaded ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CBackend.h"

#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Target/C/CSources.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <dlfcn.h>

using namespace mlir;

namespace tally {

struct CNetwork::Libraries {
  using Entry = void (*)(const void *, void *);
  std::string directory;
  std::vector<void *> handles;
  std::vector<Entry> entries;

  ~Libraries() {
    for (void *handle : handles)
      dlclose(handle);
    if (!directory.empty())
      (void)llvm::sys::fs::remove_directories(directory);
  }
};

CNetwork::CNetwork() = default;
CNetwork::CNetwork(CNetwork &&) noexcept = default;
CNetwork::~CNetwork() = default;

static FailureOr<std::string> findCompiler(ModuleOp module) {
  const char *chosen = std::getenv("CC");
  std::string name = chosen && *chosen ? chosen : "cc";
  auto path = llvm::sys::findProgramByName(name);
  if (!path)
    return module.emitError() << "requires a C compiler, but '" << name
                              << "' is not to be found; set CC to one";
  return *path;
}

FailureOr<CNetwork> CNetwork::create(ModuleOp module, int workers, MulFree level, Core core) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  FailureOr<std::string> compiler = findCompiler(module);
  if (failed(entry) || failed(compiler))
    return failure();
  if (entry->getNumArguments() != 1 || entry->getNumResults() != 1)
    return entry->emitError() << "requires one input and one result to run as C here";
  FailureOr<CSources> sources = emitC(module, "net", makeGoldenInputs(module, 1), level, core);
  if (failed(sources))
    return failure();

  CNetwork network;
  network.libraries = std::make_unique<Libraries>();
  llvm::SmallString<128> directory;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("tally", directory))
    return module.emitError() << "cannot make a temporary directory: " << error.message();
  network.libraries->directory = directory.str().str();
  if (failed(writeCSources(module, *sources, network.libraries->directory, "net")))
    return failure();

  std::string source = network.libraries->directory + "/net.c";
  std::string library = network.libraries->directory + "/net0.so";
  StringRef command[] = {*compiler, "-std=c99", "-O2", "-fPIC", "-shared", "-o", library, source};
  std::string problem;
  if (int status = llvm::sys::ExecuteAndWait(*compiler, command, std::nullopt, {}, 0, 0, &problem))
    return module.emitError() << "the emitted C does not compile with '" << *compiler
                              << "' (status " << status << ") " << problem;
  for (int worker = 0; worker < workers; ++worker) {
    std::string copy = network.libraries->directory + "/net" + std::to_string(worker) + ".so";
    if (worker > 0)
      if (std::error_code error = llvm::sys::fs::copy_file(library, copy))
        return module.emitError() << "cannot copy '" << library << "': " << error.message();
    void *handle = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    void *run = handle ? dlsym(handle, "net_run") : nullptr;
    if (!run)
      return module.emitError() << "cannot load the emitted C: " << dlerror();
    network.libraries->handles.push_back(handle);
    network.libraries->entries.push_back(reinterpret_cast<Libraries::Entry>(run));
  }
  auto type = cast<RankedTensorType>(entry->getResultTypes()[0]);
  network.result = Tensor(*getTensorElementType(type), type.getShape().vec());
  return network;
}

Tensor CNetwork::run(const Tensor &input, int worker) const {
  Tensor output(result.type(), result.shape());
  libraries->entries[worker](input.rawData(), output.rawData());
  return output;
}

} // namespace tally

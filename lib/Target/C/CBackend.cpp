//===- CBackend.cpp - the emitted C, compiled and run ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CBackend.h"

#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Output.h"
#include "tally/Target/C/CSources.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/StringSaver.h"
#include <cstdlib>

using namespace mlir;

namespace tally {

static constexpr char kRunProgram[] = {
#include "RunProgram.inc"
};

static std::optional<std::string> findProgram(StringRef name) {
  if (name.contains('/'))
    return llvm::sys::fs::can_execute(name) ? std::optional(name.str()) : std::nullopt;
  auto path = llvm::sys::findProgramByName(name);
  return path ? std::optional(*path) : std::nullopt;
}

/// The C compiler and its options: the words of $CC, quoted as in a shell, or one path.
static FailureOr<std::vector<std::string>> findCompiler(ModuleOp module) {
  const char *chosen = std::getenv("CC");
  StringRef text = StringRef(chosen ? chosen : "").trim();
  if (text.empty())
    text = "cc";
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver(allocator);
  SmallVector<const char *> words;
  if (!findProgram(text))
    llvm::cl::TokenizeGNUCommandLine(text, saver, words);
  if (words.empty())
    words.push_back(saver.save(text).data());
  std::vector<std::string> command(words.begin(), words.end());
  std::optional<std::string> path = findProgram(command[0]);
  if (!path)
    return module.emitError() << "requires a C compiler, but '" << command[0]
                              << "' is not to be found; set CC to one";
  command[0] = *path;
  return command;
}

/// What the program needs to know of the network: bytes of all inputs and of all results, and the
/// arguments of a call that has each kind one behind the other.
static std::vector<std::string> defineBoundary(ArrayRef<Tensor> inputs, ArrayRef<Tensor> results) {
  std::string arguments;
  auto append = [&](ArrayRef<Tensor> tensors, const std::string &base) {
    int64_t offset = 0;
    for (const Tensor &tensor : tensors) {
      arguments +=
          (arguments.empty() ? "" : ",") + ("(void*)(" + base + "+" + std::to_string(offset) + ")");
      // Any element may stand at its beginning.
      offset += (tensor.sizeInBytes() + 7) / 8 * 8;
    }
    return std::to_string(offset);
  };
  std::string inputBytes = append(inputs, "input"), outputBytes = append(results, "output");
  return {"-DINPUT_BYTES=" + inputBytes, "-DOUTPUT_BYTES=" + outputBytes,
          "-DARGUMENTS=" + arguments};
}

/// Compiles the emitted C in `folder` to the program `run` there.
static Status compile(const CSources &sources, std::vector<std::string> command,
                      const std::string &folder, const std::vector<std::string> &definitions) {
  std::string source = folder + "/run.c";
  Status written =
      writeFilesAtomically({{folder + "/net.h", sources.header},
                            {folder + "/net.c", sources.source},
                            {source, std::string_view(kRunProgram, sizeof(kRunProgram))}});
  if (!written)
    return written;
  command.insert(command.end(), {"-std=c99", "-O2"});
  command.insert(command.end(), definitions.begin(), definitions.end());
  command.insert(command.end(), {"-o", folder + "/run", source});
  Result<Program> compiler = Program::start(command, folder, Program::Diagnostics);
  if (!compiler)
    return compiler.error();
  if (Status compiled = compiler->wait(); !compiled)
    return Error{"the emitted C does not compile: " + compiled.error().message};
  return Done();
}

FailureOr<CNetwork> CNetwork::create(ModuleOp module, int workers, MulFree level,
                                     const CTarget &target) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  FailureOr<std::vector<std::string>> compiler = findCompiler(module);
  if (failed(entry) || failed(compiler))
    return failure();
  FailureOr<CSources> sources = emitC(module, "net", makeGoldenInputs(module, 1), level, target);
  if (failed(sources))
    return failure();

  auto tensorsOf = [](TypeRange types) {
    std::vector<Tensor> tensors;
    for (Type type : types)
      tensors.emplace_back(*getTensorElementType(type),
                           cast<RankedTensorType>(type).getShape().vec());
    return tensors;
  };
  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return module.emitError() << folder.error().message;
  CNetwork network(module.getLoc(), std::move(*folder));
  network.results = tensorsOf(entry->getResultTypes());
  const std::string &path = network.folder.getPath();
  if (Status compiled =
          compile(*sources, *compiler, path,
                  defineBoundary(tensorsOf(entry->getArgumentTypes()), network.results));
      !compiled)
    return module.emitError() << compiled.error().message;
  for (int worker = 0; worker < workers; ++worker) {
    Result<Program> program = Program::start({path + "/run"}, path, Program::Connected);
    if (!program)
      return module.emitError() << "the emitted C does not run: " << program.error().message;
    network.programs.push_back(std::move(*program));
  }
  return network;
}

FailureOr<std::vector<Tensor>> CNetwork::run(ArrayRef<Tensor> inputs, int worker) {
  static constexpr char kGap[8] = {};
  Program &program = programs[worker];
  std::vector<Tensor> outputs;
  Status done = Done();
  for (const Tensor &input : inputs) {
    if (done)
      done = program.send(input.rawData(), input.sizeInBytes());
    if (done)
      done = program.send(kGap, (8 - input.sizeInBytes() % 8) % 8);
  }
  for (const Tensor &result : results) {
    Tensor &output = outputs.emplace_back(result.type(), result.shape());
    char gap[8];
    if (done)
      done = program.receive(output.rawData(), output.sizeInBytes());
    if (done)
      done = program.receive(gap, (8 - output.sizeInBytes() % 8) % 8);
  }
  if (!done)
    return emitError(location) << "the emitted C does not run: " << done.error().message;
  return outputs;
}

} // namespace tally

//===- RtlBackend.cpp - the emitted circuit, simulated --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Verilog/RtlBackend.h"

#include "Rtl/Expression.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Output.h"
#include "tally/Support/Progress.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace mlir;

namespace tally {

static constexpr char kRunCircuit[] = {
#include "RunCircuit.inc"
};

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<Verilator>> Verilator::find() {
  auto path = llvm::sys::findProgramByName("verilator");
  if (!path)
    return Error{"requires Verilator to simulate Verilog, but 'verilator' is not to be found; "
                 "install the package verilator"};
  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return folder.error();
  return std::shared_ptr<Verilator>(new Verilator(*path, std::move(*folder)));
}

Result<std::string> Verilator::build(const VerilogSources &sources,
                                     const std::string &definitions) {
  const std::string &place = getFolder();
  // Of the circuit before, whatever its class consisted of; Verilator's own objects stay.
  std::error_code problem;
  for (llvm::sys::fs::directory_iterator entry(place + "/built", problem), end;
       !problem && entry != end; entry.increment(problem))
    if (StringRef name = llvm::sys::path::filename(entry->path());
        name.starts_with("Vnet") || name.starts_with("RunCircuit"))
      llvm::sys::fs::remove(entry->path());
  if (Status written = writeVerilogSources(sources, place); !written)
    return written.error();
  if (Status written = writeFileAtomically(
          place + "/RunCircuit.cpp", definitions + std::string(kRunCircuit, sizeof(kRunCircuit)));
      !written)
    return written.error();
  std::string program = "built/run" + std::to_string(++built);
  std::vector<std::string> words = {
      command, "--cc", "--exe", "--build", "-O3", "-Wno-fatal", "--noassert", "-j", "0",
      "--top-module", "net", "--prefix", "Vnet", "--Mdir", "built",
      // Paths of programs are relative to what --Mdir says.
      "-o", StringRef(program).drop_front(sizeof("built")).str(),
      // What starts a simulation runs once.
      "-MAKEFLAGS", "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O0", "RunCircuit.cpp", "net.v"};
  for (const VerilogSources::File &file : sources.files)
    if (StringRef(file.name).starts_with("tally_"))
      words.push_back(file.name);
  Result<Program> verilator = Program::start(words, place, Program::Discarded, /*inside=*/true);
  if (!verilator)
    return verilator.error();
  if (Status done = verilator->wait(); !done)
    return Error{"the emitted Verilog does not become a simulation: " + done.error().message};
  return place + "/" + program;
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

static Tensor tensorOf(Type type) {
  return Tensor(*getTensorElementType(type), cast<RankedTensorType>(type).getShape().vec());
}

/// The macros of RunCircuit.cpp.
static std::string defineBoundary(Type input, Type result, int64_t cycles) {
  std::string text;
  auto define = [&](const char *name, int64_t value) {
    text += "#define " + std::string(name) + " " + std::to_string(value) + "\n";
  };
  CodeRange inputs = getCodeRange(getElementTypeOrSelf(input)),
            results = getCodeRange(getElementTypeOrSelf(result));
  define("INPUTS", cast<RankedTensorType>(input).getNumElements());
  define("INPUT_BITS", bitsOf(inputs));
  define("RESULTS", cast<RankedTensorType>(result).getNumElements());
  define("RESULT_BITS", bitsOf(results));
  define("RESULT_SIGNED", hasSign(results));
  // As the self-test has it.
  define("MOST_CYCLES", 4 * cycles + 1000);
  return text;
}

FailureOr<RtlNetwork> RtlNetwork::create(ModuleOp module, int workers,
                                         std::shared_ptr<Verilator> verilator) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  FailureOr<VerilogSources> sources = emitVerilog(module, VerilogOptions(), {});
  if (failed(sources))
    return failure();
  Type input = entry->getArgumentTypes()[0], result = entry->getResultTypes()[0];
  Progress progress = Progress::onTerminalOnly("compiling", 1, "circuit");
  progress.advance(0);
  Result<std::string> program =
      verilator->build(*sources, defineBoundary(input, result, sources->latency));
  progress.advance(program ? 1 : 0);
  progress.finish();
  if (!program)
    return module.emitError() << program.error().message;
  RtlNetwork network(module.getLoc(), tensorOf(result), verilator);
  network.cycles.assign(workers, 0);
  for (int worker = 0; worker < workers; ++worker) {
    Result<Program> started =
        Program::start({*program}, verilator->getFolder(), Program::Connected, /*inside=*/true);
    if (!started)
      return module.emitError() << "the simulation does not run: " << started.error().message;
    network.programs.push_back(std::move(*started));
  }
  for (Program &each : network.programs) {
    int64_t ready;
    if (Status begun = each.receive(&ready, sizeof(ready)); !begun)
      return module.emitError() << "the simulation does not run: " << begun.error().message;
  }
  return network;
}

FailureOr<std::vector<Tensor>> RtlNetwork::run(ArrayRef<Tensor> inputs, int worker) {
  const Tensor &input = inputs.front();
  std::vector<int64_t> codes(input.size()), results(result.size() + 1);
  dispatch(input.type(), [&](auto tag) {
    std::copy_n(input.data<decltype(tag)>(), input.size(), codes.begin());
  });
  Program &program = programs[worker];
  Status done = program.send(codes.data(), codes.size() * sizeof(int64_t));
  if (done)
    done = program.receive(results.data(), results.size() * sizeof(int64_t));
  if (!done)
    return emitError(location) << "the simulation does not run: " << done.error().message;
  Tensor output(result.type(), result.shape());
  dispatch(output.type(), [&](auto tag) {
    std::copy_n(results.begin(), output.size(), output.data<decltype(tag)>());
  });
  cycles[worker] = std::max(cycles[worker], results.back());
  return std::vector<Tensor>{std::move(output)};
}

} // namespace tally

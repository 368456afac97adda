//===- VerilogSources.cpp - a network as Verilog --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Verilog/VerilogSources.h"

#include "LayerWatch.h"
#include "Rtl/Expression.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Rtl/Passes.h"
#include "tally/Rtl/Schedule.h"
#include "tally/Support/Output.h"
#include "tally/Target/Verilog/TranslateToVerilog.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

static constexpr char kSelfTest[] = {
#include "VerilogSelfTest.inc"
};

/// What hardware/ holds: name, text.
static constexpr std::pair<const char *, const char *> kLibrary[] = {
#include "VerilogLibrary.inc"
};

/// The structure of the network's circuit, with its tables.
static FailureOr<OwningOpRef<ModuleOp>> toCircuit(ModuleOp module, const VerilogOptions &options) {
  OwningOpRef<ModuleOp> unit = module.clone();
  PassManager passes(unit->getContext());
  passes.addPass(
      createToRtl({options.name, options.filterLanes, options.channelLanes, options.pipelined}));
  if (failed(runPasses(passes, *unit)))
    return failure();
  return unit;
}

FailureOr<VerilogSchedule> scheduleVerilog(ModuleOp module, const VerilogOptions &options) {
  FailureOr<OwningOpRef<ModuleOp>> unit = toCircuit(module, options);
  if (failed(unit))
    return failure();
  auto circuit = *(**unit).getOps<rtl::ModuleOp>().begin();
  CircuitSchedule schedule = CircuitSchedule::of(circuit);
  return VerilogSchedule{listStages(circuit), schedule.interval(), schedule.latency()};
}

namespace {

class Emitter {
public:
  Emitter(ModuleOp module, const VerilogOptions &options)
      : module(module), options(options), name(options.name) {}

  FailureOr<VerilogSources> run(const std::vector<std::vector<Tensor>> &vectors) {
    FailureOr<func::FuncOp> found = getEntry(module);
    if (failed(found) || failed(checkName()))
      return failure();
    entry = *found;
    FailureOr<OwningOpRef<ModuleOp>> unit = toCircuit(module, options);
    if (failed(unit))
      return failure();
    auto circuit = *(**unit).getOps<rtl::ModuleOp>().begin();
    addText(name + ".v", [&](llvm::raw_ostream &os) { translateToVerilog(circuit, os); });
    for (auto table : (**unit).getOps<rtl::TableOp>())
      addText(tableFile(circuit, table.getSymName()),
              [&](llvm::raw_ostream &os) { printTable(table, os); });
    sources.schedule = describeSchedule(circuit);
    sources.latency = CircuitSchedule::of(circuit).latency();
    if (failed(addSelfTest(vectors, circuit)))
      return failure();
    addLists();
    for (auto [file, text] : kLibrary)
      sources.files.push_back({file, text});
    return std::move(sources);
  }

private:
  template <typename Print> void addText(const std::string &file, Print print) {
    std::string text;
    llvm::raw_string_ostream os(text);
    print(os);
    sources.files.push_back({file, std::move(text)});
  }

  LogicalResult checkName() {
    if (isVerilogWord(name) || StringRef(name).starts_with("tally_"))
      return module.emitError() << "requires a name that is no word of Verilog and does not begin "
                                   "with 'tally_', but got '"
                                << name << "'; hint: --name";
    return success();
  }

  /// Codes as bits of `type`, a line each.
  static void printCodes(const Tensor &tensor, Type type, llvm::raw_ostream &os) {
    CodeRange range = getCodeRange(getElementTypeOrSelf(type));
    unsigned bits = bitsOf(range);
    dispatch(tensor.type(), [&](auto tag) {
      using T = decltype(tag);
      if constexpr (std::is_integral_v<T>)
        for (int64_t i = 0; i < tensor.size(); ++i)
          os << llvm::utohexstr(uint64_t(tensor.data<T>()[i]) & (~uint64_t(0) >> (64 - bits)), true)
             << "\n";
    });
  }

  LogicalResult addSelfTest(const std::vector<std::vector<Tensor>> &vectors,
                            rtl::ModuleOp circuit) {
    CircuitSchedule schedule = CircuitSchedule::of(circuit);
    LayerWatch watch(circuit, entry);
    std::vector<uint32_t> hashes;
    std::string inputs, outputs;
    llvm::raw_string_ostream inputStream(inputs), outputStream(outputs);
    Type inputType = entry.getArgumentTypes()[0], outputType = entry.getResultTypes()[0];
    for (const std::vector<Tensor> &vector : vectors) {
      FailureOr<std::vector<Tensor>> results = watch.interpret(vector, hashes);
      if (failed(results))
        return failure();
      printCodes(vector[0], inputType, inputStream);
      printCodes(results->front(), outputType, outputStream);
    }
    // Two at least, to have an interval; as many pauses as find what goes wrong, since they cost
    // time.
    constexpr size_t kPaused = 4;
    size_t onTime = std::max<size_t>(vectors.size(), 2);
    std::vector<int64_t> ends = schedule.ends(onTime);
    std::string endsFile = name + ".ends.hex", endLines;
    for (int64_t end : ends)
      endLines += llvm::utohexstr(uint32_t(end), true) + "\n";
    sources.files.push_back({endsFile, std::move(endLines)});
    std::string layersFile = name + ".layers.hex", layerLines;
    for (uint32_t hash : hashes)
      layerLines += llvm::utohexstr(hash, true) + "\n";
    sources.files.push_back({layersFile, std::move(layerLines)});
    std::string inputFile = name + ".inputs.hex", outputFile = name + ".outputs.hex";
    addText(name + "_tb.v", [&](llvm::raw_ostream &os) {
      os << "// Self-test of " << name << ": golden vectors of the scalar reference.\n";
      auto define = [&](StringRef word, const Twine &value) {
        os << "`define " << word << " " << value << "\n";
      };
      define("TESTBENCH", name + "_tb");
      define("NETWORK", name);
      define("VECTORS", Twine(vectors.size()));
      define("INPUTS", Twine(cast<RankedTensorType>(inputType).getNumElements()));
      define("OUTPUTS", Twine(cast<RankedTensorType>(outputType).getNumElements()));
      define("INPUT_BITS", Twine(bitsOf(getCodeRange(getElementTypeOrSelf(inputType)))));
      define("OUTPUT_BITS", Twine(bitsOf(getCodeRange(getElementTypeOrSelf(outputType)))));
      define("ON_TIME", Twine(onTime));
      define("PAUSED", Twine(std::min(vectors.size(), kPaused)));
      define("LATENCY", Twine(schedule.latency()));
      define("INTERVAL", Twine(schedule.interval()));
      // A pipeline may take some images until its slowest stage is what all others wait for.
      define("STEADY", Twine(ends[onTime - 1] - ends[onTime - 2] == schedule.interval() ? 1 : 0));
      define("ENDS_FILE", "\"" + endsFile + "\"");
      define("LAYERS", Twine(watch.size()));
      define("LAYERS_FILE", "\"" + layersFile + "\"");
      define("WATCHES", watch.wires());
      define("NAMES", watch.names());
      define("INPUT_FILE", "\"" + inputFile + "\"");
      define("OUTPUT_FILE", "\"" + outputFile + "\"");
      os << StringRef(kSelfTest, sizeof(kSelfTest));
    });
    sources.files.push_back({inputFile, std::move(inputs)});
    sources.files.push_back({outputFile, std::move(outputs)});
    return success();
  }

  /// What tools read: the files of a simulation, and a script of yosys.
  void addLists() {
    addText(name + ".f", [&](llvm::raw_ostream &os) {
      os << name << "_tb.v\n" << name << ".v\n";
      for (auto [file, text] : kLibrary)
        os << file << "\n";
    });
    std::string read = "read_verilog -defer " + name + ".v";
    for (auto [file, text] : kLibrary)
      read += std::string(" ") + file;
    addText(name + "_check.ys", [&](llvm::raw_ostream &os) {
      os << "# Fails where a product or a quotient is left: yosys " << name << "_check.ys\n"
         << read << "\nhierarchy -check -top " << name
         << "\nproc\nflatten\nopt_expr\nopt_clean\ncheck -assert\n"
            "select -assert-none t:$mul t:$macc t:$div t:$mod t:$divfloor t:$modfloor "
            "t:$pow\nstat\n";
    });
    addText(name + "_xilinx.ys", [&](llvm::raw_ostream &os) {
      os << "# Look-up tables, DSP blocks and block memories of Xilinx 7-series, at the end: yosys "
         << name << "_xilinx.ys\n"
         << read << "\nsynth_xilinx -family xc7 -top " << name << " -flatten -noiopad -noclkbuf\n";
      for (auto [what, type] :
           {std::pair("LUTs", "LUT*"), {"DSP blocks", "DSP48*"}, {"block memories", "RAMB*"}})
        os << "log " << what << "\nselect -count t:" << type << "\n";
    });
  }

  ModuleOp module;
  const VerilogOptions &options;
  std::string name;
  func::FuncOp entry;
  VerilogSources sources;
};

} // namespace

FailureOr<VerilogSources> emitVerilog(ModuleOp module, const VerilogOptions &options,
                                      const std::vector<std::vector<Tensor>> &vectors) {
  return Emitter(module, options).run(vectors);
}

std::vector<std::string> verilogSourcePaths(const std::string &directory, const std::string &name) {
  std::vector<std::string> paths;
  for (const char *suffix : {".v", "_tb.v", ".f", "_check.ys", "_xilinx.ys", ".inputs.hex",
                             ".outputs.hex", ".ends.hex", ".layers.hex"})
    paths.push_back(directory + "/" + name + suffix);
  for (auto [file, text] : kLibrary)
    paths.push_back(directory + "/" + file);
  return paths;
}

Status writeVerilogSources(const VerilogSources &sources, const std::string &directory) {
  std::vector<OutputFile> files;
  for (const VerilogSources::File &file : sources.files)
    files.push_back({directory + "/" + file.name, file.contents});
  return writeFilesAtomically(files, directory);
}

} // namespace tally

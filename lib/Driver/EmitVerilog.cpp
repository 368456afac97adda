//===- EmitVerilog.cpp - a network becomes a circuit ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/EmitVerilog.h"

#include "Driver/ModuleState.h"
#include "tally/IR/Network.h"
#include "tally/Target/C/CSources.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

/// Images of a data set, one by one.
static Result<std::vector<std::vector<Tensor>>> loadVectors(ModuleOp module,
                                                            const ImageOptions &options) {
  Result<NetworkImages> images = openImages(module, options, options.limit);
  if (!images)
    return images.error();
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  std::vector<std::vector<Tensor>> vectors;
  for (int64_t i = 0; i < images->size(); ++i) {
    FailureOr<std::vector<Tensor>> one = images->load(i, 1);
    if (failed(one))
      return Error{};
    std::vector<Tensor> codes;
    for (auto [tensor, type] : llvm::zip_equal(*one, entry->getArgumentTypes()))
      codes.push_back(encodeImages(tensor, type));
    vectors.push_back(std::move(codes));
  }
  return vectors;
}

Result<VerilogOptions> chooseVerilogOptions(const std::string &lanes, const std::string &style) {
  VerilogOptions options;
  if (style != "sequential" && style != "pipelined")
    return Error{"--style requires sequential or pipelined, but got '" + style + "'",
                 ErrorKind::Usage};
  options.pipelined = style == "pipelined";
  if (lanes.empty())
    return options;
  constexpr int64_t kMostLanes = 1024; // as many rounds of a loop as Verilator unrolls
  auto [filters, channels] = llvm::StringRef(lanes).split('x');
  auto parse = [](llvm::StringRef text, int64_t &number) {
    return llvm::all_of(text, llvm::isDigit) && !text.getAsInteger(10, number) && number >= 1 &&
           number <= kMostLanes;
  };
  if (!parse(filters, options.filterLanes) || !parse(channels, options.channelLanes))
    return Error{"--lanes requires FxC, filters by input channels, each from 1 to " +
                     std::to_string(kMostLanes) + ", such as 16x4, but got '" + lanes + "'",
                 ErrorKind::Usage};
  return options;
}

Result<VerilogSources> emitVerilog(ModuleOp module, const EmitVerilogJob &job) {
  Result<VerilogOptions> options = chooseVerilogOptions(job.lanes, job.style);
  if (!options)
    return options.error();
  options->name = job.name;
  constexpr int64_t kMostVectors = 65536;
  if (job.vectors < 1 || job.vectors > kMostVectors)
    return Error{"--vectors requires 1 to " + std::to_string(kMostVectors) + ", but got " +
                     std::to_string(job.vectors),
                 ErrorKind::Usage};
  if (Status known = expectStatic(module); !known)
    return known.error();
  std::vector<std::vector<Tensor>> vectors = makeGoldenInputs(module, int(job.vectors));
  if (!job.images.data.empty()) {
    Result<std::vector<std::vector<Tensor>>> loaded = loadVectors(module, job.images);
    if (!loaded)
      return loaded.error();
    vectors = std::move(*loaded);
  }
  FailureOr<VerilogSources> sources = emitVerilog(module, *options, vectors);
  if (failed(sources))
    return Error{};
  return std::move(*sources);
}

Result<std::vector<std::string>> emitVerilog(ModuleOp module, const EmitVerilogJob &job,
                                             const Files &files) {
  Result<VerilogSources> sources = emitVerilog(module, job);
  if (!sources)
    return sources.error();
  const std::string &directory = files.directory;
  // Memories are called after layers: which there are, the sources tell.
  Files written = files;
  written.outputs.clear();
  for (const VerilogSources::File &file : sources->files)
    written.outputs.push_back(directory + "/" + file.name);
  if (Status checked = checkFiles(written); !checked)
    return checked.error();
  if (Status done = writeVerilogSources(*sources, directory); !done)
    return done.error();
  return sources->schedule;
}

} // namespace tally

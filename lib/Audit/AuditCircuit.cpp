//===- AuditCircuit.cpp - multiplications in a circuit --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/CircuitAudit.h"

#include "tally/Support/Interrupt.h"
#include "tally/Support/Output.h"
#include "tally/Support/Program.h"
#include "tally/Support/Progress.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

namespace tally {

/// What is looked for: a line `type:` into FILE.cells for each, and the names of its cells behind
/// it.
static std::string listCells(const std::string &file, llvm::ArrayRef<const char *> types) {
  std::string script = "tee -q -o " + file + ".count select -count t:*\n";
  const char *append = "-o ";
  for (const char *type : types) {
    script += std::string("tee -q ") + append + file + ".cells log " + type + ":\ntee -q -a " +
              file + ".cells select -list t:" + type + "\n";
    append = "-a ";
  }
  return script;
}

static Result<std::string> read(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return Error{"cannot read what yosys writes: " + buffer.getError().message()};
  return (*buffer)->getBuffer().str();
}

/// What `listCells` had Yosys write.
static Result<CircuitAudit> readCells(const std::string &path) {
  Result<std::string> count = read(path + ".count"), cells = read(path + ".cells");
  if (!count || !cells)
    return count ? cells.error() : count.error();
  CircuitAudit audit;
  // `N objects.`
  llvm::StringRef number = llvm::StringRef(*count).trim().split(' ').first;
  if (number.getAsInteger(10, audit.cells))
    return Error{"cannot read how many cells yosys counts: '" + *count + "'"};
  std::string type;
  for (llvm::StringRef line : llvm::split(*cells, '\n')) {
    line = line.trim();
    if (line.consume_back(":"))
      type = line.str();
    else if (!line.empty())
      audit.findings.push_back({line.split('/').first.str(), type + " " + line.str()});
  }
  return audit;
}

static Status runYosys(const std::string &yosys, const std::string &script,
                       const std::string &place) {
  if (Status written = writeFileAtomically(place + "/audit.ys", script); !written)
    return written;
  Result<Program> program = Program::start({yosys, "-q", "audit.ys"}, place, Program::Discarded,
                                           /*inside=*/true);
  if (!program)
    return program.error();
  if (Status done = program->wait(); !done)
    return Error{"the emitted Verilog is not synthesised: " + done.error().message};
  return Done();
}

Result<CircuitAudits> auditCircuit(const VerilogSources &sources) {
  auto yosys = llvm::sys::findProgramByName("yosys");
  if (!yosys)
    return Error{"--rtl requires Yosys, but 'yosys' is not to be found; install the package yosys"};
  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return folder.error();
  const std::string &place = folder->getPath();
  if (Status written = writeVerilogSources(sources, place); !written)
    return written.error();
  std::string files = "read_verilog -defer net.v";
  for (const VerilogSources::File &file : sources.files)
    if (llvm::StringRef(file.name).starts_with("tally_"))
      files += " " + file.name;
  Progress progress("checking the circuit", 2, "steps");
  if (Status done = runYosys(
          *yosys,
          files + "\nhierarchy -check -top net\nproc\nflatten\nopt_expr\nopt_clean\n" +
              listCells("rtl", {"$mul", "$macc", "$div", "$mod", "$divfloor", "$modfloor", "$pow"}),
          place);
      !done)
    return done.error();
  progress.advance();
  // DSP blocks are taken before memories are mapped; the rest would take minutes.
  if (Status done = runYosys(*yosys,
                             files + "\nsynth_xilinx -top net -flatten -run begin:map_memory\n" +
                                 listCells("synthesis", {"DSP48*"}),
                             place);
      !done)
    return done.error();
  progress.advance();
  Result<CircuitAudit> rtl = readCells(place + "/rtl"), synthesis = readCells(place + "/synthesis");
  if (!rtl || !synthesis)
    return rtl ? synthesis.error() : rtl.error();
  return CircuitAudits{std::move(*rtl), std::move(*synthesis)};
}

} // namespace tally

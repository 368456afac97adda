//===- MulFreeCertificate.cpp - proof of no multiplications ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeCertificate.h"

#include "tally/Support/Interrupt.h"
#include "tally/Support/Program.h"
#include "tally/Target/C/CSources.h"
#include "tally/Target/Cpu/ObjectFile.h"
#include "tally/Target/Hls/HlsSources.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace mlir;

namespace tally {

bool MulFreeCertificate::holds() const {
  return (!network || network->empty()) && (!object || object->findings.empty()) &&
         (!c || c->findings.empty()) && (!rv32i || rv32i->findings.empty()) &&
         (!hls || hls->findings.empty()) && (!hlsRv32i || hlsRv32i->findings.empty()) &&
         (!circuit || (circuit->rtl.findings.empty() && circuit->synthesis.findings.empty()));
}

static Result<std::string> readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return Error{"cannot read '" + path + "': " + buffer.getError().message()};
  return (*buffer)->getBuffer().str();
}

/// Compiles C for RV32I, in a temporary folder, and looks at the object.
static Result<Done> auditForRv32i(const std::string &source, const std::string &folder,
                                  MulFreeCertificate &certificate,
                                  std::optional<ObjectAudit> &into) {
  static constexpr char kCompiler[] = "riscv64-unknown-elf-gcc";
  auto compiler = llvm::sys::findProgramByName(kCompiler);
  if (!compiler) {
    certificate.withoutRv32i = std::string(kCompiler) + " is not installed";
    return Done();
  }
  // GCC reads the specs before it does anything else.
  StringRef probe[] = {*compiler, "--specs=picolibc.specs", "--version"};
  std::optional<StringRef> quiet[] = {StringRef(), StringRef(), StringRef()};
  if (llvm::sys::ExecuteAndWait(*compiler, probe, std::nullopt, quiet) != 0) {
    certificate.withoutRv32i = std::string("picolibc for ") + kCompiler + " is not installed";
    return Done();
  }
  std::string object = folder + "/rv32i.o";
  Result<Program> program =
      Program::start({*compiler, "--specs=picolibc.specs", "-march=rv32i", "-mabi=ilp32",
                      "-std=c99", "-O2", "-c", "-o", object, source},
                     folder, Program::Diagnostics);
  if (!program)
    return program.error();
  if (Status compiled = program->wait(); !compiled)
    return Error{"'" + source + "' does not compile with picolibc: " + compiled.error().message};
  Result<std::string> bytes = readFile(object);
  if (!bytes)
    return bytes.error();
  auto audit = auditObject(*bytes, certificate.level);
  if (!audit)
    return Error{"'" + source + "' for RV32I: " + llvm::toString(audit.takeError())};
  into = std::move(*audit);
  return Done();
}

static LogicalResult auditHlsOf(ModuleOp module, MulFree lowering,
                                MulFreeCertificate &certificate) {
  FailureOr<HlsSources> sources = emitHls(module, "net", makeGoldenInputs(module, 1), lowering);
  if (failed(sources))
    return failure();
  for (const HlsSources::File &file : sources->files)
    if (file.name == "net.c")
      certificate.hls = auditHls(file.contents, certificate.level);
  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return module.emitError() << folder.error().message;
  const std::string &path = folder->getPath();
  if (Status written = writeHlsSources(*sources, path); !written)
    return module.emitError() << written.error().message;
  if (Status done = auditForRv32i(path + "/net.c", path, certificate, certificate.hlsRv32i); !done)
    return module.emitError() << done.error().message;
  return success();
}

static LogicalResult auditCircuitOf(ModuleOp module, VerilogOptions options,
                                    MulFreeCertificate &certificate) {
  options.name = "net";
  FailureOr<VerilogSources> verilog = emitVerilog(module, options, {});
  if (failed(verilog))
    return failure();
  Result<CircuitAudits> looked = auditCircuit(*verilog);
  if (!looked)
    return module.emitError() << looked.error().message;
  certificate.circuit = std::move(*looked);
  return success();
}

FailureOr<MulFreeCertificate> certifyNetwork(ModuleOp module, MulFree level,
                                             const CpuTarget &target, const MulFreeParts &parts) {
  MulFreeCertificate certificate;
  certificate.level = level;
  certificate.network = findMultiplications(module, level);
  MulFree lowering = certificate.network->empty() ? level : MulFree::No;
  FailureOr<ObjectFile> object = compileToObject(module, "net", target, lowering);
  FailureOr<CSources> sources = emitC(module, "net", makeGoldenInputs(module, 1), lowering);
  if (failed(object) || failed(sources))
    return failure();
  auto audit = auditObject(object->object, level);
  if (!audit)
    return module.emitError() << llvm::toString(audit.takeError());
  certificate.object = std::move(*audit);
  certificate.processor = target.cpu;
  certificate.c = auditC(sources->source, level);

  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return module.emitError() << folder.error().message;
  const std::string &path = folder->getPath();
  if (failed(writeCSources(module, *sources, path, "net")))
    return failure();
  if (Status done = auditForRv32i(path + "/net.c", path, certificate, certificate.rv32i); !done)
    return module.emitError() << done.error().message;
  if (parts.hls && failed(auditHlsOf(module, lowering, certificate)))
    return failure();
  if (parts.circuit && failed(auditCircuitOf(module, *parts.circuit, certificate)))
    return failure();
  return certificate;
}

Result<MulFreeCertificate> certifyObject(const std::string &path, MulFree level) {
  Result<std::string> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  auto audit = auditObject(*bytes, level);
  if (!audit)
    return Error{"'" + path + "': " + llvm::toString(audit.takeError())};
  MulFreeCertificate certificate;
  certificate.level = level;
  certificate.object = std::move(*audit);
  return certificate;
}

Result<MulFreeCertificate> certifyC(const std::string &path, MulFree level) {
  Result<std::string> source = readFile(path);
  if (!source)
    return source.error();
  MulFreeCertificate certificate;
  certificate.level = level;
  certificate.c = auditC(*source, level);
  Result<Temporary> folder = makeTemporaryFolder();
  if (!folder)
    return folder.error();
  if (Status done = auditForRv32i(path, folder->getPath(), certificate, certificate.rv32i); !done)
    return done.error();
  return certificate;
}

} // namespace tally

//===- MulFreeCertificate.cpp - proof of no multiplications ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeCertificate.h"

#include "tally/Support/Interrupt.h"
#include "tally/Support/Program.h"
#include "tally/Target/C/CSources.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace mlir;

namespace tally {

bool MulFreeCertificate::holds() const {
  return (!network || network->empty()) && (!object || object->findings.empty()) &&
         (!c || c->findings.empty()) && (!rv32i || rv32i->findings.empty()) &&
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
                                  MulFreeCertificate &certificate) {
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
  certificate.rv32i = std::move(*audit);
  return Done();
}

FailureOr<MulFreeCertificate> certifyNetwork(ModuleOp module, MulFree level,
                                             const CpuTarget &target, bool circuit) {
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
  if (Status done = auditForRv32i(path + "/net.c", path, certificate); !done)
    return module.emitError() << done.error().message;
  if (!circuit)
    return certificate;
  FailureOr<VerilogSources> verilog = emitVerilog(module, VerilogOptions(), {});
  if (failed(verilog))
    return failure();
  Result<CircuitAudits> looked = auditCircuit(*verilog);
  if (!looked)
    return module.emitError() << looked.error().message;
  certificate.circuit = std::move(*looked);
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
  if (Status done = auditForRv32i(path, folder->getPath(), certificate); !done)
    return done.error();
  return certificate;
}

} // namespace tally

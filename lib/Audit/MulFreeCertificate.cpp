//===- MulFreeCertificate.cpp - proof of no multiplications ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeCertificate.h"

#include "tally/Support/File.h"
#include "tally/Target/C/CSources.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace mlir;

namespace tally {

bool MulFreeCertificate::holds() const {
  return (!network || network->empty()) && (!object || object->findings.empty()) &&
         (!c || c->findings.empty()) && (!rv32i || rv32i->findings.empty());
}

static Result<std::string> readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return Error{"cannot read '" + path + "': " + buffer.getError().message()};
  return (*buffer)->getBuffer().str();
}

/// Compiles C for RV32I and looks at the object.
static Result<Done> auditForRv32i(const std::string &source, MulFreeCertificate &certificate) {
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
  llvm::SmallString<128> object;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("tally", "o", object))
    return Error{"cannot make a temporary file: " + error.message()};
  llvm::FileRemover remover(object);
  StringRef command[] = {*compiler,      "--specs=picolibc.specs",
                         "-march=rv32i", "-mabi=ilp32",
                         "-std=c99",     "-O2",
                         "-c",           "-o",
                         object,         source};
  std::string problem;
  if (int status = llvm::sys::ExecuteAndWait(*compiler, command, std::nullopt, {}, 0, 0, &problem))
    return Error{"'" + source + "' does not compile with " + kCompiler + " and picolibc (status " +
                 std::to_string(status) + ")" + (problem.empty() ? "" : ": " + problem)};
  Result<std::string> bytes = readFile(object.str().str());
  if (!bytes)
    return bytes.error();
  auto audit = auditObject(*bytes, certificate.level);
  if (!audit)
    return Error{"'" + source + "' for RV32I: " + llvm::toString(audit.takeError())};
  certificate.rv32i = std::move(*audit);
  return Done();
}

FailureOr<MulFreeCertificate> certifyNetwork(ModuleOp module, MulFree level,
                                             const CpuTarget &target) {
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

  llvm::SmallString<128> directory;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("tally", directory))
    return module.emitError() << "cannot make a temporary directory: " << error.message();
  std::string folder = directory.str().str();
  LogicalResult written = writeCSources(module, *sources, folder, "net");
  Result<Done> done = Done();
  if (succeeded(written))
    done = auditForRv32i(folder + "/net.c", certificate);
  (void)llvm::sys::fs::remove_directories(folder);
  if (failed(written))
    return failure();
  if (!done)
    return module.emitError() << done.error().message;
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
  if (Result<Done> done = auditForRv32i(path, certificate); !done)
    return done.error();
  return certificate;
}

} // namespace tally

//===- EmitVerb.cpp - a network as plain C --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Target/C/CSources.h"

using namespace mlir;

namespace tally {

static int runEmitC(const Arguments &arguments) {
  if (arguments.get("-o", "-") == "-")
    return fail("emit-c: requires -o DIR", kUsage);
  Result<int64_t> vectors = arguments.getInteger("--vectors", 2, 1);
  if (!vectors)
    return fail("emit-c: " + vectors.error().message, kUsage);
  Result<MulFree> level = readMulFree(arguments);
  if (!level)
    return fail("emit-c: " + level.error().message, kUsage);
  Result<Core> core = readCore(arguments);
  if (!core)
    return fail("emit-c: " + core.error().message, kUsage);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  *level = chooseMulFree(arguments, *module);
  if (int status = checkMulFree(*module, *level); status != kOk)
    return status;
  std::string name = arguments.get("--name", "net");
  FailureOr<CSources> sources =
      emitC(*module, name, makeGoldenInputs(*module, int(*vectors)), *level, *core);
  if (failed(sources) || failed(writeCSources(*module, *sources, arguments.get("-o"), name)))
    return kUserError;
  return kOk;
}

Verb makeEmitCVerb() {
  return {"emit-c",
          "NET.q.mlir -o DIR",
          "write an integer network as C99, with a self-test",
          {{"-o", "DIR", "where NAME.h, NAME.c and NAME_test.c go"},
           {"--name", "NAME", "prefix of the C names and files (default net)"},
           mulFreeOption(),
           coreOption(),
           {"--vectors", "N", "golden vectors in the self-test (default 2)"}},
          1,
          runEmitC};
}

} // namespace tally

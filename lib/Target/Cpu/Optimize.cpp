//===- Optimize.cpp - LLVM's optimizations of a network's code ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Optimize.h"

#include "llvm/Passes/PassBuilder.h"

using namespace llvm;

void tally::optimize(Module &module, TargetMachine &machine, MulFree level) {
  PipelineTuningOptions tuning;
  // In LLVM 22 it keeps `nuw` where it writes the addition of a constant as the subtraction of its
  // negative (LLVM issue 209023), and it exchanges operands of subtractions (210177).
  tuning.SLPVectorization = false;
  // Lanes of vectors may have to be shifted by different amounts; that is a multiplication where
  // the machine has no such shift for lanes of their width.
  tuning.LoopVectorization = level == MulFree::No;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3).run(module, modules);
}

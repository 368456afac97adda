//===- Report.cpp - what a network costs ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Report.h"

#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "tally/Driver/Compile.h"

using namespace mlir;

namespace tally {

Result<CostReport> report(ModuleOp module, const ReportJob &job) {
  if (Status whole = expectWhole(module); !whole)
    return whole.error();
  Result<EnergyTable> table =
      job.energyTable.empty() ? EnergyTable::builtin() : EnergyTable::load(job.energyTable);
  if (!table)
    return table.error();
  FailureOr<NetworkCost> network = countNetwork(module, chooseLevel(module, job.mulFree));
  if (failed(network))
    return Error{};
  Result<CostReport> report = makeCostReport(*network, *table, job.memory);
  if (!report)
    return report.error();
  if (Result<NetworkMemory> plan = planMemory(module, network->level))
    report->plan = std::move(*plan);
  else
    report->unplanned = plan.error().message;
  if (job.lanes)
    report->hardware = countHardware(report->network, job.lanes);
  if (job.target.empty())
    return report;
  CompileJob compiling;
  compiling.target = job.target;
  compiling.processor = job.processor;
  compiling.mulFree = network->level;
  Result<ObjectFile> object = compile(module, compiling);
  if (!object)
    return object.error();
  report->object = std::move(object->memory);
  return report;
}

} // namespace tally

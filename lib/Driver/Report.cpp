//===- Report.cpp - what a network costs ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Report.h"

#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "tally/Driver/Compile.h"
#include "tally/Driver/EmitVerilog.h"

using namespace mlir;

namespace tally {

static Result<CircuitPlan> planCircuit(ModuleOp module, const ReportJob::Circuit &circuit) {
  Result<VerilogOptions> options = chooseVerilogOptions(circuit.lanes, circuit.style);
  if (!options)
    return options.error();
  if (Status lowerable = expectLowerable(module); !lowerable)
    return lowerable.error();
  FailureOr<VerilogSchedule> schedule = scheduleVerilog(module, *options);
  if (failed(schedule))
    return Error{};
  CircuitPlan plan;
  plan.style = circuit.style;
  plan.interval = schedule->interval;
  plan.latency = schedule->latency;
  for (const StageSummary &stage : schedule->stages)
    plan.stages.push_back({stage.layer, stage.filters, stage.channels, stage.cycles});
  return plan;
}

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
  if (job.circuit) {
    Result<CircuitPlan> circuit = planCircuit(module, *job.circuit);
    if (!circuit)
      return circuit.error();
    report->hardware = countHardware(report->network, *circuit);
  } else if (job.lanes) {
    report->hardware = countHardware(report->network, job.lanes);
  }
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

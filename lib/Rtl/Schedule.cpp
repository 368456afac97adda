//===- Schedule.cpp - when stages begin and end ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Rtl/Schedule.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/FormatVariadic.h"
#include <cassert>
#include <numeric>

using namespace mlir;

namespace tally {

void CircuitSchedule::setBuffers() {
  // The longest way to each stage. If all stages began together, again and again, each would work
  // on the image that came in as many beginnings ago as its way is long: that many images stay in a
  // map, and one more that is being written. Stages that do not wait for one another so much are no
  // slower.
  std::vector<int64_t> level(cycles.size(), 0);
  for (size_t stage = 0; stage < cycles.size(); ++stage)
    for (const StageLink &link : links) {
      assert(link.writer < link.reader && "stages are numbered in order");
      if (link.reader == stage)
        level[stage] = std::max(level[stage], level[link.writer] + 1);
    }
  for (StageLink &link : links)
    link.buffers = level[link.reader] - level[link.writer] + 1;
}

std::vector<int64_t> CircuitSchedule::ends(int64_t images) const {
  // The first stage is open for codes a cycle after its start, which reset takes the place of: the
  // first code comes in cycle 0, after a start in cycle -1. The last result leaves a cycle before
  // the last stage ends.
  std::vector<int64_t> last;
  if (!pipelined) {
    for (int64_t image = 1; image <= images; ++image)
      last.push_back(interval() * image - 2);
    return last;
  }
  int64_t window = 1;
  for (const StageLink &link : links)
    window = std::max(window, link.buffers);
  // Ends of the latest images, of image n in row n modulo `window`.
  std::vector<std::vector<int64_t>> rows(window, std::vector<int64_t>(cycles.size()));
  for (int64_t image = 0; image < images; ++image) {
    std::vector<int64_t> now(cycles.size());
    for (size_t stage = 0; stage < cycles.size(); ++stage) {
      int64_t start = image == 0 ? -1 : rows[(image - 1) % window][stage] + 1;
      for (const StageLink &link : links) {
        if (link.reader == stage)
          start = std::max(start, now[link.writer] + 1);
        if (link.writer == stage && image >= link.buffers)
          start = std::max(start, rows[(image - link.buffers) % window][link.reader] + 1);
      }
      now[stage] = start + cycles[stage];
    }
    last.push_back(now.back() - 1);
    rows[image % window] = std::move(now);
  }
  return last;
}

int64_t CircuitSchedule::interval() const {
  if (!pipelined)
    return std::accumulate(cycles.begin(), cycles.end(), int64_t(0));
  // A stage begins again a cycle after its end.
  return *llvm::max_element(cycles) + 1;
}

DictionaryAttr CircuitSchedule::toAttribute(MLIRContext *context) const {
  Builder b(context);
  SmallVector<int64_t> flat;
  for (const StageLink &link : links)
    flat.append({link.writer, link.reader, link.buffers});
  return b.getDictionaryAttr({b.getNamedAttr("pipelined", b.getBoolAttr(pipelined)),
                              b.getNamedAttr("cycles", b.getDenseI64ArrayAttr(cycles)),
                              b.getNamedAttr("links", b.getDenseI64ArrayAttr(flat)),
                              b.getNamedAttr("latency", b.getI64IntegerAttr(latency())),
                              b.getNamedAttr("interval", b.getI64IntegerAttr(interval()))});
}

CircuitSchedule CircuitSchedule::of(rtl::ModuleOp module) {
  CircuitSchedule schedule;
  auto attribute = module->getAttrOfType<DictionaryAttr>("schedule");
  if (!attribute)
    return schedule;
  schedule.pipelined = attribute.getAs<BoolAttr>("pipelined").getValue();
  schedule.cycles = attribute.getAs<DenseI64ArrayAttr>("cycles").asArrayRef().vec();
  ArrayRef<int64_t> flat = attribute.getAs<DenseI64ArrayAttr>("links").asArrayRef();
  for (; flat.size() >= 3; flat = flat.drop_front(3))
    schedule.links.push_back({unsigned(flat[0]), unsigned(flat[1]), flat[2]});
  return schedule;
}

std::vector<StageSummary> listStages(rtl::ModuleOp module) {
  std::vector<StageSummary> stages;
  module.walk([&](rtl::InstanceOp instance) {
    auto cycles = instance->getAttrOfType<IntegerAttr>("cycles");
    if (!cycles)
      return;
    StageSummary &stage = stages.emplace_back();
    stage.name = instance.getName().str();
    stage.cycles = cycles.getInt();
    auto at = [&](StringRef name) {
      return instance.getParams().getAs<IntegerAttr>(name).getInt();
    };
    if (auto layer = instance->getAttrOfType<StringAttr>("layer")) {
      stage.layer = layer.str();
      stage.filters = at("BLOCK");
      stage.channels = at("LANES");
      stage.digits = at("DIGITS") / at("ROUNDS");
    }
  });
  return stages;
}

std::vector<std::string> describeSchedule(rtl::ModuleOp module) {
  CircuitSchedule schedule = CircuitSchedule::of(module);
  std::vector<std::string> lines;
  if (schedule.cycles.empty())
    return lines;
  std::vector<StageSummary> stages = listStages(module);
  size_t widest = 5;
  for (const StageSummary &stage : stages)
    widest = std::max(widest, stage.name.size());
  auto line = [&](StringRef stage, StringRef lanes, StringRef digits, StringRef cycles) {
    lines.push_back(stage.str() + std::string(widest - stage.size(), ' ') +
                    llvm::formatv(" {0,9} {1,7} {2,10}", lanes, digits, cycles).str());
  };
  line("stage", "lanes", "digits", "cycles");
  for (const StageSummary &stage : stages) {
    std::string lanes = std::to_string(stage.filters) + "x" + std::to_string(stage.channels);
    line(stage.name, stage.filters ? lanes : "", stage.filters ? std::to_string(stage.digits) : "",
         std::to_string(stage.cycles));
  }
  lines.push_back((schedule.pipelined ? "pipelined: " : "sequential: ") +
                  std::to_string(schedule.interval()) + " cycles an image, latency " +
                  std::to_string(schedule.latency()));
  return lines;
}

} // namespace tally

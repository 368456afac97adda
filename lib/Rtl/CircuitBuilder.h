//===- CircuitBuilder.h - stages and the memories between them --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_CIRCUITBUILDER_H
#define TALLY_LIB_RTL_CIRCUITBUILDER_H

#include "Rtl/Lanes.h"
#include "Rtl/LayerSums.h"
#include "Rtl/Moves.h"
#include "Rtl/ScaleTable.h"
#include "tally/Rtl/Schedule.h"

#include "llvm/ADT/StringSet.h"
#include <deque>

namespace tally {

struct CircuitOptions {
  LaneLimit limit;
  /// Every stage works on an image of its own; else one after another.
  bool pipelined = false;
  /// Layers take no more lanes than they need for this many cycles; 0: as many as the limit allows.
  int64_t cycles = 0;
};

/// What reads maps, computes, and hands on codes one after another, in order.
struct CircuitStage {
  unsigned number = 0;
  mlir::Operation *instance = nullptr;
  llvm::SmallVector<mlir::Operation *, 1> others; ///< instances that work in step with it
  int64_t cycles = 0;                             ///< from `start` to `done`
  mlir::Value done, valid, address;
  /// The address at which maps are to be read for codes that meet this stage's; null where they
  /// cannot.
  mlir::Value beside;
  std::string name;
};

/// A memory that holds a map: for one address of a stage where stages work at the same time, else
/// for all that read words of `lanes` neighbours in rows of `channels`.
struct MapMemory {
  mlir::Operation *instance;
  int64_t channels, lanes;
  llvm::SmallVector<unsigned, 2> readers; ///< numbers of stages
  llvm::SmallVector<mlir::Value, 2> addresses;
};

/// A value that is stored.
struct Map {
  CircuitStage *writer;
  Number code; ///< as the writer hands it on
  int64_t depth;
  std::string name;
  std::optional<std::string> value; ///< as `nameValues` calls it; "": the input
  std::deque<MapMemory> memories;
};

/// Where the codes of a value come from: a stage that hands them on, or a map; neither where all
/// are one constant.
struct Place {
  Number code; ///< a stage's; of a map only the range, after what is done to its codes
  CircuitStage *stage = nullptr;
  Map *map = nullptr;
  /// What is done to a map's codes where they are read.
  llvm::SmallVector<std::pair<Scaling, CodeRange>, 2> scalings;
};

/// Codes of a map, moved, or constants.
struct MovedPlace {
  Place place;
  std::vector<int64_t> constants; ///< in place of a map, if there are any
  Move move;
  int64_t padding = 0;
};

/// Builds one module.
class CircuitBuilder {
public:
  CircuitBuilder(mlir::OpBuilder &b, const CircuitOptions &options) : b(b), options(options) {}

  /// The first stage: takes `depth` codes from outside.
  void open(mlir::Location loc, int64_t depth, CodeRange codes, mlir::Value valid,
            mlir::Value data);
  mlir::Value inputReady() const { return ready; }
  Place input() { return {{result, codes}, &stages.front(), nullptr, {}}; }

  /// `layer`: the one whose sums these are, as reports call it; "" where it is none.
  mlir::FailureOr<Place> addSums(mlir::Operation *op, llvm::StringRef layer, const LayerSums &sums,
                                 ScaleTable table, const Place &input);
  Place addPool(mlir::Operation *op, bool max, const Window &window, int64_t padding,
                const Place &input);
  /// All of `moves` at the same time, in the order of their results, which have `depth` codes each.
  std::vector<Place> addMoves(mlir::Location loc, mlir::StringRef name, int64_t depth,
                              llvm::ArrayRef<MovedPlace> moves);
  /// For each of `outer` blocks of `size` rows of `inner` codes, those that `rows` names.
  Place addTake(mlir::Location loc, mlir::StringRef name, int64_t outer, int64_t size,
                int64_t inner, llvm::ArrayRef<int64_t> rows, const Place &input);
  /// What `function` makes of each code.
  Number lookUp(mlir::Location loc, mlir::StringRef name, const Number &code,
                llvm::function_ref<int64_t(int64_t)> function);
  Number multiply(mlir::Location loc, mlir::StringRef name, const Number &one, const Number &other);
  /// A stage that hands on what a map holds; `place` where it has a stage.
  Place handOn(mlir::Location loc, mlir::StringRef name, int64_t depth, const Place &place);
  /// What a wire of codes holds, as `nameValues` calls it: the name of the map that it goes to.
  void call(mlir::Value wire, llvm::StringRef value) { values[wire] = value; }
  /// Both, code by code, where a stage can read the map of one beside the other.
  std::pair<Place, Place> meet(mlir::Location loc, mlir::StringRef name, int64_t depth, Place one,
                               Place other);
  /// `place` with its codes scaled; fails where numbers become too wide.
  mlir::LogicalResult scalePlace(mlir::Location loc, Place &place, const Scaling &scaling,
                                 CodeRange clamp);
  /// Gives `place` a map if it has none.
  Place store(mlir::Location loc, mlir::StringRef name, int64_t depth, Place place);
  /// The last stage, and all wires that lead back. `results` are what codes are widened to.
  std::pair<mlir::Value, mlir::Value> close(mlir::Location loc, int64_t depth, Place place,
                                            CodeRange results, mlir::Value taken);
  /// Of all stages, once they are there.
  CircuitSchedule getSchedule() const { return schedule; }

  mlir::Value clock, reset;

private:
  using Params = llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>>;
  mlir::Operation *instance(mlir::Location loc, llvm::StringRef name, llvm::StringRef module,
                            mlir::DictionaryAttr params, mlir::ValueRange ports,
                            llvm::ArrayRef<unsigned> widths);
  mlir::DictionaryAttr dictionary(Params params);
  mlir::DictionaryAttr tableOf(mlir::Location loc, const std::string &name,
                               mlir::ElementsAttr words);
  mlir::Value rom(mlir::Location loc, const std::string &name, mlir::ElementsAttr words,
                  mlir::Value address, mlir::Operation *&memory);
  mlir::Value constant(mlir::Location loc, int64_t value, unsigned width);
  std::string unique(llvm::StringRef name);
  CircuitStage &addStage(llvm::StringRef name);
  CircuitStage &addCopy(mlir::Location loc, llvm::StringRef name, int64_t depth);
  void setInstance(CircuitStage &stage, mlir::Operation *op, int64_t cycles);
  /// Stands for a stage's `start`, which is known when all stages are.
  mlir::Value startToCome(mlir::Location loc) { return constant(loc, 0, 1); }

  /// The memory from which `stage` reads words of `lanes` codes of rows of `channels`, at `address`
  /// or at one that is still to come.
  MapMemory &memoryFor(mlir::Location loc, Map &map, const CircuitStage &stage, int64_t channels,
                       int64_t lanes, mlir::Value from = {});
  /// Whether `stage` would have to read one memory at two addresses.
  bool collides(const Map &map, const CircuitStage &stage) const;
  /// The codes of a word of `memory`, after what `place` does to them.
  llvm::SmallVector<Number> wordOf(mlir::Location loc, const Place &place, MapMemory &memory);
  /// Code by code, at `address`.
  Number readAt(mlir::Location loc, const Place &place, const CircuitStage &stage,
                mlir::Value address);
  void connectAddresses(mlir::Location loc);
  void start(CircuitStage &stage, mlir::Value when);
  void startInTurn();
  void startAtOnce(mlir::Location loc);

  mlir::OpBuilder &b;
  CircuitOptions options;
  llvm::StringSet<> names;
  llvm::DenseMap<mlir::Value, std::string> values;
  std::deque<CircuitStage> stages;
  std::deque<Map> maps;
  CircuitSchedule schedule;
  mlir::Value ready, result;
  CodeRange codes;
};

} // namespace tally

#endif // TALLY_LIB_RTL_CIRCUITBUILDER_H

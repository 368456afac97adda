//===- CircuitBuilder.h - stages and the memories between them --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_CIRCUITBUILDER_H
#define TALLY_LIB_RTL_CIRCUITBUILDER_H

#include "Rtl/LayerSums.h"
#include "Rtl/ScaleTable.h"

#include "llvm/ADT/StringSet.h"
#include <deque>

namespace tally {

/// What reads maps, computes, and hands on codes one after another.
struct CircuitStage {
  unsigned number = 0;
  mlir::Value done, valid, address;
  /// The address at which maps are to be read for codes that meet this stage's; null where they
  /// cannot.
  mlir::Value beside;
  std::string name;
  llvm::SmallVector<struct Map *, 2> reads; ///< at addresses of its own
};

/// The memory of a value.
struct Map {
  mlir::Operation *memory;
  unsigned writer; ///< number of the stage
  int64_t depth;
  llvm::SmallVector<mlir::Value, 2> readers; ///< addresses; 0 at rest
};

/// Where the codes of a value come from: a stage that hands them on, or else a map.
struct Place {
  Number code;
  CircuitStage *stage = nullptr;
  Map *map = nullptr;
};

/// Builds one module.
class CircuitBuilder {
public:
  explicit CircuitBuilder(mlir::OpBuilder &b) : b(b) {}

  /// The first stage: takes `depth` codes from outside.
  void open(mlir::Location loc, int64_t depth, CodeRange codes, mlir::Value valid,
            mlir::Value data);
  mlir::Value inputReady() const { return ready; }
  Place input() { return {{result, codes}, &stages.front(), nullptr}; }

  Place addSums(mlir::Operation *op, const LayerSums &sums, const ScaleTable &table, Place input);
  Place addPool(mlir::Operation *op, bool max, const Window &window, int64_t padding, Place input);
  /// Both, code by code, where a stage can read the map of one beside the other.
  std::pair<Place, Place> meet(mlir::Location loc, mlir::StringRef name, int64_t depth, Place one,
                               Place other);
  /// Gives `place` a memory if it has none.
  Place store(mlir::Location loc, mlir::StringRef name, int64_t depth, Place place);
  /// The last stage, and all wires that lead back.
  std::pair<mlir::Value, mlir::Value> close(mlir::Location loc, int64_t depth, Place place,
                                            mlir::Value taken);

  mlir::Value clock, reset;

private:
  using Params = llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>>;
  mlir::Operation *instance(mlir::Location loc, llvm::StringRef name, llvm::StringRef module,
                            mlir::DictionaryAttr params, mlir::ValueRange ports,
                            llvm::ArrayRef<unsigned> widths);
  mlir::DictionaryAttr dictionary(Params params);
  mlir::Value rom(mlir::Location loc, const std::string &name, mlir::ElementsAttr words,
                  mlir::Value address, mlir::Operation *&memory);
  mlir::Value constant(mlir::Location loc, int64_t value, unsigned width);
  std::string unique(llvm::StringRef name);
  CircuitStage &addStage(llvm::StringRef name);
  mlir::Value previousDone() { return stages[stages.size() - 2].done; }

  mlir::OpBuilder &b;
  llvm::StringSet<> names;
  std::deque<CircuitStage> stages;
  std::deque<Map> maps;
  mlir::Operation *fill = nullptr;
  mlir::Value ready, result;
  CodeRange codes;
};

} // namespace tally

#endif // TALLY_LIB_RTL_CIRCUITBUILDER_H

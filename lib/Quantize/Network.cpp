//===- Network.cpp - what passes ask of a network -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/Network.h"

#include "tally/IR/ParameterIndex.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

FailureOr<func::FuncOp> getNetwork(ModuleOp module) {
  FailureOr<func::FuncOp> network = getEntry(module);
  if (failed(network) || failed(verifyPlans(module)))
    return failure();
  return network;
}

bool isWindowSum(Operation *op) {
  auto layer = dyn_cast<ReductionOpInterface>(op);
  return layer && layer.getWindow() && layer.getReduction() != Reduction::Extremum;
}

bool isConvolution(Operation *op) {
  return isWindowSum(op) && cast<ReductionOpInterface>(op).getReduction() == Reduction::Products;
}

bool isChannelwise(Operation *op) {
  auto known = dyn_cast<NetworkOpInterface>(op);
  return known && known.isChannelwise();
}

std::optional<unsigned> getConstantFactor(Operation *op) {
  auto product = dyn_cast<tosa::MulOp>(op);
  if (!product)
    return std::nullopt;
  for (unsigned index : {0u, 1u}) {
    auto constant = cast<RankedTensorType>(op->getOperand(index).getType());
    bool forAllImages = constant.getRank() > 0 && constant.getDimSize(0) == 1;
    if (forAllImages && getConstantElements(op->getOperand(index)) &&
        op->getOperand(1 - index).getType() == product.getType())
      return index;
  }
  return std::nullopt;
}

bool isDataMovement(Operation *op) {
  return isa<DataMovementOpInterface>(op) && !isa<ObserveOp>(op);
}

bool joinsValues(Operation *op) {
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  return movement && movement.getNumMoved() > 1;
}

Value makeParameter(OpBuilder &builder, Location location, StringRef name, ArrayRef<int64_t> shape,
                    ArrayRef<float> values) {
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  auto global = addParameter(module, name, type, makeElements<float>(type, values, name));
  return loadParameter(builder, location, global);
}

std::string takeName(ml_program::GlobalLoadConstOp load, StringRef suffix) {
  return ParameterIndex::with(load->getParentOfType<ModuleOp>(), [&](ParameterIndex &index) {
    std::string name = load.getGlobal().getLeafReference().str();
    if (index.isOnlyLoad(load))
      index.rename(load, index.makeUnique(name + suffix.str()));
    return name;
  });
}

void replaceParameter(OpOperand &operand, ArrayRef<float> values) {
  auto load = operand.get().getDefiningOp<ml_program::GlobalLoadConstOp>();
  ml_program::GlobalOp global = getParameter(operand.get());
  auto type = cast<RankedTensorType>(operand.get().getType());
  assert(global && "only loaded parameters have values to replace");
  ElementsAttr elements = makeElements<float>(type, values, global.getSymName());
  auto module = global->getParentOfType<ModuleOp>();
  bool shared =
      !operand.get().hasOneUse() ||
      ParameterIndex::with(module, [&](ParameterIndex &index) { return !index.isOnlyLoad(load); });
  if (!shared) {
    global.setValueAttr(elements);
    return;
  }
  auto copy = addParameter(module, global.getSymName(), type, elements);
  OpBuilder builder(operand.getOwner());
  operand.set(loadParameter(builder, operand.get().getLoc(), copy));
}

void removeUnusedParameters(ModuleOp module) {
  module.walk([](ml_program::GlobalLoadConstOp load) {
    if (load->use_empty())
      load.erase();
  });
  llvm::DenseSet<StringAttr> named;
  if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion()))
    for (SymbolTable::SymbolUse use : *uses)
      named.insert(use.getSymbolRef().getRootReference());
  for (auto global : llvm::make_early_inc_range(module.getOps<ml_program::GlobalOp>()))
    if (global.isPrivate() && !named.contains(global.getSymNameAttr()))
      global.erase();
  if (ParameterIndex *index = ParameterIndex::find(module))
    index->forget();
}

ChannelAffineOp insertAffine(Value value, StringRef name, ArrayRef<float> scale,
                             ArrayRef<float> bias) {
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  int64_t channels = scale.size();
  Value s = makeParameter(builder, value.getLoc(), (name + ".scale").str(), channels, scale);
  Value b = makeParameter(builder, value.getLoc(), (name + ".bias").str(), channels, bias);
  auto affine = ChannelAffineOp::create(builder, value.getLoc(), value.getType(), value, s, b);
  // From here on this is what the layer of `value` passes on.
  if (Operation *layer = value.getDefiningOp())
    if (Attribute layerName = layer->getAttr(TallyDialect::kNameAttr))
      affine->setAttr(TallyDialect::kNameAttr, layerName);
  value.replaceAllUsesExcept(affine.getOutput(), affine);
  return affine;
}

static std::string shapeOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? llvm::join(llvm::map_range(type.getShape(),
                                           [](int64_t size) { return std::to_string(size); }),
                           "x")
              : "";
}

InFlightDiagnostic emitLayerError(Operation *layer) {
  InFlightDiagnostic error = layer->emitError();
  error << "layer '" << getLayerName(layer) << "' (" << shapeOf(layer->getOperand(0)) << " to "
        << shapeOf(layer->getResult(0)) << ") ";
  return error;
}

std::optional<RealInterval> getAssignedInterval(Operation *layer) {
  auto ends = layer->getAttrOfType<DenseF64ArrayAttr>(TallyDialect::kIntervalAttr);
  if (!ends || ends.size() != 2)
    return std::nullopt;
  return RealInterval{ends[0], ends[1]};
}

void setAssignedInterval(Operation *layer, RealInterval interval) {
  layer->setAttr(TallyDialect::kIntervalAttr,
                 DenseF64ArrayAttr::get(layer->getContext(), {interval.low, interval.high}));
}

FailureOr<PassImages> openImages(func::FuncOp function, const DataOptions &options) {
  if (options.data.empty())
    return function.emitError() << "requires images: give 'data' (--data DATA), or a recipe that "
                                   "does not measure outputs";
  auto normalisation = chooseNormalisation(function, options.mean, options.std);
  if (failed(normalisation))
    return failure();
  auto images = NetworkImages::open(function, options.data, *normalisation, options.images);
  if (failed(images))
    return failure();
  for (unsigned index = 0; index < function.getNumArguments(); ++index)
    if (IntegerType type = findIntegerInput(function, *normalisation, index))
      setIntegerInput(function, type, index);
  // Floats may have been normalised before; bytes have not.
  if (function.getNumArguments() == 1 && !getIntegerInput(function) && !*normalisation &&
      !images->dataset().holdsFloats())
    *normalisation = Normalisation::none();
  if (*normalisation)
    setNormalisation(function->getParentOfType<ModuleOp>(), **normalisation);
  int64_t batch = cast<RankedTensorType>(function.getArgumentTypes()[0]).getDimSize(0);
  int64_t count = images->size() - images->size() % batch;
  if (count == 0)
    return function.emitError() << "requires at least " << batch << " images";
  return PassImages{std::move(*images), count};
}

FailureOr<NetworkRun> startOnImages(func::FuncOp function, const DataOptions &options) {
  FailureOr<PassImages> opened = openImages(function, options);
  if (failed(opened))
    return failure();
  FailureOr<std::vector<Tensor>> inputs = opened->loadAll();
  if (failed(inputs))
    return failure();
  return NetworkRun::start(function, *inputs);
}

} // namespace tally

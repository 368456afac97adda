//===- Passes.td - from a network to a training step -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_PASSES_TD
#define TALLY_TRAIN_PASSES_TD

include "mlir/Pass/PassBase.td"

class TrainPass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::tally::TallyDialect", "::mlir::tosa::TosaDialect"];
}

def BatchStatistics : TrainPass<"tally-batch-statistics"> {
  let summary = "let batch normalisation use the statistics of the batch";
  let description = [{
    Mean and variance of each `tally.batch_norm` are computed from its input, over all dimensions
    but the last; the variance is the mean square of the differences from the mean. Both become
    results of the function, with the names of the parameters that they replace; the variance
    as its unbiased estimate, as running statistics take it.
  }];
}

def AddLoss : TrainPass<"tally-add-loss"> {
  let summary = "return the loss of the first result";
  let description = [{
    The function takes one more argument, `targets`, of the shape of its first result, and returns
    the loss before all that it returned: with `cross_entropy` the mean over images of
    `- sum targets * log(softmax(result))`, where a row of targets holds probabilities; with
    `mean_squared_error` the mean of all squared differences.

    With a `teacher-weight` a above 0 there is another argument, `teacher`, of the same shape, with
    what another network says at temperature T; the loss is then
    `(1 - a) * loss + a * T^2 * cross entropy of result / T and teacher`.
  }];
  let options = [
    Option<"loss", "loss", "std::string", "\"cross_entropy\"",
           "cross_entropy or mean_squared_error">,
    Option<"teacherWeight", "teacher-weight", "double", "0", "how much a teacher's answers count">,
    Option<"teacherTemperature", "teacher-temperature", "double", "4",
           "what the results are divided by to learn them">
  ];
}

def AddIntervalLoss : TrainPass<"tally-add-interval-loss"> {
  let summary = "let the loss be that of the worst image nearby, in part";
  let description = [{
    Beside the values of the function goes an interval for each that depends on its one input, from
    two more arguments, `interval:low` and `interval:high`, between which images lie. A third,
    `interval:share`, is how much of the loss is that of the intervals: the cross entropy of upper
    bounds of the difference of each logit and that of the class; a last layer of products is joined
    with these differences. Targets are classes, 1 for one of them and 0 for the others.

    An operation through which intervals do not go is an error that names its layer.
  }];
}

def DrawMasks : TrainPass<"tally-draw-masks"> {
  let summary = "let noise decide which bits of quantizers are there";
  let description = [{
    The function takes one more argument where there are `tally.level_masks`: `noise`, a number in
    (0, 1) for each mask of the network, in order.
  }];
}

def ParametersToArguments : TrainPass<"tally-parameters-to-arguments"> {
  let summary = "pass parameters in";
  let description = [{
    Every float parameter that the network reads becomes an argument of the function, with the
    parameter's name; running statistics of batch normalisation stay constants. The function is then
    a pure function of images, targets and parameters.
  }];
}

def Differentiate : TrainPass<"tally-differentiate"> {
  let summary = "return the gradient of the first result for every parameter";
  let description = [{
    Goes backwards from the function's first result, a number, through the rules of
    `DifferentiableOpInterface`, and returns one more result for each argument that
    `tally-parameters-to-arguments` made: its gradient, named after it. Zero where the result does
    not depend on the parameter. An operation without a rule is an error that names its layer.
  }];
}

def ReturnValues : TrainPass<"tally-return-values"> {
  let summary = "return what quantizers of activations round to";
  let description = [{
    One more result, `value:0`, `value:1` and so on, for each `tally.learned_quantizer` and each pair of
    `quant.qcast` and `quant.dcast` on what depends on the network's inputs, in the order of the
    function. Of the integer network that follows, these are all codes that it stores.
  }];
}

def TakeValues : TrainPass<"tally-take-values"> {
  let summary = "take what quantizers of activations round to from arguments";
  let description = [{
    The function takes an argument for each value that `tally-return-values` returns, and goes on with
    that instead, forwards and in the gradients that `tally-differentiate` built: the forward
    pass is then that of who computed the arguments.
  }];
}

#endif // TALLY_TRAIN_PASSES_TD

//===- Passes.td - tally -> tally: quantization ------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_PASSES_TD
#define TALLY_QUANTIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

class TallyPass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::tally::TallyDialect"];
}

// The options of a pass that looks at images.
class DataPass<string flag, string defaultImages, list<Option> others = []> : TallyPass<flag> {
  let options = !listconcat([
    Option<"data", "data", "std::string", "",
           "images: mnist:DIR:SPLIT, cifar10:DIR:SPLIT or npy:X.npy,Y.npy, each with optional #FIRST-LAST">,
    ListOption<"mean", "mean", "float", "subtracted from images scaled to 0..1, per channel">,
    ListOption<"std", "std", "float", "divides the images afterwards, per channel">,
    Option<"images", "images", "int64_t", defaultImages, "at most this many images, from the first">
  ], others);
}

def FoldConstants : TallyPass<"tally-fold-constants"> {
  let summary = "compute what depends on inline constants alone";
  let description = [{
    Every TOSA operation on floats whose operands are all `tosa.const` becomes one, with what the
    reference computes; `arith.constant` counts as `tosa.const`. So weights that another tool
    transposes or reshapes lie as their layer reads them.
  }];
}

def NameOperations : TallyPass<"tally-name-operations"> {
  let summary = "give names to operations that another tool left nameless";
  let description = [{
    What computes a value gets the name of its location, or that of the layer that its input stems
    from and its own: `conv1.clamp`, a second one `conv1.clamp.2`; a reshape has the name of what it
    shows. By these names an integer network is compared with the float one. Modules with a stage are left as they are.
  }];
}

def SinkTransposes : TallyPass<"tally-sink-transposes"> {
  let summary = "move transposes towards the results until they meet their inverse";
  let description = [{
    `f(transpose(x))` becomes `transpose(f(x))` for elementwise operations, concatenation, padding,
    slices and reductions, and inline constants beside `x` are transposed instead. What a tool
    that thinks in NCHW wrote around each convolution vanishes; what is left, in front of a
    flattening for example, stays data movement. An argument that is transposed from NCHW to
    NHWC becomes NHWC. Modules with a stage are left as they are: their layout is settled.
  }];
}

def MatMulToConv : TallyPass<"tally-matmul-to-conv"> {
  let summary = "write matrix products with an inline constant as 1x1 convolutions";
  let description = [{
    `[1, M, K] x [1, K, P]` becomes a `tosa.conv2d`, the form in which linear layers are quantized,
    with a constant that is added behind the product as its bias.
  }];
}

def ConstantsToParameters : TallyPass<"tally-constants-to-parameters"> {
  let summary = "make parameters with names of inline constants";
  let description = [{
    Filters, biases and every other constant of floats that are not all the same become
    `ml_program.global`, one for each use, named after their location where that is a name, else
    after the operation that reads them: `conv1.weight`. Layers without a name get their location's,
    or `layer1`, `layer2`, ... in the order of the function. Constants of one value, zero points
    and shapes stay inline.
  }];
}

def LinearToConv : TallyPass<"tally-linear-to-conv"> {
  let summary = "write adder_linear as a 1x1 adder_conv2d";
}

def ReductionsToPools : TallyPass<"tally-reductions-to-pools"> {
  let summary = "write sums and maxima along one dimension as pools";
  let description = [{
    A pool over an image [N, before, terms, after] is what `tosa.reduce_sum` and `tosa.reduce_max`
    compute, and pools have forms on codes. `tosa.reduce_min` becomes a maximum of what is negated.
    A sum of a sum, as a mean over one dimension after another leaves it, becomes one where
    both dimensions are neighbours: nothing is rounded in between.
  }];
}

def RaiseAffine : TallyPass<"tally-raise-affine"> {
  let summary = "write multiplications and additions of channel constants as channel_affine";
  let description = [{
    Covers the bias of convolutions, which becomes part of the requantization
    with more precision than the accumulator has, `tosa.mul`, `tosa.add` and `tosa.sub` with a
    constant of one element or one element a channel, and `tosa.negate`.
  }];
}

def MapBeforeReshape : TallyPass<"tally-map-before-reshape"> {
  let summary = "move maps and clamps before a reshape or concatenation of the sums that they map";
  let description = [{
    A layer's sums are rounded to codes before a reshape, or a concatenation such as that of the
    groups of a convolution. Between sums and reshape, a `tally.channel_affine`, `tally.batch_norm`
    or `tosa.clamp` takes them as they are. Applies where channels stay channels, or all have the
    same constants, and to channels of sums that are put together.
  }];
}

def Calibrate : DataPass<"tally-calibrate", "500"> {
  let summary = "record the range of every value that will be quantized";
  let description = [{
    Places `tally.observe` where a value has to be rounded: on the input, on what
    layers, pooling, additions and data movement read, and on the results.
    Then runs the float network on the images, batch by batch, and fills in the
    sketches. Memory does not grow with the number of images. Sketches that
    are there already are continued.
  }];
}

def ApplyRecipe : TallyPass<"tally-apply-recipe"> {
  let summary = "attach to every layer what a recipe says of it";
  let description = [{
    The result is `tally.plan`, a dictionary on each layer and on the module, which
    the other passes read. See docs/Recipes.md for the format.
  }];
  let options = [Option<"recipe", "recipe", "std::string", "",
                        "a built-in name such as adder-w4a4, or a file">];
}

def ResolveQuantizers : TallyPass<"tally-resolve-quantizers"> {
  let summary = "keep or drop the quantizers that the network brings";
  let description = [{
    Pairs of `quant.qcast` and `quant.dcast` on activations stay where the recipe says
    `keep_quantizers`. Elsewhere a clamp to the reals of the outermost codes takes their place,
    because networks leave a ReLU to the quantizer behind it; `tally.rounds` on the `quant.dcast`
    marks one that stays, because its rounding is what the network computes. Constant codes behind a
    `quant.dcast` stay as filters of layers whose `levels` are `imported`, and become floats
    elsewhere.

    A pair with a scale for each channel becomes one with scale 1 between two `tally.channel_affine`.
  }];
}

def KeepReference : TallyPass<"tally-keep-reference"> {
  let summary = "keep a copy of the float network as @reference";
  let description = [{
    Passes that fit the quantized network to the float one compare with this
    private function, layer by layer. `tally-to-quantized` drops it.
  }];
}

def ClusterFilters : TallyPass<"tally-cluster-filters"> {
  let summary = "split layers into groups of filters of similar range";
  let description = [{
    Optimal one-dimensional k-means on each filter's largest magnitude. Every
    group becomes a layer of its own, with its own scale later; the results are
    concatenated and brought back to their order. Exact.
  }];
}

def AssignScales : TallyPass<"tally-assign-scales"> {
  let summary = "choose the interval that each adder layer's operands share";
  let description = [{
    Writes `tally.interval`, two reals, on every adder layer, from what was
    observed of its input, from its weights, and from the rule in its plan.
  }];
}

def SearchScales : DataPass<"tally-search-scales", "500"> {
  let summary = "refine intervals by the error of each layer's output";
  let description = [{
    Scales `tally.interval` by the factor that minimises the variance of the layer's
    output error relative to the output's variance, averaged over channels, with
    the float network's inputs.
  }];
}

def ClampActivations : TallyPass<"tally-clamp-activations"> {
  let summary = "clamp the input of each adder layer to its interval";
  let description = [{ Not exact: outliers beyond the interval are lost. }];
}

def SplitResidual : TallyPass<"tally-split-residual"> {
  let summary = "carry what exceeds an adder layer's interval by a box sum";
  let description = [{
    Where no weight exceeds the upper end s of the interval,
    `|x - w| = |min(x, s) - w| + max(x - s, 0)`, and the second term is the same for all
    filters. Exact; refuses, with a note, where a weight is larger or where the
    input can lie below the interval.
  }];
}

def ClampWeights : TallyPass<"tally-clamp-weights"> {
  let summary = "clamp adder weights to the interval of the input";
  let description = [{
    For x in [lo, hi]: `|x - w| = |x - clip(w, lo, hi)| + max(w - hi, 0) + max(lo - w, 0)`.
    The last two terms are a constant for each filter. Exact; the interval comes
    from range analysis, and the pass refuses, with a note, where it is not bounded.
    With [0, s] this is the one-sided clamp, with [-s, s] the symmetric one.
  }];
}

def UniformToPowers : TallyPass<"tally-uniform-to-powers"> {
  let summary = "plan sums of powers of two where weights would have equal steps";
  let description = [{
    A convolution whose weights would be rounded to equal steps multiplies; on powers of two
    or sums of them it shifts. Such layers are planned with the finest levels there are, 5-bit
    sums. Layers whose rule is `imported` keep the levels that they lie on.
  }];
}

def SnapActivations : TallyPass<"tally-snap-activations"> {
  let summary = "round inputs of layers to powers of two where the plan says so";
  let description = [{
    Puts a `tally.snap` in front of each convolution whose plan has `activation_levels` `pot` or
    `apot`, with levels of `activation_bits` bits, without a sign where no input is negative.
    Their scale is the one of 64 with the lowest mean squared error on what was observed.
  }];
}

def InsertQuantizers : TallyPass<"tally-insert-quantizers"> {
  let summary = "put a quantizer on every value that will be rounded";
  let description = [{
    Replaces `tally.observe` by a pair of `quant.qcast` and `quant.dcast`, and adds such pairs to
    the inputs and weights of layers. The network stays float and can be run: it
    shows what quantization will do to it.
  }];
}

def LearnQuantizers : TallyPass<"tally-learn-quantizers"> {
  let summary = "make parameters of the scales of quantizers";
  let description = [{
    Pairs of `quant.qcast` and `quant.dcast` that `tally-insert-quantizers` put on activations of at
    most 8 bits become `tally.learned_quantizer`, their scales parameters `NAME.step`; so do the
    filters of convolutions, each channel with the scale of the least sum of the errors' fourth
    powers, on equal steps, on powers of two or on sums of them as the layer's plan says. With
    `quantizer` or `activation_quantizer` `cpq` in the plan there is a parameter `NAME.sigma`, too;
    with `dqa` a `tally.mixture` of quantizers by attention `NAME.attention`. Filters whose plan
    says `drop_bits` have `tally.level_masks`, by the parameter `NAME.masks` with `learned_bits`.
    Of two in a row with the same codes and scale one is left; behind pooling, or what only moves
    codes, the second one has the scale of the first. Scales that the plan wants to be
    powers of two are constants, as they are found. The image keeps its quantizer, and adder
    layers their step, which both operands share: only their weights are learned.
  }];
}

def StartSteps : DataPass<"tally-start-steps", "200"> {
  let summary = "choose the scales that quantizers of activations learn from";
  let description = [{
    In order, each on what the quantizers before it leave of the images: the scale of the least sum of
    the errors' fourth powers, which clips less than least squares, for every `tally.learned_quantizer` of an activation with at most 64 equal steps and one scale that is a
    parameter. With few bits it is several times below the post-training one, which keeps outliers.
  }];
}

def CollapseMixtures : TallyPass<"tally-collapse-mixtures"> {
  let summary = "take one quantizer of those that attention mixes";
  let description = [{
    Each `tally.mixture` becomes its first member, or with `deploys_winner` that with most attention.
    A warning says where attention chose another one, or none: no member has nine tenths of it.
  }];
}

def NarrowLevels : TallyPass<"tally-narrow-levels"> {
  let summary = "drop the levels that masks leave out";
  let description = [{
    A `tally.learned_quantizer` with `masks` gets the levels that are left where masks before the
    first that is more likely 0 are kept, and no masks. With `average-bits`, masks that are
    learned are kept such that their weights have that many bits on average, at most.
  }];
  let options = [
    Option<"averageBits", "average-bits", "double", "0",
           "most bits of a weight, on average, where masks are learned; 0 for what they say">
  ];
}

def NarrowWeights : TallyPass<"tally-narrow-weights"> {
  let summary = "give codes of trained weights fewer bits";
  let description = [{
    Filters of convolutions that are codes from -m to m of at most `widest` bits, but more than
    `bits`, get codes of `bits`, with the scales of the least squared error. Wider ones stay; where
    no filter has just `widest` bits, that is an error.
  }];
  let options = [
    Option<"bits", "bits", "int64_t", "2", "bits of the new codes">,
    Option<"widest", "widest", "int64_t", "8", "most bits of codes that are narrowed">
  ];
}

def FreezeQuantizers : TallyPass<"tally-freeze-quantizers"> {
  let summary = "replace learned quantizers by quantizers of their trained types";
  let description = [{
    A `tally.learned_quantizer` of an activation becomes a pair of `quant.qcast` and `quant.dcast`, or
    a `tally.snap`; that of a filter codes behind `quant.dcast` or `tally.decode`, under the
    filter's own name. `tally quantize --recipe imported` keeps them as they are. Codes that lie on
    powers of two, or sums of them, become these, unless `recognize` says not to.
  }];
  let options = [
    Option<"recognize", "recognize", "bool", "true", "codes on powers of two become these">
  ];
}

def FitLayers : DataPass<"tally-fit-layers", "500"> {
  let summary = "fit each quantized layer to the float one, in order";
  let description = [{
    Layer by layer, on the inputs that the quantized network itself produces: choose the
    rounding of the weights that minimises the output error (coordinate
    descent), then correct each channel's mean or its scale and mean by least
    squares, as the layer's plan says.
  }];
}

def ReestimateBatchNorm : DataPass<"tally-reestimate-batch-norm", "500", [
    Option<"always", "always", "bool", "false", "whatever the plan says">
  ]> {
  let summary = "take batch normalisation statistics from the quantized network";
  let description = [{
    In order, so that each statistic is taken behind layers that already have
    theirs. Only where the plan says `reestimate_batch_norm`, or with `always`.
  }];
}

def FoldBatchNorm : TallyPass<"tally-fold-batch-norm"> {
  let summary = "turn batch normalisation into one channel_affine";
  let description = [{
    Merges it with the affine maps before and after it. It cannot be folded into
    adder weights, because |x - w| does not scale with w.
  }];
}

def ToQuantized : TallyPass<"tally-to-quantized"> {
  let summary = "move from quantizers on floats to operations on codes";
}

def ToInteger : TallyPass<"tally-to-integer"> {
  let summary = "replace real factors by integer multipliers and shifts";
}

def LimitDigits : TallyPass<"tally-limit-digits"> {
  let summary = "round the multipliers of requantizations to few signed digits";
  let description = [{
    Each multiplier becomes the nearest one that is a sum of at most `digits` powers of two,
    added or subtracted, so that shifts and additions replace the multiplication at that
    price. With one digit, all scales are powers of two. Not exact: the slope of the
    requantization changes by at most 1/3, 1/11, 1/43, 1/171, ... of itself. The offset is
    chosen so that the input that stood for the output's zero point still does: the error
    is in proportion to the value, and 0 has none. Refuses a multiplier for which
    64 bits do not suffice.
  }];
  let options = [
    Option<"digits", "digits", "unsigned", "3", "most signed digits of a multiplier">
  ];
}

def SimulateQuantizers : TallyPass<"tally-simulate-quantizers"> {
  let summary = "write quantizers on floats as arithmetic on floats";
  let description = [{
    A pair of `quant.qcast` and `quant.dcast` becomes
    `clamp(round(x / scale), lowest - zero, highest - zero) * scale` in double precision, which is
    what it means; constant codes become the floats that they stand for. So float networks with
    quantizers can be compiled. It has to come before anything folds such a pair to nothing.
  }];
  let dependentDialects = [
    "::tally::TallyDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // TALLY_QUANTIZE_PASSES_TD

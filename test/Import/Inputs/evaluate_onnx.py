# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs an ONNX network by ONNX's definitions: evaluate_onnx.py MODEL IMAGES.npy STEP RESULTS.npy...

IMAGES are [N, H, W, C]. Prints how many of RESULTS differ by more than half of STEP, a line for each file. Written from the operators'
specification; layers on integers compute with integers. Knows the operators that the tests of quantized networks use.
"""
import sys

import numpy as np
import onnx
import onnx.numpy_helper

RANGES = {onnx.TensorProto.INT8: (-128, 127), onnx.TensorProto.UINT8: (0, 255), onnx.TensorProto.INT32: (-2**31, 2**31 - 1),
          22: (-8, 7), 21: (0, 15)}


class Tensor:
    """`values` are floats, or integers of the ONNX type `integer`."""

    def __init__(self, values, integer=None):
        self.values, self.integer = values, integer


def constant(tensor):
    if tensor.data_type in (21, 22):
        data = np.frombuffer(tensor.raw_data, np.uint8)
        nibbles = np.stack([data & 15, data >> 4], 1).reshape(-1)[:np.prod(tensor.dims, dtype=int)].astype(np.int64)
        if tensor.data_type == 22:
            nibbles = (nibbles ^ 8) - 8
        return Tensor(nibbles.reshape(tuple(tensor.dims)), tensor.data_type)
    array = onnx.numpy_helper.to_array(tensor)
    if array.dtype.kind == "f":
        return Tensor(array)
    return Tensor(array.astype(np.int64), tensor.data_type)


def along(parameter, axis, rank):
    return parameter if parameter.size == 1 else parameter.reshape([-1 if d == axis % rank else 1 for d in range(rank)])


def quantize(x, scale, zero, axis=1):
    rank = x.ndim
    low, high = RANGES[zero.integer]
    rounded = np.rint(x.astype(np.float32) / along(scale.values, axis, rank).astype(np.float32))
    return Tensor(np.clip(rounded.astype(np.int64) + along(zero.values, axis, rank), low, high), zero.integer)


def dequantize(q, scale, zero, axis=1):
    rank = q.values.ndim
    centred = q.values - along(zero.values, axis, rank)
    return Tensor(centred.astype(np.float32) * along(scale.values, axis, rank).astype(np.float32))


def windows(x, kernel, attributes, filler):
    """[N, C, OH, OW, KH, KW], or with one dimension each."""
    count = len(kernel)
    pads, strides = attributes.get("pads", [0] * 2 * count), attributes.get("strides", [1] * count)
    if attributes.get("auto_pad", b"NOTSET") in (b"SAME_UPPER", b"SAME_LOWER"):
        total = [max((-(-size // s) - 1) * s + k - size, 0) for size, s, k in zip(x.shape[2:], strides, kernel)]
        less, more = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = less + more if attributes["auto_pad"] == b"SAME_UPPER" else more + less
    x = np.pad(x, [(0, 0), (0, 0)] + list(zip(pads[:count], pads[count:])), constant_values=filler)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=tuple(range(2, 2 + count)))
    return view[(slice(None), slice(None)) + tuple(slice(None, None, s) for s in strides)]


def conv(x, w, attributes):
    group = attributes.get("group", 1)
    if x.ndim == 3:
        wide = {k: [0, v[0], 0, v[1]] if k == "pads" else [1] + list(v) if k in ("strides", "kernel_shape") else v
                for k, v in attributes.items()}
        return conv(x[:, :, None], w[:, :, None], wide)[:, :, 0]
    view = windows(x, w.shape[2:], attributes, 0)
    view = view.reshape(view.shape[0], group, -1, *view.shape[2:])
    w = w.reshape(group, -1, *w.shape[1:])
    sums = np.einsum("ngchwij,gfcij->ngfhw", view, w)
    return sums.reshape(sums.shape[0], -1, *sums.shape[3:])


def centre(q, zero, axis):
    return q.values if zero is None else q.values - along(zero.values, axis, q.values.ndim)


def bias_of(b, rank):
    return 0 if b is None else b.values.reshape([1, -1] + [1] * (rank - 2))


def requantize(sums, scale, zero):
    low, high = RANGES[zero.integer]
    return Tensor(np.clip(np.rint(sums * scale).astype(np.int64) + zero.values, low, high), zero.integer)


def conv_transpose(x, w, attributes):
    """Each element spreads the filter over the result."""
    count, group = x.ndim - 2, attributes.get("group", 1)
    strides, dilations = attributes.get("strides", [1] * count), attributes.get("dilations", [1] * count)
    pads, extra = attributes.get("pads", [0] * 2 * count), attributes.get("output_padding", [0] * count)
    sizes = [s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(strides, x.shape[2:], dilations, w.shape[2:])]
    full = np.zeros((x.shape[0], w.shape[1] * group, *[n + e for n, e in zip(sizes, extra)]))
    per_group = w.shape[0] // group
    for c in range(w.shape[0]):
        filters = slice(c // per_group * w.shape[1], (c // per_group + 1) * w.shape[1])
        for place in np.ndindex(*x.shape[2:]):
            at = tuple(slice(s * p, s * p + d * (k - 1) + 1, d) for s, p, d, k in zip(strides, place, dilations, w.shape[2:]))
            full[(slice(None), filters) + at] += x[(slice(None), c) + place].reshape(-1, *[1] * (count + 1)) * w[c]
    ends = [n - after for n, after in zip(full.shape[2:], pads[count:])]
    return full[(slice(None), slice(None)) + tuple(slice(b, e) for b, e in zip(pads[:count], ends))]


def resize(x, scales, sizes, attributes):
    mode = attributes.get("mode", b"nearest")
    coordinates = attributes.get("coordinate_transformation_mode", b"half_pixel")
    for index, axis in enumerate(attributes.get("axes", range(x.ndim))):
        size = x.shape[axis]
        scale = scales[index] if scales is not None and scales.size else sizes[index] / size
        result = int(np.floor(size * scale)) if sizes is None else int(sizes[index])
        if result == size:
            continue
        i = np.arange(result)
        place = (i / scale if coordinates == b"asymmetric" else i * (size - 1) / (result - 1) if coordinates == b"align_corners" else
                 (i + 0.5) / scale - 0.5)
        if mode == b"nearest":
            rounded = np.floor(place) if attributes.get("nearest_mode") == b"floor" else np.ceil(place - 0.5)
            x = x.take(np.clip(rounded, 0, size - 1).astype(int), axis)
            continue
        place = np.clip(place, 0, size - 1)
        low = np.floor(place).astype(int)
        weight = (place - low).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
        x = x.take(low, axis) * (1 - weight) + x.take(np.minimum(low + 1, size - 1), axis) * weight
    return x.astype(np.float32)


def move(op, value, attributes):
    """The results of operators that move elements; None of others."""
    x, rest = value[0], value[1:]
    if op == "Concat":
        return [np.concatenate(value, attributes["axis"])]
    if op == "Slice":
        starts, ends = rest[:2]
        axes = rest[2] if len(rest) > 2 else range(len(starts))
        steps = rest[3] if len(rest) > 3 else [1] * len(starts)
        at = [slice(None)] * x.ndim
        for start, end, axis, step in zip(starts, ends, axes, steps):
            at[axis] = slice(int(start), None if step < 0 and end < -x.shape[axis] else int(end), int(step))
        return [x[tuple(at)]]
    if op == "Gather":
        return [x.take(rest[0], attributes.get("axis", 0))]
    if op == "Split":
        return np.split(x, np.cumsum(rest[0])[:-1], attributes.get("axis", 0))
    if op == "Tile":
        return [np.tile(x, rest[0])]
    if op == "Expand":
        return [x * np.ones(rest[0], x.dtype)]
    if op == "Pad":
        count = x.ndim
        pads, mode = list(zip(rest[0][:count], rest[0][count:])), attributes.get("mode", b"constant").decode()
        x = x[tuple(slice(max(-before, 0), n + min(after, 0)) for n, (before, after) in zip(x.shape, pads))]
        pads = [(max(before, 0), max(after, 0)) for before, after in pads]
        return [np.pad(x, pads) if mode == "constant" else np.pad(x, pads, mode=mode)]
    if op == "Unsqueeze":
        return [np.expand_dims(x, tuple(rest[0] if rest else attributes["axes"]))]
    if op == "Squeeze":
        return [np.squeeze(x, tuple(rest[0] if rest else attributes["axes"]))]
    if op in ("DepthToSpace", "SpaceToDepth"):
        b, (n, c, h, w) = attributes["blocksize"], x.shape
        if op == "SpaceToDepth":
            return [x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, h // b, w // b)]
        if attributes.get("mode", b"DCR") == b"DCR":
            x = x.reshape(n, b, b, c // b // b, h, w).transpose(0, 3, 4, 1, 5, 2)
        else:
            x = x.reshape(n, c // b // b, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
        return [x.reshape(n, c // b // b, h * b, w * b)]
    return None


def reduce(op, x, axes, attributes):
    axes = tuple(int(axis) for axis in attributes.get("axes", range(x.ndim) if axes is None else axes))
    y = {"L1": np.abs, "L2": np.square, "SumSquare": np.square}.get(op, lambda y: y)(x.astype(np.float64))
    function = {"Mean": np.mean, "Max": np.max, "Min": np.min}.get(op, np.sum)
    y = function(y, axes, keepdims=bool(attributes.get("keepdims", 1)))
    return (np.sqrt(y) if op == "L2" else y).astype(np.float32)


def quantize_qonnx(op, value, attributes):
    """The results of QONNX's quantizers: floats."""
    x, scale = value[0].astype(np.float32), value[1]
    if op == "BipolarQuant":
        return Tensor(np.where(x >= 0, scale, -scale).astype(np.float32))
    steps = np.rint(x / scale + value[2])
    if op == "Trunc":
        shift = 2.0**(value[3] - value[4])
        return Tensor(((np.floor(steps / shift) - value[2]) * scale).astype(np.float32))
    signed, narrow, half = attributes.get("signed", 1), attributes.get("narrow", 0), 2**(int(value[3]) - 1)
    low, high = (narrow - half, half - 1) if signed else (0, 2 * half - 1 - narrow)
    return Tensor(((np.clip(steps, low, high) - value[2]) * scale).astype(np.float32))


def run_qlinear(op, x, value, attributes):
    """ONNX Runtime's operators: on reals, then rounded."""
    def real(index):
        return dequantize(*x[index:index + 3]).values
    if op in ("Add", "Mul"):
        a, b = real(0), real(3)
        return quantize(a + b if op == "Add" else a * b, x[6], x[7])
    if op == "Concat":
        parts = [real(index) for index in range(2, len(x), 3) if x[index]]
        return quantize(np.concatenate(parts, attributes["axis"]), x[0], x[1])
    if op == "QGemm":
        b = x[3].values - along(x[5].values, 0, 2)
        sums = (x[0].values - x[2].values) @ (b.T if attributes.get("transB") else b) + (x[6].values if x[6] else 0)
        return requantize(sums, value[1].astype(np.float64) * value[4].reshape(-1) / value[7], x[8])
    results = run(onnx.helper.make_node(op, ["x"], ["y"]), [Tensor(real(0))], attributes)
    return quantize(results.values, x[3], x[4])


def run(node, x, attributes):
    op, x = node.op_type, x + [None] * 9
    value = [t.values if t else None for t in x]
    if node.domain.startswith("qonnx"):
        return quantize_qonnx(op, value, attributes)
    if node.domain == "com.microsoft":
        return run_qlinear(op.replace("QLinear", ""), x, value, attributes)
    if op == "LeakyRelu":
        return Tensor(np.where(value[0] < 0, np.float32(attributes.get("alpha", 0.01)) * value[0], value[0]))
    if op == "Sigmoid":
        return Tensor((1 / (1 + np.exp(-value[0].astype(np.float64)))).astype(np.float32))
    if op == "QuantizeLinear":
        return quantize(value[0], x[1], x[2], attributes.get("axis", 1))
    if op == "DequantizeLinear":
        return dequantize(*x[:3], attributes.get("axis", 1))
    if op == "Conv":
        sums = conv(value[0].astype(np.float64), value[1].astype(np.float64), attributes)
        return Tensor((sums + bias_of(x[2], sums.ndim)).astype(np.float32))
    if op == "AdderConv":
        view = windows(value[0].astype(np.float64), value[1].shape[2:], attributes, 0)
        return Tensor(np.stack([-np.abs(view - w[None, :, None, None]).sum((1, 4, 5)) for w in value[1]], 1).astype(np.float32))
    if op == "BatchNormalization":
        scale, bias, mean, variance = (along(v.astype(np.float64), 1, value[0].ndim) for v in value[1:5])
        epsilon = attributes.get("epsilon", 1e-5)
        return Tensor(((value[0] - mean) / np.sqrt(variance + epsilon) * scale + bias).astype(np.float32))
    if op == "QLinearConv":
        sums = conv(centre(x[0], x[2], 1), centre(x[3], x[5], 0), attributes) + bias_of(x[8], 4)
        scale = value[1].astype(np.float64) * along(value[4], 1, 4) / value[6]
        return requantize(sums, scale, x[7])
    if op == "QLinearMatMul":
        sums = centre(x[0], x[2], 0) @ centre(x[3], x[5], -1)
        return requantize(sums, value[1].astype(np.float64) * along(value[4], -1, 2) / value[6], x[7])
    if op == "ConvInteger":
        return Tensor(conv(centre(x[0], x[2], 1), centre(x[1], x[3], 0), attributes), onnx.TensorProto.INT32)
    if op == "MatMulInteger":
        return Tensor(centre(x[0], x[2], 0) @ centre(x[1], x[3], -1), onnx.TensorProto.INT32)
    if op == "BitShift":
        left = attributes["direction"] == b"LEFT"
        return Tensor((value[0] << value[1]) & 255 if left else value[0] >> value[1], x[0].integer)
    if op == "MaxPool":
        lowest = RANGES[x[0].integer][0] if x[0].integer else -np.inf
        view = windows(value[0], attributes["kernel_shape"], attributes, lowest)
        return Tensor(view.max(tuple(range(value[0].ndim, view.ndim))), x[0].integer)
    if op == "AveragePool":
        view = windows(value[0].astype(np.float64), attributes["kernel_shape"], attributes, 0)
        return Tensor(view.mean(tuple(range(value[0].ndim, view.ndim))).astype(np.float32))
    if op == "GlobalAveragePool":
        axes = tuple(range(2, value[0].ndim))
        return Tensor(value[0].astype(np.float64).mean(axes, keepdims=True).astype(np.float32))
    if op == "Add":
        return Tensor(value[0] + value[1], x[0].integer)
    if op in ("Sub", "Mul", "Div"):
        return Tensor({"Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}[op](value[0], value[1]))
    if op in ("Abs", "Neg", "Pow"):
        return Tensor({"Abs": np.abs, "Neg": np.negative, "Pow": np.power}[op](*value[:2 if op == "Pow" else 1]))
    if op.startswith("Reduce"):
        return Tensor(reduce(op[6:], value[0], value[1], attributes))
    if op == "Shape":
        return Tensor(np.array(value[0].shape, np.int64), onnx.TensorProto.INT64)
    if op == "Range":
        return Tensor(np.arange(*value[:3]), x[0].integer)
    if op == "Relu":
        return Tensor(np.maximum(value[0], 0))
    if op == "MatMul":
        return Tensor((value[0].astype(np.float64) @ value[1].astype(np.float64)).astype(np.float32))
    if op == "Cast" and attributes["to"] == onnx.TensorProto.FLOAT:
        return Tensor(value[0].astype(np.float32))
    if op == "Gemm":
        a, b = (v.T if attributes.get(t) else v for v, t in zip(value, ("transA", "transB")))
        product = attributes.get("alpha", 1.0) * (a.astype(np.float64) @ b)
        return Tensor((product + (0 if x[2] is None else attributes.get("beta", 1.0) * value[2])).astype(np.float32))
    moved = move(op, [v for v in value if v is not None], attributes)
    if moved is not None:
        return [Tensor(part, x[0].integer) for part in moved]
    if op == "ConvTranspose":
        sums = conv_transpose(value[0].astype(np.float64), value[1].astype(np.float64), attributes)
        return Tensor((sums + bias_of(x[2], sums.ndim)).astype(np.float32))
    if op == "Resize":
        return Tensor(resize(value[0], value[2], value[3], attributes))
    if op == "Transpose":
        return Tensor(value[0].transpose(attributes.get("perm", list(range(value[0].ndim))[::-1])), x[0].integer)
    if op == "Reshape":
        sizes = [value[0].shape[i] if size == 0 else size for i, size in enumerate(value[1])]
        return Tensor(value[0].reshape(sizes), x[0].integer)
    if op == "Flatten":
        return Tensor(value[0].reshape(value[0].shape[0], -1), x[0].integer)
    raise NotImplementedError(op)


def evaluate(path, images):
    """The first result for each image, stacked; of rank 4 with channels last, as ONNX's images are unless they have the order of the
    network's input."""
    graph = onnx.load(path).graph
    constants = {tensor.name: constant(tensor) for tensor in graph.initializer}
    batch, *sizes = [dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim]
    batch = max(batch, 1)
    as_they_are = sizes == list(images.shape[1:]) or len(sizes) != 3
    outputs = []
    if images.dtype.kind != "f":
        images = images.astype(np.int64)
    for first in range(0, len(images), batch):
        some = images[first:first + batch]
        known = dict(constants, **{graph.input[0].name: Tensor(some.reshape(-1, *sizes) if as_they_are else some.transpose(0, 3, 1, 2))})
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            results = run(node, [known[name] if name else None for name in node.input], attributes)
            known.update(zip(node.output, results if isinstance(results, list) else [results]))
        outputs.append(known[graph.output[0].name].values)
    expected = np.concatenate(outputs)
    return expected.transpose(0, 2, 3, 1) if expected.ndim == 4 and not as_they_are else expected


def main(path, images, step, *results):
    expected = evaluate(path, np.load(images))
    for file in results:
        steps = np.abs(expected - np.load(file).reshape(expected.shape)) / float(step)
        print(f"{np.count_nonzero(steps > 0.5)} of {steps.size} results differ, by {steps.max():.1f} steps at most")


if __name__ == "__main__":
    main(*sys.argv[1:])

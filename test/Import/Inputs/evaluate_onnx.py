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
    """[N, C, OH, OW, KH, KW]"""
    pads, strides = attributes.get("pads", [0] * 4), attributes.get("strides", [1, 1])
    x = np.pad(x, [(0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])], constant_values=filler)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1]]


def conv(x, w, attributes):
    group = attributes.get("group", 1)
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


def run(node, x, attributes):
    op, x = node.op_type, x + [None] * 9
    value = [t.values if t else None for t in x]
    if op == "QuantizeLinear":
        return quantize(value[0], x[1], x[2], attributes.get("axis", 1))
    if op == "DequantizeLinear":
        return dequantize(*x[:3], attributes.get("axis", 1))
    if op == "Conv":
        sums = conv(value[0].astype(np.float64), value[1].astype(np.float64), attributes)
        return Tensor((sums + bias_of(x[2], 4)).astype(np.float32))
    if op == "AdderConv":
        view = windows(value[0].astype(np.float64), value[1].shape[2:], attributes, 0)
        return Tensor(np.stack([-np.abs(view - w[None, :, None, None]).sum((1, 4, 5)) for w in value[1]], 1).astype(np.float32))
    if op == "BatchNormalization":
        scale, bias, mean, variance = (v.astype(np.float64).reshape(1, -1, 1, 1) for v in value[1:5])
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
        return Tensor(windows(value[0], attributes["kernel_shape"], attributes, lowest).max((4, 5)), x[0].integer)
    if op == "GlobalAveragePool":
        return Tensor(value[0].astype(np.float64).mean((2, 3), keepdims=True).astype(np.float32))
    if op == "Add":
        return Tensor(value[0] + value[1], x[0].integer)
    if op == "Mul":
        return Tensor(value[0] * value[1])
    if op == "Relu":
        return Tensor(np.maximum(value[0], 0))
    if op == "MatMul":
        return Tensor((value[0].astype(np.float64) @ value[1].astype(np.float64)).astype(np.float32))
    if op == "Cast" and attributes["to"] == onnx.TensorProto.FLOAT:
        return Tensor(value[0].astype(np.float32))
    if op == "Flatten":
        return Tensor(value[0].reshape(value[0].shape[0], -1), x[0].integer)
    raise NotImplementedError(op)


def main(path, images, step, *results):
    graph = onnx.load(path).graph
    constants = {tensor.name: constant(tensor) for tensor in graph.initializer}
    outputs = []
    images = np.load(images)
    if images.dtype.kind != "f":
        images = images.astype(np.int64)
    for image in images:
        known = dict(constants, **{graph.input[0].name: Tensor(image.transpose(2, 0, 1)[None])})
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            known[node.output[0]] = run(node, [known[name] if name else None for name in node.input], attributes)
        outputs.append(known[graph.output[0].name].values)
    expected = np.concatenate(outputs)
    if expected.ndim == 4:
        expected = expected.transpose(0, 2, 3, 1)
    for file in results:
        steps = np.abs(expected - np.load(file).reshape(expected.shape)) / float(step)
        print(f"{np.count_nonzero(steps > 0.5)} of {steps.size} results differ, by {steps.max():.1f} steps at most")


if __name__ == "__main__":
    main(*sys.argv[1:])

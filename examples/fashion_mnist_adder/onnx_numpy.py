# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small numpy evaluator of exported networks, independent of PyTorch: the oracle of the export check."""
import numpy as np
from onnx import helper, numpy_helper


def windows(x, kernel, strides, pads, dilations=(1, 1), fill=0.0):
    """[N, C, H, W] -> view [N, C, Hout, Wout, kh, kw] of the padded image; pads: top, left, bottom, right."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    extent = [d * (k - 1) + 1 for k, d in zip(kernel, dilations)]
    view = np.lib.stride_tricks.sliding_window_view(x, extent, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1], ::dilations[0], ::dilations[1]]


def _rows(x, w, a):
    """Patches [N, Hout, Wout, K] and filters [T, K] of a convolution-like node."""
    if a.get("group", 1) != 1:
        raise NotImplementedError("group != 1")
    view = windows(x, a["kernel_shape"], a.get("strides", (1, 1)), a.get("pads", (0,) * 4), a.get("dilations", (1, 1)))
    n, _, height, width = view.shape[:4]
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(n, height, width, -1), w.reshape(len(w), -1)


def adder_conv(a, x, w):
    patches, filters = _rows(x, w, a)
    return np.stack([-np.abs(patches - taps).sum(-1) for taps in filters], axis=1)


def conv(a, x, w, bias=None):
    patches, filters = _rows(x, w, a)
    y = np.moveaxis(patches @ filters.T, 3, 1)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def batch_normalization(a, x, scale, bias, mean, variance):
    factor = scale / np.sqrt(variance + np.float32(a.get("epsilon", 1e-5)).astype(x.dtype))
    return x * factor.reshape(-1, 1, 1) + (bias - mean * factor).reshape(-1, 1, 1)


def max_pool(a, x):
    return windows(x, a["kernel_shape"], a.get("strides", (1, 1)), a.get("pads", (0,) * 4), fill=-np.inf).max((4, 5))


def average_pool(a, x):
    if any(a.get("pads", ())):
        raise NotImplementedError("padded AveragePool")
    return windows(x, a["kernel_shape"], a.get("strides", (1, 1)), (0,) * 4).mean((4, 5))


def gemm(a, x, w, bias=0.0):
    x, w = x.T if a.get("transA") else x, w.T if a.get("transB") else w
    return a.get("alpha", 1.0) * (x @ w) + a.get("beta", 1.0) * bias


OPERATORS = {
    ("ai.tally", "AdderConv"): adder_conv,
    ("", "Conv"): conv,
    ("", "BatchNormalization"): batch_normalization,
    ("", "Relu"): lambda a, x: np.maximum(x, 0),
    ("", "Add"): lambda a, x, y: x + y,
    ("", "MaxPool"): max_pool,
    ("", "AveragePool"): average_pool,
    ("", "GlobalAveragePool"): lambda a, x: x.mean((2, 3), keepdims=True),
    ("", "Flatten"): lambda a, x: x.reshape(int(np.prod(x.shape[:a.get("axis", 1)])), -1),
    ("", "Gemm"): gemm,
}


def evaluate(network, x):
    """The first output of an onnx.ModelProto for a batch of inputs (the batch size in the file is ignored).

    The arithmetic has the type of x: float64 gives a reference."""
    graph = network.graph
    values = {i.name: numpy_helper.to_array(i).astype(x.dtype) for i in graph.initializer}
    values[graph.input[0].name] = x
    for node in graph.node:
        operator = OPERATORS.get((node.domain, node.op_type))
        if operator is None:
            raise NotImplementedError(f"node '{node.name}': no operator {node.domain}::{node.op_type}")
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = operator(attributes, *(values[name] for name in node.input))
    return values[graph.output[0].name]

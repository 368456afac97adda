# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes adder layers in the pieces that exporters write: usage: adder_forms.py FOLDER COUNT

A layer has a kernel, strides, dilation and padding that look random, and so has each piece its form: windows by Gather (as torch.onnx
writes torch.nn.functional.unfold), by stacked slices or by two unfolds; columns, images or rows; the order of the difference; sums, norms
or means; the sign; attributes or inputs by the operator set. Writes FOLDER/N.onnx and FOLDER/N.txt, what Tally is to make of it.
"""
import pathlib
import random
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS, HEIGHT, WIDTH = 4, 9, 8


class Graph:
    def __init__(self, opset):
        self.opset, self.nodes, self.constants, self.count = opset, [], [], 0

    def constant(self, values, dtype=np.int64):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def op(self, op, *inputs, **attributes):
        self.count += 1
        name = f"v{self.count}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def with_axes(self, op, x, axes, since, **attributes):
        if self.opset < since:
            return self.op(op, x, axes=axes, **attributes)
        return self.op(op, x, self.constant(axes), **attributes)

    def unsqueeze(self, x, *axes):
        return self.with_axes("Unsqueeze", x, list(axes), 13)

    def reshape(self, x, *shape):
        return self.op("Reshape", x, self.constant(shape))

    def transpose(self, x, *perm):
        return self.op("Transpose", x, perm=perm)

    def slice(self, x, axis, start, stop, step=1):
        return self.op("Slice", x, *(self.constant([value]) for value in (start, stop, axis, step)))


class Layer:
    def __init__(self, choose):
        self.filters = choose.choice([1, 4])
        self.group = 1
        self.kernel = [choose.choice([1, 2, 3]), choose.choice([1, 3])]
        self.stride = [choose.choice([1, 1, 2]), choose.choice([1, 2])]
        self.dilation = [choose.choice([1, 1, 2]) if k > 1 else 1 for k in self.kernel]
        self.pad = [choose.choice([0, 1]), choose.choice([0, 1])]
        self.size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in
                     zip((HEIGHT, WIDTH), self.pad, self.dilation, self.kernel, self.stride)]
        self.taps = self.kernel[0] * self.kernel[1]


def windows_by_gather(g, x, layer):
    """[N, C, KH, KW, OH, OW], as torch.onnx writes im2col."""
    for axis, dim in ((2, 0), (4, 1)):
        starts = g.op("Range", g.constant(0), g.constant(layer.size[dim] * layer.stride[dim]), g.constant(layer.stride[dim]))
        taps = g.constant([[i * layer.dilation[dim]] for i in range(layer.kernel[dim])])
        x = g.op("Gather", x, g.op("Add", g.unsqueeze(starts, 0), taps), axis=axis)
    return g.transpose(x, 0, 1, 2, 4, 3, 5)


def windows_by_slices(g, x, layer):
    """The same by a slice for each tap."""
    parts = []
    for i in range(layer.kernel[0]):
        for j in range(layer.kernel[1]):
            part = x
            for axis, dim, tap in ((2, 0, i), (3, 1, j)):
                start = tap * layer.dilation[dim]
                part = g.slice(part, axis, start, start + (layer.size[dim] - 1) * layer.stride[dim] + 1, layer.stride[dim])
            parts.append(g.unsqueeze(part, 2))
    stacked = g.op("Concat", *parts, axis=2)
    return g.op("Reshape", stacked, g.constant([0, CHANNELS, *layer.kernel, *layer.size]))


def windows_by_unfold(g, x, layer):
    """The same by torch.Tensor.unfold along both dimensions: a slice for each window."""
    for axis, dim in ((2, 0), (3, 1)):
        parts = []
        for place in range(layer.size[dim]):
            start = place * layer.stride[dim]
            reach = layer.dilation[dim] * (layer.kernel[dim] - 1) + 1
            part = g.slice(x, axis, start, start + reach, layer.dilation[dim])
            rank = 4 + dim
            part = g.transpose(part, *(d for d in range(rank) if d != axis), axis)
            parts.append(g.unsqueeze(part, axis))
        x = g.op("Concat", *parts, axis=axis)
    return g.transpose(x, 0, 1, 4, 5, 2, 3)  # of [N, C, OH, OW, KH, KW]


def write(path, seed):
    choose = random.Random(seed)
    layer, opset, images = Layer(choose), choose.choice([11, 13, 17, 18]), choose.choice([1, 1, 2])
    g = Graph(opset)
    x = "x"
    if any(layer.pad):
        x = g.op("Pad", x, g.constant([0, 0, *layer.pad] * 2))
    x = choose.choice([windows_by_gather, windows_by_slices, windows_by_unfold])(g, x, layer)
    terms, places = CHANNELS * layer.taps, layer.size[0] * layer.size[1]
    columns = choose.choice(["columns", "images", "rows", "terms", "groups"])
    if columns == "groups":
        layer.group, layer.filters = choose.choice([(2, 2), (2, 6), (4, 4), (4, 8)] if layer.taps > 1 else [(2, 2), (2, 6)])
    values = np.random.RandomState(seed).normal(0, 1, (layer.filters, CHANNELS // layer.group, *layer.kernel)).astype(np.float32)
    sign = choose.choice(["x-w", "w-x", "x+w"])
    g.constants.append(numpy_helper.from_array(-values if sign == "x+w" else values, "weight"))
    if columns == "columns":  # AdderNet: [F, K, 1] and [1, K, L * N]
        x = g.transpose(g.reshape(x, images, terms, places), 1, 2, 0)
        x, w = g.unsqueeze(g.reshape(x, terms, -1), 0), g.unsqueeze(g.reshape("weight", layer.filters, -1), 2)
        axes = [1]
    elif columns == "images":  # [1, F, K, 1] and [N, 1, K, L]
        x, w = g.unsqueeze(g.reshape(x, images, terms, places), 1), g.reshape("weight", 1, layer.filters, terms, 1)
        axes = [2]
    elif columns == "rows":  # [1, F, K] and [N * L, 1, K]
        x = g.reshape(g.transpose(x, 0, 4, 5, 1, 2, 3), -1, 1, terms)
        w, axes = g.reshape("weight", 1, layer.filters, terms), [-1]
    elif columns == "groups":  # [1, G, F / G, K / G, 1] and [N, G, 1, K / G, L]
        x = g.reshape(x, images, layer.group, 1, terms // layer.group, places)
        w, axes = g.reshape("weight", 1, layer.group, layer.filters // layer.group, terms // layer.group, 1), [-2]
    else:  # [1, F, C, T, 1, 1] and [N, 1, C, T, OH, OW]
        x = g.reshape(x, images, 1, CHANNELS, layer.taps, *layer.size)
        w, axes = g.reshape("weight", 1, layer.filters, CHANNELS, layer.taps, 1, 1), [2, 3]
    y = g.op("Add" if sign == "x+w" else "Sub", *((w, x) if sign == "w-x" else (x, w)))
    if choose.random() < 0.2:
        y = g.op("Add", y, g.constant(1e-6, np.float32))
    norm = choose.choice(["sum", "sum", "mean", "norm", "power"])
    if norm != "norm":
        y = g.op("Abs", y)
    if norm == "power":
        y = g.op("Pow", y, g.constant(1, np.float32))
    reduce, since = {"mean": ("ReduceMean", 18), "norm": ("ReduceL1", 18)}.get(norm, ("ReduceSum", 13))
    y = g.with_axes(reduce, y, axes, since, keepdims=0)
    if columns == "columns":
        move = lambda y: g.transpose(g.reshape(y, layer.filters, *layer.size, images), 3, 0, 1, 2)
    elif columns == "rows":
        move = lambda y: g.transpose(g.reshape(y, images, *layer.size, layer.filters), 0, 3, 1, 2)
    else:
        move = lambda y: g.reshape(y, images, layer.filters, *layer.size)
    sign = choose.choice(["Neg", "Neg", "Mul", "Sub", "none"])
    late = choose.random() < 0.3
    if late:
        y = move(y)
    if sign == "Neg":
        y = g.op("Neg", y)
    elif sign == "Mul":
        y = g.op("Mul", y, g.constant(-1, np.float32))
    elif sign == "Sub":
        y = g.op("Sub", g.constant(0, np.float32), y)
    y = y if late else move(y)
    shapes = [images, CHANNELS, HEIGHT, WIDTH], [images, layer.filters, *layer.size]
    graph = helper.make_graph(g.nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shapes[0])],
                              [helper.make_tensor_value_info(y, TensorProto.FLOAT, shapes[1])], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if opset < 18:  # younger than some versions of onnx
        onnx.checker.check_model(model)
    path.with_suffix(".onnx").write_bytes(model.SerializeToString())
    shape = f"tensor<{layer.filters}x{layer.kernel[0]}x{layer.kernel[1]}x{CHANNELS // layer.group}xf32>"
    form = (f"%weight pad [{layer.pad[0]}, {layer.pad[0]}, {layer.pad[1]}, {layer.pad[1]}] stride "
            f"[{', '.join(map(str, layer.stride))}] dilation [{', '.join(map(str, layer.dilation))}]{f' group {layer.group}' if layer.group > 1 else ''}")
    path.with_suffix(".txt").write_text(f"CHECK: tally.adder_conv2d {{{{.*}}}}{form} {{{{.*}}}} {shape})\nCHECK-NOT: tally.adder\n")


def main(folder, count):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(int(count)):
        write(folder / str(seed), seed)


if __name__ == "__main__":
    main(*sys.argv[1:])

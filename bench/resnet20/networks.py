#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Residual networks with random weights, the same ones each time, as ONNX files for comparisons of speed.

usage: networks.py [--shape resnet20|resnet18] FOLDER    writes conv.onnx, conv.qdq.onnx, adder.onnx and images

conv.qdq.onnx is conv.onnx with 8-bit QuantizeLinear and DequantizeLinear: weights of -127..127 with a step for each filter,
activations of 0..255 from the smallest to the largest value that some random images reach. adder.onnx has the same shape
with adder layers, but for the first and the last, and batch normalisations that fit what random weights and inputs make.
Needs numpy and onnx (Debian python3-onnx)."""
import argparse
from collections import namedtuple
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

Shape = namedtuple("Shape", "image stem widths blocks classes")
Window = namedtuple("Window", "size stride")
SHAPES = {
    "resnet20": Shape(32, Window(3, 1), (16, 32, 64), 3, 10),
    "resnet18": Shape(224, Window(7, 2), (64, 128, 256, 512), 2, 1000),
}
IMAGES = 4  # that ranges are taken from
MOST = 255  # code of an activation


def windows(x, size, stride, border):
    """[N, C, H, W] as [N, OH, OW, C, size, size]."""
    pad = size // 2
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=border)
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


class Network:
    """Nodes and constants, and with `images` what each value is on them."""

    def __init__(self, shape, images=None):
        self.random = np.random.default_rng(1)
        self.shape, self.nodes, self.constants, self.values = shape, [], {}, {"image": images}

    def add(self, kind, inputs, name, compute=None, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        if compute is not None and self.values["image"] is not None:
            self.values[name] = compute(*(self.values[value] for value in inputs if value in self.values))
        return name

    def constant(self, name, value):
        self.constants[name] = np.asarray(value, dtype=np.float32)
        return name

    def conv(self, x, name, channels, filters, size, stride):
        weight = self.random.normal(0, np.sqrt(2 / (channels * size * size)), (filters, channels, size, size))
        bias = self.random.normal(0, 0.1, filters)

        def compute(value):
            cut = windows(value, size, stride, 0)
            sums = cut.reshape(*cut.shape[:3], -1) @ weight.reshape(filters, -1).T.astype(np.float32) + bias.astype(np.float32)
            return sums.transpose(0, 3, 1, 2)

        return self.add("Conv", [x, self.constant(name + ".weight", weight), self.constant(name + ".bias", bias)], name, compute,
                        kernel_shape=[size] * 2, strides=[stride] * 2, pads=[size // 2] * 4)

    def adder(self, x, name, channels, filters, size, stride):
        """With the normalisation behind it: mean and deviation that its sums have on inputs max(0, normal)."""
        # Far wider than inputs, as training makes them.
        deviation, deviations = 6, 6
        weight = self.random.normal(0, deviation, (filters, channels, size, size))
        inputs = np.maximum(0, self.random.normal(0, 1, 4096))
        grid = np.linspace(-deviations * deviation, deviations * deviation, 1001)
        terms = np.abs(inputs[None] - grid[:, None])
        flat = weight.reshape(filters, -1)
        mean = np.interp(flat, grid, terms.mean(1)).sum(1)
        variance = np.interp(flat, grid, terms.var(1)).sum(1)
        self.nodes.append(helper.make_node("AdderConv", [x, self.constant(name + ".weight", weight)], [name], name, "", "ai.tally",
                                           kernel_shape=[size] * 2, strides=[stride] * 2, pads=[size // 2] * 4))
        parameters = [self.constant(f"{name}.norm.{part}", value) for part, value in
                      (("scale", np.ones(filters)), ("shift", np.zeros(filters)), ("mean", -mean), ("variance", variance))]
        return self.add("BatchNormalization", [name, *parameters], name + ".norm")

    def relu(self, x, name):
        return self.add("Relu", [x], name, lambda value: np.maximum(0, value))

    def build(self, kind):
        """`kind`: conv or adder."""
        layer = self.conv if kind == "conv" else self.adder
        stem, width = self.shape.stem, self.shape.widths[0]
        x = self.relu(self.conv("image", "stem", 3, width, *stem), "stem.relu")
        if stem.stride > 1:
            x = self.add("MaxPool", [x], "pool", lambda value: windows(value, 3, 2, -np.inf).max((4, 5)).transpose(0, 3, 1, 2),
                         kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        for stage, filters in enumerate(self.shape.widths):
            for block in range(self.shape.blocks):
                name, stride = f"{stage}.{block}", 2 if stage and not block else 1
                y = self.relu(layer(x, name + ".a", width, filters, 3, stride), name + ".relu")
                y = layer(y, name + ".b", filters, filters, 3, 1)
                if stride > 1:
                    x = layer(x, name + ".skip", width, filters, 1, 2)
                y = self.add("Add", [y, x], name + ".add", np.add)
                x, width = self.relu(y, name + ".out"), filters
        x = self.add("GlobalAveragePool", [x], "mean", lambda value: value.mean((2, 3), keepdims=True))
        x = self.add("Flatten", [x], "flat", lambda value: value.reshape(len(value), -1))
        weight = self.random.normal(0, np.sqrt(1 / width), (self.shape.classes, width))
        bias = np.zeros(self.shape.classes)
        return self.add("Gemm", [x, self.constant("last.weight", weight), self.constant("last.bias", bias)], "last",
                        lambda value: value @ weight.T.astype(np.float32), transB=1)

    def save(self, path, result):
        size = self.shape.image
        tensor = helper.make_tensor_value_info
        graph = helper.make_graph(self.nodes, "network", [tensor("image", onnx.TensorProto.FLOAT, [1, 3, size, size])],
                                  [tensor(result, onnx.TensorProto.FLOAT, [1, self.shape.classes])],
                                  [numpy_helper.from_array(value, name) for name, value in self.constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("ai.tally", 1)])
        model.ir_version = 8
        onnx.save(model, path)


class Quantized:
    """`network` once more, with quantizers behind every value and every weight."""

    def __init__(self, network):
        self.network, self.nodes, self.constants, self.steps, self.codes = network, [], {}, {}, {"image": "image"}
        relus = {node.input[0] for node in network.nodes if node.op_type == "Relu"}
        self.quantize("image")
        for node in network.nodes:
            self.nodes.append(self.onto_codes(node))
            output = node.output[0]
            self.codes[output] = output
            if node.op_type in ("MaxPool", "Flatten"):  # the same codes in other places
                self.steps[output] = self.steps[node.input[0]]
            if output not in relus:  # else behind the maximum with zero, which clipping is then
                self.quantize(output)

    def quantize(self, name):
        if name not in self.steps:
            value = self.network.values[name]
            low, high = min(0, float(value.min())), max(0, float(value.max()))
            step = np.float32((high - low) / MOST)
            self.steps[name] = step, np.uint8(round(-low / step))
        step, zero = self.steps[name]
        self.codes[name] = self.pair(name, [self.codes[name]], step, zero)

    def pair(self, name, source, step, zero):
        self.constants[name + ".step"], self.constants[name + ".zero"] = step, zero
        operands = [name + ".step", name + ".zero"]
        self.nodes.append(helper.make_node("QuantizeLinear", [*source, *operands], [name + ".codes"]))
        self.nodes.append(helper.make_node("DequantizeLinear", [name + ".codes", *operands], [name + ".reals"]))
        return name + ".reals"

    def parameter(self, name, codes, step, axis=None):
        zero = np.zeros(np.shape(step), codes.dtype)
        self.constants.update({name + ".codes": codes, name + ".step": step, name + ".zero": zero})
        self.nodes.append(helper.make_node("DequantizeLinear", [name + part for part in (".codes", ".step", ".zero")], [name + ".reals"],
                                           **({} if axis is None else {"axis": axis})))
        return name + ".reals"

    def onto_codes(self, node):
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        del copy.input[:]
        copy.input.extend(self.codes.get(name, name) for name in node.input)
        if node.op_type not in ("Conv", "Gemm"):
            return copy
        weight, bias = (self.network.constants[name] for name in node.input[1:])
        axes = tuple(range(1, weight.ndim))
        # A step for each filter; one for all in the last layer, whose runtime wants that.
        largest = np.abs(weight).max(axes) if node.op_type == "Conv" else np.abs(weight).max()
        step = np.float32(largest / 127)
        codes = np.round(weight / step.reshape(-1, *[1] * len(axes))).astype(np.int8)
        bias_step = np.float32(step * self.steps[node.input[0]][0])
        axis = 0 if node.op_type == "Conv" else None
        copy.input[1] = self.parameter(node.input[1], codes, step, axis)
        copy.input[2] = self.parameter(node.input[2], np.round(bias / bias_step).astype(np.int32), bias_step, axis)
        return copy


def write(shape, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    size = shape.image
    images = np.random.default_rng(2).normal(0, 1, (IMAGES, 3, size, size)).astype(np.float32)
    np.save(folder / "images.npy", images.transpose(0, 2, 3, 1))
    np.save(folder / "labels.npy", np.zeros(IMAGES, np.int64))
    conv = Network(shape, images)
    conv.save(folder / "conv.onnx", conv.build("conv"))
    quantized = Quantized(conv)
    conv.nodes, conv.constants = quantized.nodes, quantized.constants
    conv.save(folder / "conv.qdq.onnx", quantized.codes["last"])
    adder = Network(shape)
    adder.save(folder / "adder.onnx", adder.build("adder"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="resnet20", help="of CIFAR-10 (default) or of ImageNet")
    parser.add_argument("folder", metavar="FOLDER")
    args = parser.parse_args()
    write(SHAPES[args.shape], args.folder)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Milliseconds for one image of a residual network of adder layers, Tally beside PyTorch, whose `torch.cdist` computes them.

usage: compare_cdist.py [--tally PATH] [--shape resnet20|resnet18] [--threads N] [--rounds N] [--seconds S] [--json FILE] [--folder DIR]

PyTorch computes the float network of networks.py: windows unfolded, distances of their rows from those of the filters
(p = 1), the rest by its layers. Tally computes it in float and quantized to 8 bits. In every round each of them runs once;
printed are medians over rounds, and of ratios within a round. Before that, PyTorch's results are held against Tally's.

Needs networks.py's packages and PyTorch (Debian python3-torch)."""
import statistics
import sys
import time

import numpy as np
import onnx
from onnx import helper, numpy_helper
import torch
from torch.nn import functional

import compare_onnxruntime as common

NETWORKS = {"adder float": "adder.mlir", "adder int8": "adder.q.mlir"}


def distances(x, weight, stride, pad):
    filters, _, size, _ = weight.shape
    columns = functional.unfold(x, size, padding=pad, stride=stride)[0].T
    height = (x.shape[2] + 2 * pad - size) // stride + 1
    return -torch.cdist(weight.reshape(filters, -1), columns, p=1).reshape(1, filters, height, -1)


def compute(graph, constants, image):
    """The result of a network of networks.py."""
    values = dict(constants, image=image)
    for node in graph.node:
        inputs = [values[name] for name in node.input]
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        stride, pad = attributes.get("strides", [1])[0], attributes.get("pads", [0])[0]
        values[node.output[0]] = {
            "AdderConv": lambda x, w: distances(x, w, stride, pad),
            "Conv": lambda x, w, b: functional.conv2d(x, w, b, stride, pad),
            "BatchNormalization": lambda x, scale, shift, mean, variance: functional.batch_norm(x, mean, variance, scale, shift),
            "Relu": torch.relu,
            "Add": torch.add,
            "MaxPool": lambda x: functional.max_pool2d(x, attributes["kernel_shape"][0], stride, pad),
            "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
            "Flatten": lambda x: x.flatten(1),
            "Gemm": lambda x, w, b: functional.linear(x, w, b),
        }[node.op_type](*inputs)
    return values[graph.node[-1].output[0]]


class Other:
    def __init__(self, folder):
        self.graph = onnx.load(str(folder / "adder.onnx")).graph
        self.constants = {value.name: torch.from_numpy(numpy_helper.to_array(value).copy()) for value in self.graph.initializer}
        images = np.load(folder / "images.npy").transpose(0, 3, 1, 2)
        self.images = [torch.from_numpy(np.ascontiguousarray(images[i:i + 1])) for i in range(len(images))]

    def check(self, tally, folder):
        common.run(tally, "eval", "adder.mlir", "--data", "npy:images.npy,labels.npy", "--outputs", "results.npy", cwd=folder)
        mine = np.load(folder / "results.npy").reshape(len(self.images), -1)
        theirs = np.concatenate([compute(self.graph, self.constants, image).numpy() for image in self.images])
        difference = np.abs(mine - theirs).max() / np.abs(theirs).max()
        if not difference < 1e-3:
            sys.exit(f"error: Tally's results differ from PyTorch's by {difference:g} of the largest")

    def time(self, seconds):
        times, begin = [], time.perf_counter()
        while not times or time.perf_counter() - begin < seconds:
            start = time.perf_counter()
            compute(self.graph, self.constants, self.images[len(times) % len(self.images)])
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times)


def measure(args, folder):
    torch.set_num_threads(args.threads)
    other = Other(folder)
    with torch.no_grad():
        other.check(args.tally, folder)
        theirs = other.time(args.seconds)
    for name, network in NETWORKS.items():
        yield name, (common.time_tally(args, folder / network, *common.on_threads(args)), theirs)


if __name__ == "__main__":
    common.compare(__doc__, "PyTorch", measure)

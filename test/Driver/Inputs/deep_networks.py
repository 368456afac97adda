# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes deep networks as ONNX files: usage: deep_networks.py KIND COUNT FILE.onnx

Each takes x, [1, 2, 4, 4], through COUNT nodes or blocks of the KIND:
  add        x + c, with one c
  add-own    x + c, each with a c of its own
  double     v + v, and a product with 1/2 every eighth time
  diamond    v + v only, whose naive evaluation is of 2^COUNT terms
  residual   v + relu(v + v) inside v + relu(...), diamonds in diamonds
  relu       relu
  mixed      relu, add, sigmoid, product, clip, maximum in turn
  conv       convolutions of 3x3, each with weights of its own
  shared     convolutions that share one weight and one bias
  adder      as conv, as adder layers with normalisation
  parallel   COUNT convolutions of one value, concatenated
  named      relu nodes, all of one name
"""
import sys

import numpy as np
import onnx
import onnx.helper as helper
import onnx.numpy_helper

CHANNELS, SIZE = 2, 4


class Network:
    def __init__(self):
        self.nodes, self.initializers = [], []
        self.random = np.random.default_rng(1)

    def add(self, op, inputs, name=None, **attributes):
        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=name or output, **attributes))
        return output

    def constant(self, name, values):
        self.initializers.append(onnx.numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def channels(self, name, low, high):
        return self.constant(name, self.random.uniform(low, high, CHANNELS))

    def filter(self, name):
        return self.constant(name, self.random.uniform(-0.4, 0.4, [CHANNELS, CHANNELS, 3, 3]))

    def convolve(self, value, weight, bias):
        return self.add("Conv", [value, weight, bias], pads=[1, 1, 1, 1])

    def save(self, output, path):
        def info(name, shape):
            return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

        shape = [1, CHANNELS, SIZE, SIZE]
        graph = helper.make_graph(self.nodes, "deep", [info("x", shape)], [info(output, None)], self.initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.tally", 1)]
        with open(path, "wb") as file:
            file.write(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def build(kind, count):
    net = Network()
    value, values = "x", []
    half, small = net.constant("half", 0.5), net.constant("small", 0.001)
    if kind == "shared":
        weight, bias = net.filter("weight"), net.channels("bias", 0, 1)
    for i in range(count):
        if kind == "add":
            value = net.add("Add", [value, small])
        elif kind == "add-own":
            value = net.add("Add", [value, net.constant(f"c{i}", np.full((CHANNELS, 1, 1), 0.001 * (i % 7 - 3)))])
        elif kind == "double":
            value = net.add("Mul", [value, half]) if i % 2 else net.add("Add", [value, value])
        elif kind == "diamond":
            value = net.add("Add", [value, value])
        elif kind == "residual":
            inner = net.add("Relu", [net.add("Add", [value, value])])
            inner = net.add("Add", [inner, net.add("Relu", [net.add("Mul", [inner, half])])])
            value = net.add("Mul", [net.add("Add", [value, inner]), net.constant(f"s{i}", 0.2)])
        elif kind == "relu":
            value = net.add("Relu", [value])
        elif kind == "named":
            value = net.add("Relu", [value], name="same")
        elif kind == "mixed":
            value = [lambda: net.add("Relu", [value]), lambda: net.add("Add", [value, small]),
                     lambda: net.add("Sigmoid", [value]), lambda: net.add("Mul", [value, half]),
                     lambda: net.add("Clip", [value, "", half]), lambda: net.add("Max", [value, small])][i % 6]()
        elif kind == "conv":
            value = net.add("Relu", [net.convolve(value, net.filter(f"w{i}"), net.channels(f"b{i}", 0, 1))])
        elif kind == "shared":
            value = net.add("Relu", [net.convolve(value, weight, bias)])
        elif kind == "adder":
            value = net.add("AdderConv", [value, net.filter(f"w{i}")], domain="ai.tally", pads=[1, 1, 1, 1])
            moments = [net.channels(f"{name}{i}", low, high) for name, low, high in
                       [("gamma", 0.5, 1.5), ("beta", 0, 1), ("mean", -12, -8), ("var", 1, 3)]]
            value = net.add("Relu", [net.add("BatchNormalization", [value, *moments])])
        elif kind == "parallel":
            values.append(net.convolve("x", net.filter(f"w{i}"), net.channels(f"b{i}", 0, 1)))
        else:
            sys.exit(f"no such kind: {kind}")
    if values:
        value = net.add("Concat", values, axis=1)
    return net, value


def main(kind, count, path):
    net, value = build(kind, int(count))
    net.save(value, path)


if __name__ == "__main__":
    main(*sys.argv[1:])

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of a compiled training step beside those of PyTorch, on one batch of noise.

usage: pytorch_gradients.py STEP.so STEP.h NET.onnx conv|adder SOURCE

STEP comes from `tally compile`; NET.onnx holds the parameters by their names in PyTorch. Prints the largest
difference of any gradient from PyTorch's in double precision, relative to the largest element of that gradient.
"""
import ctypes
import re
import sys

import numpy
import onnx
import onnx.numpy_helper
import torch

library, header, network, layers, source = sys.argv[1:]
sys.path.insert(0, f"{source}/examples/fashion_mnist_adder")
import adder
from network import FashionNet

SEED = 7
text = open(header).read()
rows = re.findall(r'/\* (input|output)\d+ "([^"]*)": ([0-9x]*),', text)
shapes = {(side, name): [int(n) for n in sizes.split("x") if n] for side, name, sizes in rows}

# AdderNet's local rate belongs to the update, not to the gradient.
model = FashionNet(layers)
for module in model.modules():
    if isinstance(module, adder.AdderConv2d):
        module.eta = None
state = model.state_dict()
for tensor in onnx.load(network).graph.initializer:
    if tensor.name in state:
        state[tensor.name].copy_(torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()))
parameters = dict(model.named_parameters())

random = numpy.random.default_rng(SEED)
images = random.random((32, 28, 28, 1), dtype=numpy.float32)
labels = random.integers(0, 10, 32)
targets = numpy.eye(10, dtype=numpy.float32)[labels]


def channels_last(name, shape):
    """A parameter as the compiled step takes it."""
    value = parameters[name].detach().numpy()
    if value.ndim == 4:
        value = value.transpose(0, 2, 3, 1)
    return numpy.ascontiguousarray(value).reshape(shape)


inputs, outputs = [], {}
for side, name, _ in rows:
    shape = shapes[side, name]
    if side == "output":
        outputs[name] = numpy.zeros(shape, numpy.float32)
    elif name == "targets":
        inputs.append(targets)
    elif name.startswith("parameter:"):
        inputs.append(channels_last(name.removeprefix("parameter:"), shape))
    else:
        inputs.append(images)
workspace = numpy.zeros(int(re.search(r"WORKSPACE_BYTES (\d+)", text)[1]) + 64, numpy.uint8)
arrays = inputs + list(outputs.values())
pointers = [array.ctypes.data for array in arrays] + [(workspace.ctypes.data + 63) // 64 * 64]
ctypes.CDLL(library).net_run(*map(ctypes.c_void_p, pointers))

def pytorch(dtype):
    """Loss and gradients, filters channels last."""
    model.to(dtype).train()
    model.zero_grad()
    scores = model(torch.from_numpy(images.transpose(0, 3, 1, 2)).to(dtype))
    loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels))
    loss.backward()
    gradients = {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}
    return float(loss.detach()), {name: gradient.transpose(0, 2, 3, 1) if gradient.ndim == 4 else gradient
                                  for name, gradient in gradients.items()}


def difference(ours, exact):
    return max(float(abs(ours[name].reshape(g.shape) - g).max() / abs(g).max()) for name, g in exact.items())


single = pytorch(torch.float32)[1]
loss, exact = pytorch(torch.float64)
assert abs(loss - float(outputs["loss"])) < 1e-4 * abs(loss), (loss, outputs["loss"])
step = difference({name: outputs["gradient:" + name] for name in exact}, exact)
rounding = difference(single, exact)
print(f"{len(exact)} gradients, largest relative difference {step:.1e}, of PyTorch in single precision {rounding:.1e}")
# Sums of absolute differences are large, and cancel: adder networks are worse conditioned.
sys.exit(step > max(1e-4, rounding))

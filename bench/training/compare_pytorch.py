#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images a second of training steps of a residual network, `tally train` beside PyTorch, on the same processors.

usage: compare_pytorch.py [--tally PATH] [--threads N] [--rounds N] [--images N] [--json FILE] [--folder DIR]

ResNet-20 of bench/resnet20/networks.py, batches of 128 random images, SGD with momentum: with convolutions in float, with
convolutions whose weights and inputs have learned steps of 3 bits (LSQ), and with adder layers, which PyTorch computes by
unfolding windows and `torch.cdist`. PyTorch does not shift or flip images, nor does Tally here; neither counts what comes
before the first step (loading, compiling). In every round each of them runs once; printed are medians over rounds, and of
ratios within a round. PyTorch takes adder networks for one batch only.

Needs networks.py's packages and PyTorch (Debian python3-torch)."""
import argparse
import json
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import helper, numpy_helper
import torch
from torch.nn import functional

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "resnet20")]
import networks
import programs

BATCH, RATE, MOMENTUM = 128, 0.02, 0.9
TRAIN = {"batch": BATCH, "rate": RATE, "decay": 0, "freeze": 1}
QUANTIZERS = [{"kind": "conv", "bits": 3, "activation_bits": 3}]
ROWS = {"CNN float": ("conv", []), "CNN w3a3 (LSQ)": ("conv", QUANTIZERS), "adder float": ("adder", [])}


def write_data(folder, count):
    random = np.random.default_rng(3)
    np.save(folder / "x.npy", random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8))
    np.save(folder / "y.npy", random.integers(0, 10, count))


class Round(torch.autograd.Function):
    """To the nearest integer; gradients pass."""

    @staticmethod
    def forward(_, x):
        return torch.round(x)

    @staticmethod
    def backward(_, gradient):
        return gradient


class Other:
    """A network of networks.py that learns in PyTorch."""

    def __init__(self, path, quantized):
        self.graph, self.quantized = onnx.load(str(path)).graph, quantized
        self.values = {value.name: torch.nn.Parameter(torch.from_numpy(numpy_helper.to_array(value).copy()))
                       for value in self.graph.initializer}
        self.steps = {}
        layers = [node for node in self.graph.node if node.op_type in ("Conv", "Gemm")] if quantized else []
        for node in layers:
            weight = self.values[node.input[1]]
            axes = tuple(range(1, weight.ndim))
            self.steps[node.input[1]] = torch.nn.Parameter(weight.detach().abs().mean(axes, keepdim=True))
            self.steps[node.input[0]] = torch.nn.Parameter(torch.tensor(0.3))
        self.optimizer = torch.optim.SGD([*self.values.values(), *self.steps.values()], RATE, MOMENTUM)

    def quantize(self, name, value, low, high):
        step = self.steps.get(name)
        return value if step is None else step * Round.apply(torch.clamp(value / step, low, high))

    def adder(self, x, weight, stride, pad):
        filters, _, size, _ = weight.shape
        columns = functional.unfold(x, size, padding=pad, stride=stride).transpose(1, 2)
        height = (x.shape[2] + 2 * pad - size) // stride + 1
        distances = torch.cdist(columns, weight.reshape(1, filters, -1), p=1)
        return -distances.transpose(1, 2).reshape(len(x), filters, height, height)

    def forward(self, images):
        values = dict(self.values, image=images)
        for node in self.graph.node:
            inputs = [values[name] for name in node.input]
            attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
            stride, pad = attributes.get("strides", [1])[0], attributes.get("pads", [0])[0]
            if node.op_type in ("Conv", "Gemm"):
                low = -4 if node.input[0] == "image" else 0
                inputs[0] = self.quantize(node.input[0], inputs[0], low, low + 7)
                inputs[1] = self.quantize(node.input[1], inputs[1], -3, 3)
            values[node.output[0]] = {
                "AdderConv": lambda x, w: self.adder(x, w, stride, pad),
                "Conv": lambda x, w, b: functional.conv2d(x, w, b, stride, pad),
                "BatchNormalization": lambda x, scale, shift, *_: functional.batch_norm(x, None, None, scale, shift, True),
                "Relu": torch.relu,
                "Add": torch.add,
                "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
                "Flatten": lambda x: x.flatten(1),
                "Gemm": lambda x, w, b: functional.linear(x, w, b),
            }[node.op_type](*inputs)
        return values[self.graph.node[-1].output[0]]

    def run(self, folder, count):
        """Images a second."""
        images = torch.from_numpy(np.load(folder / "x.npy")).permute(0, 3, 1, 2).float() / 255
        labels = torch.from_numpy(np.load(folder / "y.npy"))
        warm, begin, done = 0 if count <= BATCH else 1, None, 0
        for step in range(count // BATCH):
            if step == warm:
                begin, done = time.perf_counter(), 0
            part = slice(step * BATCH, (step + 1) * BATCH)
            self.optimizer.zero_grad()
            functional.cross_entropy(self.forward(images[part]), labels[part]).backward()
            self.optimizer.step()
            done += BATCH
        return done / (time.perf_counter() - begin)


def run_tally(tally, folder, kind, layers, threads, images):
    (folder / "recipe.json").write_text(json.dumps({"layers": layers, "train": TRAIN}))
    subprocess.run([tally, "train", folder / f"{kind}.mlir", "--data", f"npy:{folder}/x.npy,{folder}/y.npy", "--limit", str(images),
                    "--recipe", folder / "recipe.json", "--epochs", "1", "--threads", str(threads), "--quiet",
                    "--json", folder / "log.jsonl", "-o", folder / "out.mlir", "--mean", "0", "--std", "1"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((folder / "log.jsonl").read_text())["images_per_second"]


def measure(folder, args):
    networks.write(networks.SHAPES["resnet20"], folder)
    write_data(folder, args.images)
    for kind in ("conv", "adder"):
        subprocess.run([args.tally, "import", folder / f"{kind}.onnx", "-o", folder / f"{kind}.mlir"], check=True,
                       stderr=subprocess.DEVNULL)
    torch.set_num_threads(args.threads)
    rates = {name: [] for name in ROWS}
    for _ in range(args.rounds):
        for name, (kind, layers) in ROWS.items():
            other = Other(folder / f"{kind}.onnx", bool(layers)).run(folder, BATCH if kind == "adder" else args.images)
            rates[name].append((run_tally(args.tally, folder, kind, layers, args.threads, args.images), other))
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs.add_tally(parser)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=12 * BATCH)
    parser.add_argument("--json")
    parser.add_argument("--folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rates = measure(Path(args.folder or temporary), args)
    print(f"ResNet-20, batch {BATCH}, {args.threads} threads: images a second")
    print(f"{'':16}{'Tally':>8}{'PyTorch':>9}{'ratio':>8}")
    report = {}
    for name, pairs in rates.items():
        ours, theirs = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(a / b for a, b in pairs)
        report[name] = {"tally": ours, "pytorch": theirs, "ratio": ratio}
        print(f"{name:16}{ours:8.0f}{theirs:9.1f}{ratio:7.1f}x")
    if args.json:
        Path(args.json).write_text(json.dumps({"threads": args.threads, "torch": torch.__version__, "rows": report}, indent=2) + "\n")


if __name__ == "__main__":
    main()

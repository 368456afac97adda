#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums of training steps against the multiply-add limit of this machine, on one thread.

usage: gradients.py [--tally PATH] [--images N] [--rounds N] [--json FILE]

Layers of ResNet-20 for CIFAR-10, 32 images: the forward convolution, its gradients to filter and
input, and AdderNet's gradient to the input, each as a module of one operation. The limit is the
rate of multiply-adds that `tally bench --per-layer` measures in the same process as each forward
convolution. Rounds go through all modules in turn; the table has medians. Time is that of the whole
operation: borders, the filter turned around and the gradient in the filter's order included.
"""
import argparse
import json
import os
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import programs

LAYERS = [("stem", 3, 16, 32, 1), ("16x32x32", 16, 16, 32, 1), ("32x16x16", 32, 32, 16, 1),
          ("64x8x8", 64, 64, 8, 1), ("16 to 32, stride 2", 16, 32, 32, 2)]
KINDS = ["forward", "filter gradient", "input gradient", "adder input gradient"]


def tensor(*shape):
    return "tensor<" + "x".join(map(str, shape)) + "xf32>"


def module(kind, images, channels, filters, size, stride):
    # TOSA wants windows that end with the image.
    pad = [1, 1] if stride == 1 else [1, 0]
    x, w = tensor(images, size, size, channels), tensor(filters, 3, 3, channels)
    g = tensor(images, size // stride, size // stride, filters)
    window = f"pad [{pad[0]}, {pad[1]}, {pad[0]}, {pad[1]}] stride [{stride}, {stride}] dilation [1, 1]"
    if kind == "forward":
        zero = '"tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>'
        return f"""func.func @main(%x: {x}) -> {g} {{
  %z = {zero}
  %w = "tosa.const"() {{values = dense<0.5> : {w}}} : () -> {w}
  %v = tosa.exp %w : ({w}) -> {w}
  %y = tosa.conv2d %x, %v, %z, %z, %z {{acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: {pad[0]}, {pad[1]}, {pad[0]}, {pad[1]}>,
      stride = array<i64: {stride}, {stride}>}} : ({x}, {w}, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> {g}
  return %y : {g}
}}"""
    arguments = {"filter gradient": f"%x: {x}, %g: {g}", "input gradient": f"%g: {g}, %w: {w}",
                 "adder input gradient": f"%g: {g}, %x: {x}, %w: {w}"}[kind]
    operation, result = {
        "filter gradient": (f"tally.conv2d_filter_gradient %x, %g {window} : ({x}, {g}) -> {w}", w),
        "input gradient": (f"tally.conv2d_input_gradient %g, %w {window} : ({g}, {w}) -> {x}", x),
        "adder input gradient": ("tally.adder_input_gradient %g, %x, %w rule <hard_tanh> "
                                 f"{window} : ({g}, {x}, {w}) -> {x}", x)}[kind]
    return f"func.func @main({arguments}) -> {result} {{\n  %y = {operation}\n  return %y : {result}\n}}"


def main():
    parser = argparse.ArgumentParser()
    programs.add_tally(parser)
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    rates, limits = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name, channels, filters, size, stride in LAYERS:
                multiplies = options.images * (size // stride) ** 2 * 9 * channels * filters
                for kind in KINDS:
                    path, out = os.path.join(folder, "net.mlir"), os.path.join(folder, "out.json")
                    with open(path, "w") as file:
                        file.write(module(kind, options.images, channels, filters, size, stride))
                    command = [options.tally, "bench", path, "--json", out]
                    subprocess.run(command + ["--per-layer"] if kind == "forward" else command,
                                   check=True, stdout=subprocess.DEVNULL)
                    report = json.load(open(out))
                    rates.setdefault((name, kind), []).append(multiplies / options.images / report["latency"]["min_ms"] / 1e6)
                    if kind == "forward":
                        limits += [one["gops"] for one in report["limits"]
                                   if one["name"].startswith("multiply-add")]
    limit = statistics.median(limits)
    print(f"limit: {limit:.1f} G multiply-adds a second")
    print(f"{'layer':20}" + "".join(f"{kind:>24}" for kind in KINDS))
    rows = []
    for name, *_ in LAYERS:
        row = {kind: statistics.median(rates[name, kind]) for kind in KINDS}
        print(f"{name:20}" + "".join(f"{row[kind]:14.1f} Gop/s {row[kind] / limit:3.0%}" for kind in KINDS))
        rows.append({"layer": name, **row})
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"limit": limit, "layers": rows}, file, indent=2)


if __name__ == "__main__":
    main()

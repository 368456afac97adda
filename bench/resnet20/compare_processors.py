#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Milliseconds for one image of the residual networks of networks.py, by code for older processors and for this one.

usage: compare_processors.py [--tally PATH] [--shape resnet20|resnet18] [--rounds N] [--json FILE] [--folder DIR] [PROCESSOR...]

Processors by LLVM's names, whose code has to run here; by default x86-64-v2, x86-64-v3 (AVX2) and native. In every round each
network runs once for each of them; printed are medians over rounds.

Needs networks.py's packages."""
import statistics
import sys

import compare_onnxruntime as common

NETWORKS = {"float": "conv.mlir", "int8": "conv.q.mlir", "adder float": "adder.mlir", "adder int8": "adder.q.mlir"}


def main():
    parser = common.make_parser(__doc__)
    parser.add_argument("processors", nargs="*", metavar="PROCESSOR", default=["x86-64-v2", "x86-64-v3", "native"])
    args = parser.parse_args()
    times = {}
    with common.networks_in(args) as folder:
        for number in range(args.rounds):
            print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
            for name, network in NETWORKS.items():
                for processor in args.processors:
                    time = common.time_tally(args, folder / network, "--mcpu", processor)
                    times.setdefault(name, {}).setdefault(processor, []).append(time)
    print(f"{args.shape}, 1 thread")
    print(f"{'':14}" + "".join(f"{processor:>14}" for processor in args.processors))
    for name, row in times.items():
        print(f"{name:14}" + "".join(f"{statistics.median(rounds):11.3f} ms" for rounds in row.values()))
    common.save(args.json, {"shape": args.shape, "networks": {
        name: {processor: {"median_ms": statistics.median(rounds), "rounds": rounds} for processor, rounds in row.items()}
        for name, row in times.items()}})


if __name__ == "__main__":
    main()

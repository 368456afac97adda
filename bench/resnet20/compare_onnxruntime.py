#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Milliseconds for one image of a residual network, Tally beside ONNX Runtime.

usage: compare_onnxruntime.py [--tally PATH] [--shape resnet20|resnet18] [--threads N] [--rounds N] [--seconds S] [--json FILE] [--folder DIR]

Both run the same files of networks.py: float convolutions, the same quantized to 8 bits, and for Tally the network of that
shape with adder layers, which ONNX Runtime has none of: it is held against its 8-bit convolutions. In every round each of
them runs once, so that what else the machine does meets all; printed are medians over rounds, and of ratios within a round.

Needs networks.py's packages, node and onnxruntime-node (npm install --ignore-scripts onnxruntime-node, NODE_PATH set to where
that is). Without --folder the networks are made in a temporary folder."""
import argparse
import contextlib
import json
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile

import networks
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import programs

HERE = Path(__file__).resolve().parent
NETWORKS = {"float": ("conv.mlir", "conv.onnx"), "int8": ("conv.q.mlir", "conv.qdq.onnx"), "adder int8": ("adder.q.mlir", "conv.qdq.onnx")}


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def make_parser(description):
    """The options that comparisons share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs.add_tally(parser)
    parser.add_argument("--shape", choices=networks.SHAPES, default="resnet20", help="of CIFAR-10 (default) or of ImageNet")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="all times as JSON")
    parser.add_argument("--folder", metavar="DIR", help="where the networks go and stay")
    return parser


@contextlib.contextmanager
def networks_in(args):
    """The folder that they are in."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(args.folder or temporary).resolve()
        prepare(args.tally, args.shape, folder)
        yield folder


def save(path, report):
    if path:
        Path(path).write_text(json.dumps(report, indent=2) + "\n")


def compare(description, other, measure):
    """A program that lets `measure` fill in pairs of times for each network in every round, and prints them."""
    parser = make_parser(description)
    parser.add_argument("--threads", type=int, default=1, help="inside an image, of both")
    parser.add_argument("--seconds", type=float, default=1, help="for one run of the other")
    parser.add_argument("--prepare", action="store_true", help="make the networks and stop")
    args = parser.parse_args()
    times = {}
    with networks_in(args) as folder:
        for number in range(0 if args.prepare else args.rounds):
            print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
            for name, pair in measure(args, folder):
                times.setdefault(name, []).append(pair)
    if args.prepare:
        return
    rows = {name: {"tally_ms": statistics.median(mine for mine, _ in pairs),
                   "other_ms": statistics.median(theirs for _, theirs in pairs),
                   "ratio": statistics.median(theirs / mine for mine, theirs in pairs), "rounds": pairs}
            for name, pairs in times.items()}
    print(f"{args.shape}, {args.threads} thread{'s' if args.threads > 1 else ''}")
    print(f"{'':14}{'Tally':>12}{other:>16}{'times as fast':>16}")
    for name, row in rows.items():
        print(f"{name:14}{row['tally_ms']:9.3f} ms{row['other_ms']:13.3f} ms{row['ratio']:16.2f}")
    save(args.json, {"shape": args.shape, "threads": args.threads, "other": other, "networks": rows})


def prepare(tally, shape, folder):
    """Writes what NETWORKS names."""
    networks.write(networks.SHAPES[shape], folder)
    data = "npy:images.npy,labels.npy"
    for name in "conv", "adder":
        run(tally, "import", name + ".onnx", "-o", name + ".mlir", cwd=folder)
    for source, recipe, target in ("conv.qdq.onnx", "imported", "conv.q.mlir"), ("adder.onnx", "adder-w8a8", "adder.q.mlir"):
        run(tally, "import", source, "-o", "net.mlir", cwd=folder)
        run(tally, "calibrate", "net.mlir", "--data", data, "-o", "cal.mlir", cwd=folder)
        run(tally, "quantize", "cal.mlir", "--recipe", recipe, "--data", data, "-o", target, cwd=folder)


def time_tally(args, network, *options):
    """Milliseconds; the verb measures for a second."""
    report = json.loads(run(args.tally, "bench", network, *options, "--json", "-"))
    return report.get("latency_shared", report["latency"])["median_ms"]


def on_threads(args):
    return ["--threads", args.threads] if args.threads > 1 else []


def measure(args, folder):
    others = {}
    for name, (mine, theirs) in NETWORKS.items():
        time = time_tally(args, folder / mine, *on_threads(args))
        if theirs not in others:
            others[theirs] = float(run("node", HERE / "onnxruntime.js", folder / theirs, args.threads, args.seconds))
        yield name, (time, others[theirs])


if __name__ == "__main__":
    compare(__doc__, "ONNX Runtime", measure)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looks for a counter-example to `tally certify`: an image that is certified and changes its class all the same.

usage: attack.py --mnist DIR [NET.q.mlir] [--mean M --std S] [--eps E] [--images N] [--tries N] [--tally PATH] [--json FILE]

Takes the first images of DIR's test part (IDX files in MNIST's layout), lets `tally certify` certify them, and attacks all
of them with perturbed pixels that it makes itself, within E of each and between 0 and 1. `tally eval` says what the
network answers. N tries in all on those that are certified, and as many an image on the others: their share that changes
its class says how good the attack is. Tries of one image, in turn:

* a third at random corners of the box, and as many inside it;
* from what those corners tell of the gradient of the margin, the corner that is worst for a linear network;
* from there on random squares of pixels are flipped to the other corner, where that makes the margin smaller
  (as in the Square Attack, Andriushchenko et al., ECCV 2020).

Exit status 3 where a certified image changes its class. Without a network, trains a shallow one in floats and quantizes
it with 8 bits: a convolution of 4 x 4 pixels, and a linear layer. Standard library and numpy only.
"""
import argparse
from fractions import Fraction
import gzip
import json
from pathlib import Path
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import programs

NETWORK = Path(__file__).resolve().parents[2] / "examples" / "certified" / "patches.mlir"
TRAINING = {"train": {"optimizer": "sgd", "rate": 0.02, "decay": 0.01, "batch": 128}}
QUANTIZATION = {"network": {"trunk_bits": 8}, "layers": [{"kind": "conv", "levels": "uniform", "bits": 8, "activation_bits": 8}]}


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def make_network(tally, folder, data, normalisation):
    names = {name: folder / name for name in ("train.json", "quantize.json", "trained.mlir", "cal.mlir", "net.q.mlir")}
    names["train.json"].write_text(json.dumps(TRAINING))
    names["quantize.json"].write_text(json.dumps(QUANTIZATION))
    run(tally, "train", NETWORK, "--from-scratch", "--data", data, *normalisation, "--recipe", names["train.json"],
        "--epochs", "2", "-o", names["trained.mlir"], "--quiet")
    run(tally, "calibrate", names["trained.mlir"], "--data", data, "-o", names["cal.mlir"], "--quiet")
    run(tally, "quantize", names["cal.mlir"], "--data", data, "--recipe", names["quantize.json"], "-o", names["net.q.mlir"], "--quiet")
    return names["net.q.mlir"]


def read_images(folder, count):
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"):
        path = Path(folder) / name
        if path.exists():
            data = (gzip.open if name.endswith(".gz") else open)(path, "rb").read()
            sizes = np.frombuffer(data[4:16], ">i4")
            return np.frombuffer(data[16:], "u1").reshape(sizes)[:count, :, :, None].astype("f4") / np.float32(255)
    raise SystemExit(f"'{folder}' has no t10k-images-idx3-ubyte")


class Attack:
    """Every image by itself; arrays hold one entry, or one image, for each."""

    def __init__(self, classify, pixels, eps, tries, random):
        self.classify, self.pixels, self.eps, self.tries, self.random = classify, pixels, eps, tries, random
        self.logits = classify(pixels)
        self.label = self.logits.argmax(1)
        self.broken = np.zeros(len(pixels), bool)

    def margin(self, moved):
        """Of the class over the largest of the others; notes where it is none."""
        low = np.maximum(self.pixels - np.float32(self.eps), 0)
        high = np.minimum(self.pixels + np.float32(self.eps), 1)
        logits = self.classify(np.clip(self.pixels + moved * np.float32(self.eps), low, high).astype("f4"))
        rows = np.arange(len(logits))
        self.broken |= logits.argmax(1) != self.label
        others = logits.copy()
        others[rows, self.label] = -np.inf
        return logits[rows, self.label] - others.max(1)

    def corner(self):
        return self.random.choice(np.array([-1, 1], "f4"), self.pixels.shape)

    def run(self):
        shape, third = self.pixels.shape, max(1, self.tries // 3)
        gradient, corners, margins = np.zeros(shape), [], []
        for _ in range(third):
            corners.append(self.corner())
            margins.append(self.margin(corners[-1]))
            self.margin(self.random.uniform(-1, 1, shape).astype("f4"))
        mean = np.mean(margins, 0)
        for corner, margin in zip(corners, margins):
            gradient += corner * (margin - mean)[:, None, None, None]
        best = np.where(gradient > 0, -1, 1).astype("f4")
        least = self.margin(best)
        for _ in range(self.tries - 2 * third - 1):
            trial = best.copy()
            for image in trial:
                side = self.random.integers(1, 1 + shape[1] // 2)
                top, left = self.random.integers(0, shape[1] - side + 1, 2)
                image[top:top + side, left:left + side] *= -1
            margin = self.margin(trial)
            better = margin < least
            best[better], least[better] = trial[better], margin[better]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", nargs="?")
    parser.add_argument("--mnist", required=True, metavar="DIR")
    parser.add_argument("--mean", default="0.286")
    parser.add_argument("--std", default="0.353")
    parser.add_argument("--eps", default="1/255")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--tries", type=int, default=10000, help="in all, on images that are certified")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", metavar="FILE")
    programs.add_tally(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        normalisation = ["--mean", options.mean, "--std", options.std]
        network = options.network or make_network(options.tally, folder, f"mnist:{options.mnist}:train", normalisation)
        report = folder / "certified.json"
        run(options.tally, "certify", network, "--data", f"mnist:{options.mnist}:test", "--limit", options.images, "--eps",
            options.eps, "--json", report, "--quiet")
        certificate = json.loads(report.read_text())
        certified = np.zeros(certificate["images"], bool)
        certified[certificate["radii"][0]["certified_images"]] = True

        def classify(pixels):
            np.save(folder / "x.npy", pixels)
            subprocess.run([options.tally, "eval", network, "--data", f"npy:{folder}/x.npy", "--outputs", folder / "y.npy", "--quiet"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return np.load(folder / "y.npy")

        each = -(-options.tries // (int(certified.sum()) or len(certified)))
        attack = Attack(classify, read_images(options.mnist, options.images), float(Fraction(options.eps)), each,
                        np.random.default_rng(options.seed))
        attack.run()
    result = {"eps": options.eps, "images": len(certified), "top1": certificate["top1"], "certified": int(certified.sum()),
              "tries_on_certified": each * int(certified.sum()), "counter_examples": int((attack.broken & certified).sum()),
              "others": int((~certified).sum()), "others_that_changed": int((attack.broken & ~certified).sum())}
    print("\n".join(f"{name:20} {value}" for name, value in result.items()))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    return 3 if result["counter_examples"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every quantizer that `tally train` has, on one network, at 4, 3 and 2 bits, with one budget.

usage: compare_methods.py [--tally PATH] [--folder DIR] [--results FILE] [--epochs N] [--seeds N] [--bits 4,3,2]
                          [--only "NAME;NAME"] [--jobs N] [--net NET.mlir --data DATA --eval DATA --mean M --std S]
                          [--page FILE.md --table NAME]

For every seed the network (default: lenet.mlir beside this file, on Fashion-MNIST as Debian's dataset-fashion-mnist has it)
is trained in floats from scratch; `--net` takes a trained float network in its place. From there each method gets the same
epochs, rate and batches; weights and activations have the same bits, the first and the last layer 8. Accuracy is that of
the integer network on all images of --eval. What is done stays in FILE, DIR/results.json by default: an interrupted run goes
on where it was, on another machine too. --page puts the table of that name, with the lowest and the highest seed, between its
marks in a page, and a plot beside it."""
import argparse
from concurrent.futures import ThreadPoolExecutor
import json
from pathlib import Path
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import programs
import results

HERE = Path(__file__).resolve().parent
FASHION = "mnist:/usr/share/datasets/fashion-mnist"


def at_ends(recipe):
    """The first and the last layer at 8 bits, where the recipe has one rule for all."""
    if all("position" not in rule for rule in recipe["layers"]):
        for position in "first", "last":
            recipe["layers"].append({"kind": "conv", "position": position, "levels": "uniform", "quantizer": "lsq", "bits": 8, "activation_bits": 8})
    return recipe


def only_inner(recipe, **keys):
    """`keys` for the rule of all convolutions; those of the first and the last layer undo them."""
    standard = {"steps": "learned", "gradient": "expectation", "quantizer": "lsq"}
    for rule in recipe["layers"]:
        if rule.get("kind") == "conv" and "position" not in rule:
            rule.update(keys)
        elif rule.get("kind") == "conv" and rule.get("quantizer") != "lsq":
            rule.update({key: standard[key] for key in keys if key in standard})
    return recipe


# What each is called, the built-in recipe that it starts from, what it changes, and the bits that it can have.
METHODS = {
    "equal steps, after training": ("train-w{0}a{0}", {"after": True}, (2, 3, 4)),
    "powers of two, after training": ("pot-w{0}a{0}", {"after": True}, (3, 4)),
    "sums of powers, after training": ("apot-w{0}a{0}", {"after": True}, (3, 4)),
    "min-max steps": ("train-w{0}a{0}", {"steps": "minmax"}, (2, 3, 4)),
    "LSQ": ("train-w{0}a{0}", {}, (2, 3, 4)),
    "powers of two": ("train-pot-w{0}a{0}", {}, (2, 3, 4)),
    "TWN": ("train-twn-w2a{0}", {}, (2,)),
    "SAWB and PACT": ("train-sawb-w{0}a{0}", {}, (2, 3, 4)),
    "fractional bits that are learned (HGQ)": ("train-hgq-w{0}a{0}", {}, (2, 3, 4)),
    "sums of powers (APoT)": ("train-apot-w{0}a{0}", {}, (2, 3, 4)),
    "CPQ, expectation": ("train-cpq-w{0}a{0}", {}, (2, 3, 4)),
    "CPQ, literal": ("train-cpq-w{0}a{0}", {"gradient": "literal"}, (2, 3, 4)),
    "CPQ and DropBits, end points": ("train-dropbits-w{0}a{0}", {}, (3, 4)),
    "CPQ and DropBits, bits": ("train-dropbits-w{0}a{0}", {"drop_bits": "bits"}, (3, 4)),
    "learned bits, so many on average": ("train-bits-w{0}a{0}", {}, (3,)),
    "DQA on min-max steps": ("train-dqa-w{0}a{0}", {"steps": "minmax"}, (2, 3, 4)),
    "DQA on min-max steps, two members": ("train-dqa-w{0}a{0}", {"steps": "minmax", "members": "twice"}, (2, 3, 4)),
    "DQA on SAWB and PACT": ("train-dqa-sawb-w{0}a{0}", {}, (2, 3, 4)),
    "DQA on LSQ": ("train-dqa-w{0}a{0}", {}, (2, 3, 4)),
}


class Comparison:
    def __init__(self, options):
        self.options = options
        self.folder = Path(options.folder)
        self.store = Path(options.results) if options.results else self.folder / "results.json"
        for folder in self.folder, self.store.parent:
            folder.mkdir(parents=True, exist_ok=True)
        self.results = json.loads(self.store.read_text()) if self.store.exists() else {}
        budget = [options.epochs, options.float_epochs, options.rate, options.float_rate, options.data, options.eval, options.mean,
                  options.std, options.net]
        if self.results.setdefault("budget", budget) != budget:
            sys.exit(f"{self.store} is of another budget or network, {self.results['budget']}: choose another {'--results' if options.results else '--folder'}")
        self.lock = threading.Lock()

    def tally(self, *arguments):
        done = subprocess.run([self.options.tally, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"tally {' '.join(map(str, arguments))}\n{done.stderr}")
        return done.stdout

    def keep(self, key, value):
        with self.lock:
            self.results[key] = value
            partial = self.store.with_suffix(".part")
            partial.write_text(json.dumps(self.results, indent=1))
            partial.replace(self.store)

    def data(self, evaluates=False):
        options = self.options
        said = ["--mean", options.mean, "--std", options.std]
        return ["--data", options.eval if evaluates else options.data, *said]

    def training(self, seed):
        return [*self.data(), "--eval", self.options.eval, "--seed", seed, "--threads", 1, "--quiet"]

    def accuracy(self, network):
        text = self.tally("eval", network, "--data", self.options.eval, "--threads", 1, "--quiet", "--json", "-")
        return json.loads(text[text.index("{"):text.rindex("}") + 1])["top1"]

    def make_float(self, seed):
        network = self.folder / f"float-{seed}.mlir"
        if self.options.net:
            network = Path(self.options.net)
        key = f"float {seed}"
        if key in self.results and network.exists():
            return network
        begin = time.time()
        if not self.options.net:
            self.tally("train", HERE / "lenet.mlir", "--from-scratch", "--recipe", self.recipe("float", "train-float", {}, 0),
                       "--epochs", self.options.float_epochs, *self.training(seed), "-o", network)
        self.keep(key, {"accuracy": self.accuracy(network), "seconds": time.time() - begin})
        return network

    def recipe(self, name, builtin, changes, bits):
        recipe = json.loads(self.tally("recipes", builtin.format(bits)))
        if bits:
            at_ends(recipe)
        changes = dict(changes)
        if changes.pop("after", False) and "train" in recipe:
            recipe.pop("train")
        elif "train" in recipe:
            recipe["train"]["rate"] = self.options.rate if bits else self.options.float_rate
        if changes.get("members") == "twice":
            changes["members"] = str(2 * bits)
        if changes:
            only_inner(recipe, **changes)
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(recipe, indent=2) + "\n")
        return path

    def run(self, method, bits, seed):
        key = f"{method} {bits} {seed}"
        builtin, changes, _ = METHODS[method]
        name = f"{method.replace(' ', '-').replace(',', '').replace('(', '').replace(')', '')}-{bits}-{seed}"
        network = self.folder / f"float-{seed}.mlir" if not self.options.net else Path(self.options.net)
        trained, integer = self.folder / f"{name}.mlir", self.folder / f"{name}.q.mlir"
        begin = time.time()
        if changes.get("after"):
            recipe = self.recipe(name, builtin, {k: v for k, v in changes.items() if k == "after"}, bits)
            self.tally("calibrate", network, *self.data(), "--quiet", "-o", trained)
            self.tally("quantize", trained, *self.data(), "--recipe", recipe, "--quiet", "-o", integer)
        else:
            recipe = self.recipe(name, builtin, changes, bits)
            self.tally("train", network, "--recipe", recipe, "--epochs", self.options.epochs, *self.training(seed),
                       "--json", self.folder / f"{name}.jsonl", "-o", trained)
            self.tally("quantize", trained, "--recipe", "imported", "--quiet", "-o", integer)
        seconds = time.time() - begin
        report = self.folder / f"{name}.report.json"
        self.tally("report", integer, "--json", report)
        total = json.loads(report.read_text())["total"]
        self.keep(key, {"accuracy": self.accuracy(integer), "seconds": seconds, "bytes": total["bytes"]["constants"],
                        "picojoules": total["picojoules"]["total"]})
        print(f"{key}: {self.results[key]['accuracy'] * 100:.2f} %  {seconds:.0f} s", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs.add_tally(parser)
    parser.add_argument("--folder", default="methods", help="where networks, recipes and results go")
    parser.add_argument("--results", metavar="FILE", help="where figures go and are taken from (default: results.json in the folder)")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--float-epochs", type=int, default=10, dest="float_epochs")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--float-rate", type=float, default=0.05, dest="float_rate")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--bits", default="4,3,2")
    parser.add_argument("--only", default="", help="methods by their names, separated by ;")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--net")
    parser.add_argument("--data", default=f"{FASHION}:train")
    parser.add_argument("--eval", default=f"{FASHION}:test")
    parser.add_argument("--mean", default="0.286")
    parser.add_argument("--std", default="0.353")
    parser.add_argument("--page", metavar="FILE.md", help="the page that gets the table; FILE-TABLE.svg gets the plot")
    parser.add_argument("--table", metavar="NAME", help="which of its tables (default: lenet)")
    options = parser.parse_args()
    if options.table and not options.page:
        parser.error("--table is one of a page: requires --page")
    options.table = options.table or "lenet"
    seeds, bits = range(options.seeds), [int(b) for b in options.bits.split(",")]
    unknown = [m for m in options.only.split(";") if m and m not in METHODS]
    if unknown:
        parser.error(f"--only: no method is called '{unknown[0]}'; there are: {'; '.join(METHODS)}")
    methods = [m for m in METHODS if not options.only or m in options.only.split(";")]
    if not any(b in METHODS[m][2] for m in methods for b in bits):
        parser.error(f"--bits {options.bits}: none of the methods has so many bits")
    if options.page and not results.has_marks(Path(options.page), options.table):
        parser.error(f"--page {options.page}: requires a file with the lines {' and '.join(results.marks(options.table))}")
    comparison, failed = Comparison(options), False
    with ThreadPoolExecutor(options.jobs) as pool:
        wanted = [(m, b, s) for s in seeds for b in bits for m in methods
                  if b in METHODS[m][2] and f"{m} {b} {s}" not in comparison.results]
        list(pool.map(comparison.make_float, sorted({s for _, _, s in wanted})))
        jobs = [pool.submit(comparison.run, *run) for run in wanted]
        for job in jobs:
            try:
                job.result()
            except RuntimeError as error:
                failed = True
                print(error, file=sys.stderr)
    if failed:
        sys.exit("some runs failed: no page is written; what is done is kept")
    text = results.make_table(comparison.results, bits, seeds, methods)
    print(text)
    if options.page:
        results.write_page(Path(options.page), text, results.make_plot(comparison.results, bits, seeds, methods), options)


if __name__ == "__main__":
    main()

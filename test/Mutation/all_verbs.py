# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files with mistakes through all verbs of tally and through qopt, each a process of its own.

Each ends within 4 GiB and 20 seconds of processor time with an exit status that the pages know, says something where
it fails, leaves no output that is not whole and nothing in the folder for temporary files. What breaks that rule stays
in FOLDER/failed with the command, and the status is 1. The same seed makes the same files.
"""
import argparse
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys

import numpy as np

SECONDS, BYTES, WALL = 20, 4 << 30, 300
FAULTS = re.compile(rb"LLVM ERROR|PLEASE submit|Assertion|terminate called|Stack dump|(error|warning|note):\s*$", re.M)
RECIPES = ["adder-w4a4", "adder-w8a8", "apot-w4a4", "pot-w4a8", "adderquant-w4a4", "imported"]


def limit(bytes_too):
    if bytes_too:
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Place:
    """A folder with one file to read, the data, and all that a verb leaves."""

    def __init__(self, folder, is_limited):
        self.folder, self.is_limited = folder, is_limited

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("out", "tmp"):
            (self.folder / name).mkdir(parents=True)

    def run(self, command):
        environment = dict(os.environ, TMPDIR=str(self.folder / "tmp"))
        with open(self.folder / "log", "wb") as log:
            try:
                process = subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=subprocess.STDOUT, timeout=WALL,
                                         preexec_fn=lambda: limit(self.is_limited))
            except subprocess.TimeoutExpired:
                return None, b""
        return process.returncode, (self.folder / "log").read_bytes()

    def left(self, name):
        return sorted(str(path.relative_to(self.folder)) for path in (self.folder / name).rglob("*"))


def what_is_wrong(name, place, status, said):
    """A word on what must not be; none where all is well."""
    if status is None or status == -24:
        return "hangs"
    if status not in (0, 1, 2, 3):
        return f"ends with status {status}"
    if FAULTS.search(said):
        return "prints a fault or an empty message"
    # TOSA's own parsers of some operations refuse without a word; qopt is MLIR's main.
    if status and not said.strip() and name != "qopt":
        return f"has status {status} without a word"
    if left := place.left("tmp"):
        return f"leaves {left}"
    # What does not hold is said in a certificate, too, and a recipe that fails in the table of the others.
    if status in (1, 2) and b"recipes failed" not in said and (left := place.left("out")):
        return f"has status {status}, but writes {left}"
    return None


def parse_shape(module):
    """The first input's, from a module's text."""
    found = re.search(rb"func\.func @[\w\".]+\(%\w+: tensor<((?:\d+x)+)[a-z!]", module)
    return [int(size) for size in found.group(1).split(b"x")[:-1]] if found else None


def write_data(folder, shape):
    """Eight images of the shape, and labels; says how verbs call them."""
    if not shape or np.prod(shape[1:], dtype=float) > 1e6:
        shape = [1, 4]
    shape = [8] + shape[1:]
    name = "x".join(map(str, shape))
    paths = folder / f"{name}.x.npy", folder / f"{name}.y.npy"
    if not paths[0].exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(paths[0], np.random.default_rng(1).random(shape, dtype=np.float32))
        np.save(paths[1], np.arange(8, dtype=np.uint8) % 2)
    return f"npy:{paths[0]},{paths[1]}"


class Run:
    def __init__(self, build, folder, seed):
        self.tools = {name: str(build / "bin" / name) for name in ("tally", "qopt", "tally-mutate")}
        # The address sanitizer takes terabytes of addresses.
        is_limited = b"__asan_init" not in pathlib.Path(self.tools["tally"]).read_bytes()
        self.place, self.failed, self.folder = Place(folder / "work", is_limited), folder / "failed", folder
        self.seed, self.statuses, self.failures = seed, {}, 0

    def verb(self, number, *arguments):
        """Runs and checks; whether the verb succeeded."""
        name = arguments[0]
        command = [self.tools["qopt"], *arguments[1:]] if name == "qopt" else [self.tools["tally"], *arguments]
        status, said = self.place.run(command)
        counts = self.statuses.setdefault(name, {})
        counts[str(status)] = counts.get(str(status), 0) + 1
        if wrong := what_is_wrong(name, self.place, status, said):
            self.failures += 1
            kept = self.failed / f"{number}-{name}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.place.folder, kept)
            (kept / "command").write_text(" ".join(command) + "\n")
            print(f"{name} {wrong}: {kept}", flush=True)
        # Whatever it left is not there for the next verb.
        results = {path.name: path.read_bytes() for path in (self.place.folder / "out").glob("*.mlir")}
        for folder in ("out", "tmp"):
            shutil.rmtree(self.place.folder / folder)
            (self.place.folder / folder).mkdir()
        for name, content in results.items() if status == 0 else ():
            (self.place.folder / name).write_bytes(content)
        return status == 0

    def network(self, number, name, data, choose):
        """What one does with a module, whatever stage it is in."""
        data = ["--data", data, "--limit", "4", "--mean", "0", "--std", "1"]
        self.verb(number, "report", name, "--json", "out/report.json")
        self.verb(number, "verify-mul-free", name, "--level", choose(["macs", "compute", "strict"]), "-o", "out/c.json")
        self.verb(number, "eval", name, *data, "--on", choose(["ref", "cpu"]), "--outputs", "out/o.npy", "--json", "out/e.json")
        self.verb(number, "bisect", name, *data, "--on", "cpu", "--json", "out/d.json")
        self.verb(number, "certify", name, *data, "--eps", choose(["0", "1/255,0.1"]), "--json", "out/r.json")
        self.verb(number, "compile", name, "-o", "out/net.o")
        self.verb(number, "emit-c", name, "-o", "out/c")
        self.verb(number, "bench", name, "--runs", "1", "--json", "out/b.json", *choose([[], ["--steps"]]))
        calibrated = name
        if self.verb(number, "calibrate", name, *data, "-o", "out/cal.mlir"):
            calibrated = "cal.mlir"
        self.verb(number, "sweep", calibrated, "--recipes", "adder-w4a4,pot-w4a8", *data, "--json", "out/s.json")
        if self.verb(number, "quantize", calibrated, "--recipe", choose(RECIPES), *data, "-o", "out/q.mlir"):
            self.verb(number, "eval", "q.mlir", *data, "--on", choose(["ref", "cpu"]), "--outputs", "out/o.npy")
            self.verb(number, "emit-c", "q.mlir", "-o", "out/c")
        pipeline = choose(["tally-adopt-network", "tally-lower-to-linalg", "tally-lower-to-cpu", "tally-quantize-network",
                           "tally-verify-stage", "tally-set-batch=batch=3", "tally-to-quantized", "tally-to-integer"])
        self.verb(number, "qopt", name, f"--{pipeline}", "-o", "out/x.mlir")

    def mutant(self, number, seeds):
        chosen = random.Random(f"{self.seed} {number}")
        kinds = sorted(seeds)
        path = chosen.choice(seeds[chosen.choice(kinds)])
        donor = chosen.choice(sorted(sum((seeds[kind] for kind in kinds), [])))
        data = write_data(self.folder / "data", parse_shape(path.read_bytes()))
        self.place.clear()
        (self.place.folder / "weights.bin").write_bytes(b"?" * 256)
        name = "mutant" + path.suffix
        subprocess.run([self.tools["tally-mutate"], str(self.seed), str(number), str(path), str(donor), name],
                       cwd=self.place.folder, check=True)
        imported = self.verb(number, "import", name, *chosen.choice([[], ["--logits"], ["--batch", "2"]]), "-o", "out/net.mlir")
        if path.suffix == ".mlir":
            self.network(number, name, data, chosen.choice)
        elif imported:
            data = write_data(self.folder / "data", parse_shape((self.place.folder / "net.mlir").read_bytes()))
            self.network(number, "net.mlir", data, chosen.choice)
        elif chosen.random() < 0.1:
            self.verb(number, "compile", name, "-o", "out/net.o")

    def prepare(self, seeds, count):
        """Whole networks of every stage from the models, by way of the verbs."""
        networks = []
        for number, path in enumerate(seeds):
            if len(networks) >= count:
                break
            self.place.clear()
            shutil.copy(path, self.place.folder / "net.onnx")
            if not self.verb(f"seed{number}", "import", "net.onnx", "-o", "out/net.mlir"):
                continue
            data = ["--data", write_data(self.folder / "data", parse_shape((self.place.folder / "net.mlir").read_bytes())),
                    "--mean", "0", "--std", "1"]
            if self.verb(f"seed{number}", "calibrate", "net.mlir", *data, "-o", "out/cal.mlir"):
                self.verb(f"seed{number}", "quantize", "cal.mlir", "--recipe", RECIPES[number % 5], *data, "-o", "out/q.mlir")
            for name in ("net.mlir", "cal.mlir", "q.mlir"):
                if (self.place.folder / name).exists():
                    networks.append(self.folder / "networks" / f"{path.stem}.{name}")
                    networks[-1].parent.mkdir(exist_ok=True)
                    shutil.copy(self.place.folder / name, networks[-1])
        return networks


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=20, help="mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=6, help="whole networks to begin with")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(options.build.resolve(), folder, options.seed)
    files = sorted((options.build / "test" / "Mutation" / "seeds").resolve().iterdir())
    models = [path for path in files if path.suffix == ".onnx"]
    step = max(1, len(models) // max(1, options.networks))
    seeds = {"models": models, "modules": [path for path in files if path.suffix == ".mlir"]}
    seeds["networks"] = run.prepare(models[::step] + models, options.networks)
    for number in range(options.first, options.first + options.count):
        run.mutant(number, seeds)
    print(json.dumps(run.statuses, indent=1, sort_keys=True))
    print(f"{options.count} files with mistakes, {run.failures} failures")
    return 1 if run.failures else 0


sys.exit(main())

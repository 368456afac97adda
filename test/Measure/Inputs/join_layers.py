# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Joins the lists that name the layers of a network, and prints how they fit.

usage: join_layers.py NET.mlir WORK_DIR [FLOAT.mlir DATA]

The lists: `report`, `bench --steps`, TALLY_STEP and the functions of emitted C, the symbols of an
object made of the lowered code, what the self-test of the C says, and with FLOAT.mlir
`eval --per-layer`. Every layer of the report must be in each of them, once; whatever else stands in
a list must be a helper of such a layer (docs/Spec.md, section 12). Fails at the first list that
does not fit. Needs tally, qopt, mlir-translate, llc and llvm-nm in PATH, and CC or cc.
"""
import ast
import json
import os
import pathlib
import re
import subprocess
import sys

network, work = sys.argv[1], pathlib.Path(sys.argv[2])
work.mkdir(parents=True, exist_ok=True)


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def read_json(*command):
    run(*command, "--json", work / "list.json", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((work / "list.json").read_text())


def fail(what, *more):
    sys.exit(f"{what}: " + ", ".join(str(word) for word in more))


def layers_of(step):
    """The layers in a step's name: of `a+b` where both are in the report; none of a helper's."""
    if step in report:
        return [step]
    for end in (at for at, c in enumerate(step) if c == "+"):
        if step[:end] in report and (rest := layers_of(step[end + 1:])):
            return [step[:end]] + rest
    return []


def check_steps(what, steps, ordered=True):
    """Every layer once; all others are helpers of layers. Returns the helpers."""
    if len(set(steps)) != len(steps):
        fail(what, "names come twice", sorted(step for step in set(steps) if steps.count(step) > 1))
    found = [layer for step in steps for layer in layers_of(step)]
    if ordered and found != sorted(found, key=report.index):
        fail(what, "not in the order of the report", found)
    if len(set(found)) != len(found) or set(found) != set(report):
        fail(what, "other layers than in the report", set(found) ^ set(report))
    helpers = [step for step in steps if not layers_of(step)]
    for helper in helpers:
        if not any(helper.startswith(layer + ".") for layer in report) and helper.split(".")[0] != "copy":
            fail(what, f"'{helper}' helps no layer of the report")
    return helpers


def unquote(text):
    """The bytes of a C string literal, as text. Python's literals have the same escapes."""
    return ast.literal_eval("b" + text).decode()


report = [layer["name"] for layer in read_json("tally", "report", network)["layers"]]
if len(set(report)) != len(report):
    fail("report", "names come twice", report)
print(f"report: {len(report)} layers")

steps = read_json("tally", "bench", network, "--runs", 1, "--steps")["steps"]
names = [step["name"] for step in steps]
helpers = check_steps("bench --steps", names)
for step in steps:
    if step["layers"] != layers_of(step["name"]):
        fail("bench --steps", step["name"], step["layers"])
print(f"bench --steps: {len(steps)} steps; helpers:", *helpers)

run("tally", "emit-c", network, "--name", "net", "-o", work / "c")
source = (work / "c/net.c").read_text()
calls = re.findall(r'^  (\w+)\(.*\);\n  TALLY_STEP\(("(?:[^"\\]|\\.)*"), ', source, re.MULTILINE)
names = [unquote(text) for _, text in calls]
helpers = check_steps("TALLY_STEP", names)
print(f"TALLY_STEP: {len(names)} steps; helpers:", *helpers)

taken = {"net_run"}
for (function, _), name in zip(calls, names):
    mangled = "".join(c if c.isascii() and c.isalnum() else "_" * len(c.encode()) for c in name)
    base = expected = "net_" + "_" * mangled[0].isdigit() + mangled
    number = 0
    while expected in taken:
        number += 1
        expected = f"{base}_{number}"
    taken.add(expected)
    if function != expected:
        fail("C functions", f"'{name}' is '{function}', not '{expected}'")
defined = re.findall(r"^static void (\w+)\(", source, re.MULTILINE)
if defined != [function for function, _ in calls] or len(set(defined)) != len(defined):
    fail("C functions", "other functions than steps", set(defined) ^ {function for function, _ in calls})
print(f"C functions: {len(defined)}")

run("qopt", network, "--tally-lower-to-cpu", "-o", work / "net.llvm.mlir")
run("mlir-translate", "--mlir-to-llvmir", work / "net.llvm.mlir", "-o", work / "net.ll")
run("llc", "-O0", "-filetype=obj", "-relocation-model=pic", work / "net.ll", "-o", work / "net.o")
table = run("llvm-nm", "--defined-only", work / "net.o", stdout=subprocess.PIPE).stdout.decode()
symbols = re.findall(r"^[0-9a-f]+ t step\.(.*)$", table, re.MULTILINE)
check_steps("object", symbols, ordered=False)
print(f"object: {len(symbols)} symbols")

run(os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", work / "net_test",
    work / "c/net_test.c")
said = run(work / "net_test", stdout=subprocess.PIPE).stdout.decode()
print("self-test:", *said.splitlines(), sep="\n  ")
if f"{len(report)} of {len(report)} layers agree" not in said:
    fail("self-test", f"does not compare all {len(report)} layers")

if len(sys.argv) > 3:
    rows = read_json("tally", "eval", network, "--data", sys.argv[4], "--per-layer", sys.argv[3])["layers"]
    if [row["name"] for row in rows] != report:
        fail("eval --per-layer", [row["name"] for row in rows])
    print(f"eval --per-layer: {len(rows)} layers")
    for row in rows:
        if "left_out" in row:
            print(f"  {row['name']}: {row['left_out']}")

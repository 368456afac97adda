# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the circuit of a report with that of emit-verilog.

usage: same_cycles.py REPORT.json STAGES    what `report --hardware --json` and `emit-verilog` write; exit status 1 if they differ
"""
import json
import re
import sys

report, text = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
stages = {words[0]: words[1:] for words in map(str.split, text.splitlines()[1:-1])}
style, interval, latency = re.search(r"^(\w+): (\d+) cycles an image, latency (\d+)", text, re.M).groups()
rows = [(layer["name"], layer["hardware"]) for layer in report["layers"] if "hardware" in layer]
assert len(rows) > 2
for name, row in rows:
    lanes, _, cycles = stages.pop(name + "_conv")
    assert (row["lanes"], row["cycles"]) == (lanes, int(cycles)), (name, row, lanes, cycles)
hardware = report["hardware"]
assert hardware["style"] == style and hardware["latency"] == int(latency), (hardware, style, latency)
assert hardware["total"]["cycles"] == int(interval), (hardware, interval)
assert hardware["other_cycles"] == sum(int(words[-1]) for words in stages.values()), (hardware, stages)
if style == "sequential":
    assert hardware["other_cycles"] + sum(row["cycles"] for _, row in rows) == int(interval)
print(f"{len(rows)} layers, {interval} cycles an image, by both")

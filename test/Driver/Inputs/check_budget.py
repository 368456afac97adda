# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a network to a budget.

usage: check_budget.py REPORT.json KIND MOST    REPORT.json: of `tally report`; KIND: bytes, bops or
                                                energy, in picojoules; prints "COST of MOST"
"""
import json
import sys

report = json.load(open(sys.argv[1]))
kind, most = sys.argv[2], float(sys.argv[3])
total = report["total"]
if kind == "bytes":
    cost = total["bytes"]["constants"]
elif kind == "energy":
    cost = total["picojoules"]["total"]
else:
    # In int8 a layer multiplies 8 bits as often as it combines inputs with weights.
    cost = sum(operation["count"] * layer["input_bits"] * layer["weight_bits"]
               for layer in report["layers"] if "weight_bits" in layer
               for operation in layer["int8"]["operations"]
               if operation["kind"] == "multiply" and operation["bits"] == 8)
print(f"{cost:g} of {most:g}")
sys.exit(cost > most)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a network that was trained by a recipe of `tally search` to the bits that the recipe says.

usage: check_formats.py RECIPE.json REPORT.json    the second is `tally report` of the network
"""
import json
import re
import sys

recipe, report = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
layers = {layer["name"]: layer for layer in report["layers"]}
for rule in recipe["layers"]:
    name = re.sub(r"\\(.)", r"\1", rule["name"])
    layer, bits = layers[name], rule["bits"]
    inputs = rule.get("activation_bits", bits)
    # -3 to 3 are stored as sums of powers of two, without a multiplication.
    stored = 4 if rule.get("levels") == "uniform" and bits == 3 else bits
    assert (layer["input_bits"], layer["weight_bits"]) == (inputs, stored), (rule, layer)
print(len(recipe["layers"]), "layers")

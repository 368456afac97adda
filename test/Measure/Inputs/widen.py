# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""widen.py NET RECIPE.json DATA: quantizes NET.cal.mlir by the recipe, by the recipe with the rule that eval advises, and
with the same rule for the layer that costs the result least."""
import json
import math
import re
import subprocess
import sys

net, recipe_path, data = sys.argv[1:]


def measure(recipe):
    """What eval says of the network that the recipe makes."""
    with open("try.json", "w", encoding="utf-8") as file:
        json.dump(recipe, file)
    run = lambda *words: subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    run("tally", "quantize", net + ".cal.mlir", "--recipe", "try.json", "--data", data, "--quiet", "-o", "try.mlir")
    run("tally", "eval", "try.mlir", "--data", data, "--per-layer", net + ".mlir", "--json", "out.json")
    return json.load(open("out.json", encoding="utf-8"))


def with_rule(recipe, rule):
    return {**recipe, "layers": recipe["layers"] + [rule]}


def alone(row):
    """In dB; JSON has no infinity."""
    return math.inf if row["alone_sqnr_db"] is None else row["alone_sqnr_db"]


recipe = json.load(open(recipe_path, encoding="utf-8"))
report = measure(recipe)
rows = [row for row in report["layers"] if "left_out" not in row]
before = rows[-1]["sqnr_db"]

# Pooling only chooses; additions of wide values lose little, though what they pass on is rounded for others.
pool = next(row for row in rows if row["name"] == "stem.3")
assert pool["own_sqnr_db"] is None and pool["alone_sqnr_db"] is None, pool
narrow = [row for row in rows if row.get("weight_bits", 8) < 8]
advised = next(row for row in rows if row["name"] == report["widen"]["layer"])
assert alone(advised) == min(map(alone, narrow)), (advised, narrow)

assert all(alone(row) > alone(advised) for row in rows if row["name"].endswith(".add"))

rule = report["widen"]["rule"]
after = measure(with_rule(recipe, rule))
least = max(narrow, key=alone)
other_name = re.escape(least["layer"])
assert re.fullmatch(rule["name"], advised["layer"])
assert not re.fullmatch(rule["name"], least["layer"])
other = measure(with_rule(recipe, {**rule, "name": other_name}))
figures = [result["layers"][-1]["sqnr_db"] for result in (after, other)]
print(f"{advised['layer']}: {before:.2f} dB become {figures[0]:.2f}; {least['layer']}: {figures[1]:.2f}")
if figures[0] > max(before, figures[1]):
    print("the advised rule is better")

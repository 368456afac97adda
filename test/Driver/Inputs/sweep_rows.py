# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""sweep_rows.py SWEEP.json RECIPE EVAL.json: a row of a sweep has the accuracy that eval finds, and the drop that follows."""
import json
import sys

sweep, recipe, evaluated = json.load(open(sys.argv[1])), sys.argv[2], json.load(open(sys.argv[3]))
[row] = [row for row in sweep["recipes"] if row["recipe"] == recipe]
assert (row["top1"], row["top5"], row["images"]) == (evaluated["top1"], evaluated["top5"], evaluated["images"])
assert row["drop"] == sweep["float"]["top1"] - row["top1"], row
assert [row["recipe"] for row in sweep["recipes"] if "error" in row] == ["none.json", "wide.json"]

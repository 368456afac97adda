# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds what `tally search --json` found to all selections that there are.

usage: check_search.py SEARCH.json REPORT.json    the second is `tally report` of the network that
                                                  the recipe makes

Prints how many selections there are and how much of the budget is used.
"""
import itertools
import json
import sys

search, report = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
kind, most = search["budget"]["kind"], search["budget"]["most"]
figure = {"bytes": "code_bytes", "bops": "bit_operations", "energy": "energy_pj", "accuracy-drop": "code_bytes"}[kind]
chosen, base = search["chosen"], search["recipe"]
layers = [layer for layer in search["layers"] if "stays" not in layer]
options = [[option for option in layer["options"] if "error" not in option] for layer in layers]
assert search["exact"]

# What is reported of the network that was written is what was measured, and within the budget.
measured = chosen["measured"][figure]
total = report["total"]
assert total["bytes"]["constants"] == chosen["measured"]["code_bytes"], total["bytes"]
assert abs(total["picojoules"]["total"] / chosen["measured"]["energy_pj"] - 1) < 1e-9
if kind != "accuracy-drop":
    assert measured <= most, (measured, most)

# Nothing that costs as little loses less.
picked = [layer["options"][layer["chosen"]] for layer in layers]
loss, cost = (sum(option[key] for option in picked) for key in ("loss", "cost"))
assert abs(chosen["predicted"]["loss"] - base["loss"] - loss) < 1e-9
assert abs(chosen["predicted"]["cost"] - base[figure] - cost) < 1e-6 * base[figure]
selections = list(itertools.product(*options))
limit = most if kind == "bytes" else chosen["predicted"]["cost"]
best = min(sum(option["loss"] for option in selection) for selection in selections
           if base[figure] + sum(option["cost"] for option in selection) <= limit)
assert loss <= best + 1e-12, (loss, best)
largest = max(base[figure] + sum(option["cost"] for option in selection) for selection in selections
              if base[figure] + sum(option["cost"] for option in selection) <= limit)
print(len(selections), "selections", f"{100 * measured / largest:.1f} %")

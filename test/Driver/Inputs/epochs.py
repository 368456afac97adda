# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks a log of training: a JSON object a line, epochs from 1, losses that fall.

usage: epochs.py LOG COUNT
"""
import json
import sys

rows = [json.loads(line) for line in open(sys.argv[1])]
assert [row["epoch"] for row in rows] == list(range(1, int(sys.argv[2]) + 1)), rows
assert rows[-1]["loss"] < rows[0]["loss"], rows
for row in rows:
    assert 0 <= row["train_accuracy"] <= 1 and 0 <= row["accuracy"] <= 1 and row["rate"] > 0, row

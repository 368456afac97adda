# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what certify wrote: certified.py CERTIFIED.json EVAL.json EPS,EPS,...

Shares are counts by images, accuracy is that of eval, and a larger radius certifies no other image than a smaller one.
"""
import json
import sys

certified, evaluated = (json.load(open(path)) for path in sys.argv[1:3])
images = certified["images"]
assert images == evaluated["images"] and certified["top1"] == evaluated["top1"] == certified["correct"] / images
assert [row["eps"] for row in certified["radii"]] == sys.argv[3].split(",")
before = set(range(images))
for row in certified["radii"]:
    assert row["certified"] == len(row["certified_images"]) and row["certified_share"] == row["certified"] / images
    assert row["certified_accuracy"] == row["certified_correct"] / images <= row["certified_share"]
    assert before >= set(row["certified_images"]), row
    before = set(row["certified_images"])
assert certified["radii"][0]["certified_correct"] == certified["correct"]

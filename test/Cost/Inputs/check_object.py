# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the flash and stack of a report to what llvm-readelf says of the object.

usage: check_object.py REPORT.json NET.o NET.h
"""
import json
import re
import subprocess
import sys

report, path, header = sys.argv[1:]
footprint = json.load(open(report))["footprint"]


def readelf(*options):
    return subprocess.run(["llvm-readelf", *options, path], check=True, capture_output=True, text=True).stdout


code = constants = 0
for row in re.finditer(r"^ *\[ *\d+\] (\S*) +[A-Z_0-9]+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +([A-Za-z]*) ",
                       readelf("-S", "-W"), re.M):
    name, size, flags = row.group(1), int(row.group(2), 16), row.group(3)
    if "A" in flags:
        assert "W" not in flags, f"{name} may be written"
        if "X" in flags:
            code += size
        else:
            constants += size
flash = footprint["flash"]
assert code > 0 and flash["code"] == code, (flash, code)
assert flash["weights"] + flash["tables"] == constants, (flash, constants)
assert flash["total"] == code + constants and flash["weights"] >= 0 and flash["tables"] >= 0

frames = dict((name, int(size)) for size, name in re.findall(r"^ *(\d+) +(\S+)$", readelf("--stack-sizes"), re.M))
deepest = footprint["stack"]["deepest"]
assert frames and deepest[0]["function"] == "net_run"
for frame in deepest:
    assert frame["frame"] == frames[frame["function"]], (frame, frames)
ram = footprint["ram"]
assert ram["stack"] == sum(frame["frame"] + frame["beside"] for frame in deepest)
assert ram["total"] == sum(bytes for key, bytes in ram.items() if key != "total")
assert f"WORKSPACE_BYTES {ram['arena']}\n" in open(header).read()

undefined = set(re.findall(r" UND (\S+)$", readelf("-s", "-W"), re.M)) - {"_GLOBAL_OFFSET_TABLE_"}
assert set(footprint["stack"]["not_counted"]) == undefined, (footprint["stack"], undefined)

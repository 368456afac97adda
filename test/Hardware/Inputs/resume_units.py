# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends a run of bench/hardware/units.py in the middle, with a stand-in for the tools, and runs it again.

usage: resume_units.py SOURCE WORK"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "bench" / "hardware"))
import synthesis
import units

cache = pathlib.Path(sys.argv[2]) / "cache" / "units.json"
measured = []


def stand_in(unit, step, last=None):
    if last is not None and len(measured) == last:
        raise KeyboardInterrupt
    measured.append((unit, step))
    return {step: len(measured)}


def count(origin, last=None):
    measured.clear()
    synthesis.measure = lambda unit, step: stand_in(unit, step, last)
    try:
        units.measure(steps, cache, origin, {})
    except KeyboardInterrupt:
        pass
    return len(measured)


steps = units.plan(quick=True)
print(f"the first run measured {count('one', last=2)} of {len(steps)} steps before it was ended")
print(f"the second measured the other {count('one')}, the third {count('one') or 'none'}")
print(f"of another origin, all {count('other')}")

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the units of hardware/units take: gates, look-up tables, a clock.

usage: units.py [--quick] [--cache FILE] [--json FILE] [--page FILE]

Synthesises each unit with yosys, for gates of a fixed set, iCE40 and Xilinx 7, and places some with nextpnr on an iCE40. That
takes an hour on one core; what is measured is kept in the cache, so that a run that was ended goes on where it was. Figures are
of one version of units, scripts and tools: changed ones are measured again. Figures of yosys are the same on every machine."""
import argparse
import json
import os
from pathlib import Path
import re
import sys

import synthesis
import tables

ROOT = Path(__file__).resolve().parents[2]
UNIFORM = ["product", "rows", "booth", "sign_magnitude"]
ENCODINGS = ["pot_no_zero", "pot_minus_zero", "pot_zero_flag", "pot_one_hot"]
SYNTHESIS = ("gates", "xilinx", "ice40")
FIGURES = ("gates", "xilinx")
# Bits of activations and weights, and the units of these, the first rows of the tables first.
SHAPES = [((8, 8), UNIFORM + ["sad", "min"]), ((4, 4), UNIFORM + ["pot", "apot", "sad", "min"]), ((8, 4), UNIFORM + ["pot", "apot"]),
          ((6, 6), UNIFORM + ["sad", "min"]), ((8, 3), UNIFORM + ["pot", "apot"]), ((8, 5), UNIFORM + ["pot", "apot"]),
          ((8, 2), UNIFORM + ["pot", "apot"])]
CLOCKED = [("sad", 8, 8), ("booth", 8, 8), ("sad", 4, 4), ("pot", 8, 4), ("booth", 8, 4), ("booth", 4, 4), ("apot", 8, 4),
           ("product", 8, 8), ("min", 8, 8), ("sign_magnitude", 8, 4), ("min", 4, 4)]
ACCUMULATORS = [("booth", 8, 8), ("sad", 8, 8), ("booth", 8, 4), ("pot", 8, 4), ("apot", 8, 4), ("booth", 4, 4), ("sad", 4, 4)]
QUICK = [("booth", 4, 4, 24, 1), ("sad", 4, 4, 24, 1), ("min", 4, 4, 24, 1)]


def plan(quick):
    """(unit, step of synthesis.STEPS), in the order of measuring."""
    if quick:
        return [(unit, step) for unit in QUICK for step in SYNTHESIS]

    def of(shapes, lanes, steps):
        return [((name, *bits, 24, lanes), step) for bits, names in shapes for name in names for step in steps]

    first, second = SHAPES[:3], SHAPES[3:]
    return (of(first + [((8, 4), ENCODINGS)], 1, SYNTHESIS)
            + [((*unit, 12, 1), step) for unit in ACCUMULATORS for step in FIGURES] + [((*unit, 24, 1), "clock") for unit in CLOCKED]
            + [((*unit, 32, 1), step) for unit in ACCUMULATORS for step in FIGURES] + of(first, 8, FIGURES)
            + of(second, 1, SYNTHESIS) + of(second, 8, FIGURES)
            + [((*unit, 16, 1), step) for unit in ACCUMULATORS for step in FIGURES])


def key(unit):
    name, x_bits, w_bits, accumulator, lanes = unit
    return f"{name} {x_bits}x{w_bits} acc{accumulator} lanes{lanes}"


def write(path, value):
    beside = Path(f"{path}.new")
    beside.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    os.replace(beside, path)


def load(path, origin):
    """Figures in the cache that are of `origin`."""
    try:
        cached = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        sys.exit(f"error: '{path}' is no cache of this program: {error}")
    return cached["units"] if cached.get("origin") == origin else {}


def measure(steps, cache, origin, versions):
    figures = load(cache, origin)
    for number, (unit, step) in enumerate(steps, 1):
        row = figures.setdefault(key(unit), {"unit": unit})
        if step in row.setdefault("steps", []):
            continue
        if sys.stderr.isatty():
            print(f"\r{number}/{len(steps)} {key(unit)} {step:20}", end="", file=sys.stderr)
        row.update(synthesis.measure(unit, step))
        row["steps"].append(step)
        cache.parent.mkdir(parents=True, exist_ok=True)
        write(cache, {"origin": origin, "tools": versions, "units": figures})
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three units of 4 bits only, in less than a minute")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "hardware" / "units.json", metavar="FILE",
                        help="default: build/hardware/units.json of this tree")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures as JSON")
    parser.add_argument("--page", type=Path, metavar="FILE", help="writes the tables into this page, where its marks are")
    parser.add_argument("--from", dest="measured", type=Path, metavar="FILE", help="measures nothing: the figures that --json wrote")
    args = parser.parse_args()
    if args.measured:
        try:
            result = json.loads(args.measured.read_text())
        except (OSError, ValueError) as error:
            sys.exit(f"error: cannot read figures: {error}")
    else:
        versions = synthesis.tools()
        origin = synthesis.digest(versions)
        steps = plan(args.quick)
        figures = measure(steps, args.cache, origin, versions)
        wanted = dict.fromkeys(key(unit) for unit, _ in steps)
        result = {"origin": origin, "tools": versions, "units": {name: figures[name] for name in wanted}}
    rows = {tuple(row["unit"]): row for row in result["units"].values()}
    if args.json:
        write(args.json, result)
    if args.page:
        tables.write_page(args.page, rows)
    else:
        print(tables.list_units(rows, clock=not args.quick))


if __name__ == "__main__":
    main()

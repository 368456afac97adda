#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Simulates the hardware units on every pair of codes and compares them with the scalar reference.

usage: check_units.py [--bits N] [--units FOLDER] [--terms PROGRAM] [--work FOLDER] [UNIT...]

Each unit of each width up to --bits (8 unless told), signed and unsigned: all pairs of codes as one lane, then sums of
several lanes, in accumulators of several widths, with Icarus Verilog. Prints how many sums agree; exit status 1 if
one does not. 8 bits take some minutes."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTBENCH = ROOT / "test" / "Hardware" / "Inputs" / "lanes_tb.v"
UNITS = ["product", "rows", "booth", "sign_magnitude", "pot", "pot_no_zero", "pot_minus_zero", "pot_zero_flag", "pot_one_hot",
         "apot", "sad", "min"]  # in the order of KIND
LANES = [8, 1, 3, 2, 5]
WIDTHS = [24, 11, 33, 7, 16]  # of accumulators
BATCH = 24  # shapes in one simulation


def weight_widths(unit, bits, signed):
    """Widths of codes that the unit has, of types with up to `bits` bits."""
    if unit.startswith("pot") or unit == "apot":
        # The reference sums in 32 bits: too few for x * 2^30.
        types = [b for b in range(2, min(bits, 5) + 1) if signed or unit == "apot" or b < 5]
        if unit == "pot_zero_flag":
            return [b + 1 for b in types]
        if unit == "pot_one_hot":
            return [signed + 2 ** (b - signed) - 1 for b in types if b - signed <= 3]
        return types
    return range(2, bits + 1)


def shapes(units, bits):
    for unit in units:
        for x_bits in range(2, bits + 1):
            for x_signed in (0, 1):
                if unit in ("sad", "min"):
                    yield unit, x_bits, x_signed, x_bits, x_signed
                    continue
                for w_signed in (0, 1):
                    if unit in ("sign_magnitude", "pot_minus_zero") and not w_signed:
                        continue
                    for w_bits in weight_widths(unit, bits, w_signed):
                        yield unit, x_bits, x_signed, w_bits, w_signed


def simulate(batch, number, args, work):
    """(shape, sums, those that differ, what was said) of each shape, all in one simulation."""
    names = [",".join(str(word) for word in shape) for shape in batch]
    subprocess.run([args.terms, work, *names], check=True)
    benches = []
    for index, (shape, name) in enumerate(zip(batch, names), number):
        unit, x_bits, x_signed, w_bits, w_signed = shape
        parameters = {"KIND": UNITS.index(unit), "A": x_bits, "W": w_bits, "X_SIGNED": x_signed, "W_SIGNED": w_signed,
                      "L": LANES[index % len(LANES)], "N": WIDTHS[index * 2 // 3 % len(WIDTHS)], "ROUNDS": 60,
                      "NAME": index, "EXPECTED": f'"{work / name}.hex"'}
        benches.append(f"lanes_tb #({', '.join(f'.{name}({value})' for name, value in parameters.items())}) bench{index}();")
    top, program = work / f"{number}.v", work / f"{number}.vvp"
    top.write_text("module top;\n" + "\n".join(benches) + "\nendmodule\n")
    subprocess.run(["iverilog", "-g2005", "-o", program, "-s", "top", top, TESTBENCH,
                    *sorted(pathlib.Path(args.units).glob("*.v"))], check=True)
    said = subprocess.run(["vvp", "-n", program], check=True, capture_output=True, text=True).stdout
    results = []
    for index, shape in enumerate(batch, number):
        lines = re.findall(rf"^{index}: (.*)$", said, re.M)
        found = re.fullmatch(r"(\d+) sums, (\d+) differ", lines[-1]) if lines else None
        results.append((shape, int(found[1]) if found else 0, int(found[2]) if found else 0, lines[:-1]))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bits", type=int, default=8, choices=range(2, 9), metavar="N", help="2 to 8, default: 8")
    parser.add_argument("--units", default=str(ROOT / "hardware" / "units"), metavar="FOLDER", help="default: hardware/units")
    parser.add_argument("--terms", default=shutil.which("tally-unit-terms") or str(ROOT / "build" / "bin" / "tally-unit-terms"),
                        metavar="PROGRAM", help="default: tally-unit-terms, as in PATH or build/bin")
    parser.add_argument("unit", nargs="*", metavar="UNIT", help="of " + ", ".join(UNITS) + "; default: all")
    args = parser.parse_args()
    if unknown := sorted(set(args.unit) - set(UNITS)):
        sys.exit(f"error: no unit '{unknown[0]}', but {', '.join(UNITS)}")
    for tool in ("iverilog", "vvp", args.terms):
        if not shutil.which(tool):
            sys.exit(f"error: '{tool}' is not installed; scripts/setup --hardware installs Icarus Verilog, a build tally-unit-terms")
    chosen = list(shapes(args.unit or UNITS, args.bits))
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(simulate, chosen[first:first + BATCH], first, args, pathlib.Path(work))
                for first in range(0, len(chosen), BATCH)]
        results = [result for job in jobs for result in job.result()]
    wrong = 0
    for (unit, x_bits, x_signed, w_bits, w_signed), sums, differ, examples in results:
        if differ or not sums:
            wrong += 1
            types = f"{'iu'[not x_signed]}{x_bits} x {'iu'[not w_signed]}{w_bits}"
            print(f"{unit} {types}: {differ} of {sums} sums differ" if sums else f"{unit} {types}: nothing was checked")
            print("".join(f"  {line}\n" for line in examples), end="")
    print(f"{len(results)} units, {sum(sums for _, sums, _, _ in results):,} sums, {wrong} units differ")
    return 1 if wrong or not results else 0


if __name__ == "__main__":
    sys.exit(main())

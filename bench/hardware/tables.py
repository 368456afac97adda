# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tables of docs/Hardware.md, from the figures of units.py: a dict of figures for each (unit, bits of x, bits of w, bits of
the accumulator, lanes)."""
from pathlib import Path
import os
import re
import sys

UNIFORM = {"product": "`*`", "rows": "rows", "booth": "Booth", "sign_magnitude": "sign, magnitude"}
OTHERS = {"pot": "PoT", "apot": "APoT", "sad": "SAD", "min": "min"}
ENCODINGS = {"pot": "Tally's: e = 0 is zero", "pot_no_zero": "no zero", "pot_minus_zero": "minus zero is zero",
             "pot_zero_flag": "a flag for zero", "pot_one_hot": "one-hot"}
NAMES = UNIFORM | OTHERS | ENCODINGS | {"pot": "PoT"}
SHAPES = [(8, 2), (8, 3), (8, 4), (8, 5), (4, 4), (6, 6), (8, 8)]


def number(value):
    return "" if value is None else f"{value:,}"


def change(value, base):
    return f"{number(value)} ({100 * (value - base) / base:+.0f} %)" if value is not None and base else number(value)


def markdown(head, lines):
    if not lines:
        return "Not measured yet."
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def figure(rows, name, bits, figure, lanes=1, accumulator=24):
    return rows.get((name, *bits, accumulator, lanes), {}).get(figure)


def best(rows, bits, what, lanes=1, accumulator=24):
    """The smallest uniform unit, and what it takes; none before all four are measured."""
    found = [(figure(rows, name, bits, what, lanes, accumulator), name) for name in UNIFORM]
    return min(found) if all(value is not None for value, _ in found) else (None, None)


def winners(rows, what, lanes):
    """Against the best uniform unit of the same bits."""
    lines = []
    for bits in SHAPES:
        value, name = best(rows, bits, what, lanes)
        if value is not None:
            lines.append([f"{bits[0]} x {bits[1]}", f"{number(value)} ({UNIFORM[name]})"]
                         + [change(figure(rows, other, bits, what, lanes), value) for other in OTHERS])
    return markdown(["bits", "best uniform", *OTHERS.values()], lines)


def everything(rows):
    lines = []
    for bits in SHAPES:
        for name in NAMES:
            row = rows.get((name, *bits, 24, 1), {})
            if "transistors" not in row:
                continue
            mapped = number(row.get("xc7_luts"))
            dsp = f"{row['xc7_dsp_luts']}, {row['xc7_dsps']} DSP" if row.get("xc7_dsps") else mapped
            lines.append([f"{bits[0]} x {bits[1]}", NAMES[name], number(row["transistors"]), number(row["gates"]), number(row["depth"]),
                          number(row.get("ice40_luts")), mapped, dsp, number(row.get("ice40_mhz"))])
    return markdown(["bits", "unit", "transistors", "gates", "levels", "iCE40 LUTs", "xc7 LUTs", "DSP allowed", "iCE40 MHz"], lines)


def encodings(rows):
    lines = [[text, number(figure(rows, name, (8, 4), "transistors")), number(figure(rows, name, (8, 4), "ice40_luts")),
              change(figure(rows, name, (8, 4), "xc7_luts"), figure(rows, "pot", (8, 4), "xc7_luts"))]
             for name, text in ENCODINGS.items()]
    return markdown(["code of a 4-bit power of two", "transistors", "iCE40 LUTs", "xc7 LUTs"], lines)


def accumulators(rows):
    """Units that were measured in more than one."""
    widths = sorted({width for _, _, _, width, lanes in rows if lanes == 1})
    lines = []
    for bits in SHAPES:
        for name in NAMES:
            found = [rows.get((name, *bits, width, 1), {}) for width in widths]
            if sum("transistors" in row for row in found) > 1:
                lines.append([f"{bits[0]} x {bits[1]}", NAMES[name]] + [number(row.get("transistors"))
                             + (f", {row['xc7_luts']} LUTs" if "xc7_luts" in row else "") for row in found])
    return markdown(["bits", "unit", *(f"{width} bits" for width in widths)], lines)


TABLES = {
    "transistors, one lane": lambda rows: winners(rows, "transistors", 1),
    "transistors, eight lanes": lambda rows: winners(rows, "transistors", 8),
    "xc7 LUTs, one lane": lambda rows: winners(rows, "xc7_luts", 1),
    "xc7 LUTs, eight lanes": lambda rows: winners(rows, "xc7_luts", 8),
    "units": everything,
    "encodings": encodings,
    "accumulators": accumulators,
}
MARKED = re.compile(r"(<!-- table: (?P<name>[^>]+) -->\n).*?(<!-- end of table -->)", re.S)


def write_page(path, rows):
    """Puts the tables between the page's marks."""
    text = path.read_text()
    names = [match["name"] for match in MARKED.finditer(text)]
    if not names:
        sys.exit(f"error: '{path}' has no mark '<!-- table: NAME -->' with an '<!-- end of table -->'")
    if unknown := [name for name in names if name not in TABLES]:
        sys.exit(f"error: '{path}' asks for the table '{unknown[0]}', but there are {', '.join(TABLES)}")
    beside = Path(f"{path}.new")
    beside.write_text(MARKED.sub(lambda match: match[1] + TABLES[match["name"]](rows) + "\n" + match[3], text))
    os.replace(beside, path)


def list_units(rows, clock):
    """What the terminal gets."""
    heads = ["unit", "bits", "accumulator", "lanes", "transistors", "levels", "iCE40 LUTs", "xc7 LUTs"] + ["iCE40 MHz"] * clock
    figures = ["transistors", "depth", "ice40_luts", "xc7_luts"] + ["ice40_mhz"] * clock
    lines = [heads] + [[name, f"{x_bits} x {w_bits}", str(width), str(lanes), *(number(row.get(figure)) for figure in figures)]
                       for (name, x_bits, w_bits, width, lanes), row in rows.items()]
    return "\n".join((f"{line[0]:15}{line[1]:>6}" + "".join(f"{word:>13}" for word in line[2:])).rstrip() for line in lines)

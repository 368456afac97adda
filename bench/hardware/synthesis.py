# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a unit of hardware/units takes, by yosys and nextpnr."""
import hashlib
import json
from pathlib import Path
import re
import statistics
import subprocess
import sys
import tempfile

HERE = Path(__file__).resolve().parent
UNITS = sorted((HERE.parents[1] / "hardware" / "units").glob("*.v"))
# In the order of KIND. Of a type with `bits`, the width of its code where that is another.
KINDS = ["product", "rows", "booth", "sign_magnitude", "pot", "pot_no_zero", "pot_minus_zero", "pot_zero_flag", "pot_one_hot", "apot",
         "sad", "min"]
CODE_BITS = {"pot_zero_flag": lambda bits: bits + 1, "pot_one_hot": lambda bits: 2 ** (bits - 1)}
MULTIPLIERS = ("product", "sign_magnitude")  # units with a `*`

GATES = "AND,NAND,OR,NOR,XOR,XNOR,MUX,AOI3,OAI3"
# Of static CMOS.
TRANSISTORS = {"$_NOT_": 2, "$_NAND_": 4, "$_NOR_": 4, "$_AND_": 6, "$_OR_": 6, "$_AOI3_": 6, "$_OAI3_": 6, "$_XOR_": 12, "$_XNOR_": 12,
               "$_MUX_": 12}
SEEDS = (1, 2, 3)


def run(*command, cwd):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {command[0]} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def tools():
    """The versions that figures come from."""
    names = {"yosys": ("yosys", "-V"), "nextpnr-ice40": ("nextpnr-ice40", "--version")}
    found = {}
    for name, command in names.items():
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        except FileNotFoundError:
            sys.exit(f"error: '{name}' is not installed; 'scripts/setup --hardware' installs it")
        found[name] = re.search(r"\d+\.\d+", done.stdout + done.stderr)[0]
    return found


def digest(versions):
    """Names all that figures come from, but for the unit's own parameters."""
    text = hashlib.sha256(json.dumps(versions, sort_keys=True).encode())
    for path in [*UNITS, HERE / "clocked.v", HERE / "ripple.v", HERE / "synthesis.py"]:
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


def parameters(unit, x_bits, w_bits, accumulator, lanes):
    return {"KIND": KINDS.index(unit), "A": x_bits, "W": CODE_BITS.get(unit, lambda bits: bits)(w_bits), "N": accumulator, "L": lanes,
            "W_SIGNED": int(unit not in ("sad", "min"))}


def read(top, unit):
    sources = " ".join(str(path) for path in [*UNITS, HERE / "clocked.v"])
    chosen = " ".join(f"-set {name} {value}" for name, value in parameters(*unit).items())
    check = "" if unit[0] in MULTIPLIERS else "select -assert-none t:$mul t:$macc t:$div t:$pow;"
    return f"read_verilog {sources}; chparam {chosen} {top}; hierarchy -check -top {top}; proc; flatten; opt -full; {check}\n"


def cells(path):
    return json.loads(path.read_text())["design"]["num_cells_by_type"]


def total(counts, *names):
    return sum(number for name, number in counts.items() if re.fullmatch("|".join(names), name))


def gates(unit, folder):
    """Transistors, gates and levels, of the smaller of two ways to synthesise."""
    abc = f"abc -g {GATES}; opt_clean; tee -o WAY.json stat -json; tee -o WAY.txt ltp -noff\n"
    ripple = f"alumacc; share; opt; techmap -map {HERE / 'ripple.v'} -map +/techmap.v; opt; "
    script = (read("tally_lanes", unit) + "design -save read\n" + ripple + abc.replace("WAY", "ripple") + "design -load read\n"
              "synth -flatten -top tally_lanes; " + abc.replace("WAY", "synth"))
    run("yosys", "-q", "-p", script, cwd=folder)
    ways = []
    for way in ("ripple", "synth"):
        counts = cells(folder / f"{way}.json")
        depth = int(re.search(r"length=(\d+)", (folder / f"{way}.txt").read_text())[1])
        ways.append((sum(TRANSISTORS[gate] * number for gate, number in counts.items()), depth, sum(counts.values())))
    transistors, depth, number = min(ways)
    return {"transistors": transistors, "gates": number, "depth": depth}


def xilinx(unit, folder):
    """Look-up tables of 7-series, the fewer of those with and without the multiplexers between them."""
    way = "synth_xilinx -family xc7 -flatten -noiopad -noclkbuf"
    script = (read("tally_lanes", unit) + f"design -save read\n{way} -nodsp; tee -o wide.json stat -json\n"
              f"design -load read\n{way} -nodsp -nowidelut; tee -o narrow.json stat -json\n")
    if unit[0] in MULTIPLIERS:  # the others are the same with DSP blocks: read() checks that they have no product
        script += f"design -load read\n{way} -nowidelut; tee -o dsp.json stat -json\n"
    run("yosys", "-q", "-p", script, cwd=folder)
    without = min((cells(folder / f"{name}.json") for name in ("wide", "narrow")), key=lambda counts: total(counts, r"LUT\d"))
    allowed = cells(folder / "dsp.json") if unit[0] in MULTIPLIERS else without
    return {"xc7_luts": total(without, r"LUT\d"), "xc7_carry4": total(without, "CARRY4"),
            "xc7_dsp_luts": total(allowed, r"LUT\d"), "xc7_dsps": total(allowed, "DSP48E1")}


def ice40(unit, folder):
    run("yosys", "-q", "-p", read("tally_lanes", unit) + "synth_ice40; tee -o ice40.json stat -json", cwd=folder)
    return {"ice40_luts": total(cells(folder / "ice40.json"), "SB_LUT4")}


def clock(unit, folder):
    """MHz between registers on an HX8K, of several seeds of placement."""
    run("yosys", "-q", "-p", read("clocked", unit) + "synth_ice40 -top clocked -json clocked.json", cwd=folder)
    reached = []
    for seed in SEEDS:
        run("nextpnr-ice40", "--hx8k", "--package", "ct256", "--json", "clocked.json", "--seed", seed, "--report", "report.json",
            "--quiet", cwd=folder)
        reached += [domain["achieved"] for domain in json.loads((folder / "report.json").read_text())["fmax"].values()]
    return {"ice40_mhz": round(statistics.median(reached), 1)}


STEPS = {"gates": gates, "xilinx": xilinx, "ice40": ice40, "clock": clock}


def measure(unit, step):
    """Figures of `unit`, (kind, bits of x, bits of w, bits of the accumulator, lanes), by name."""
    with tempfile.TemporaryDirectory() as folder:
        return STEPS[step](unit, Path(folder))

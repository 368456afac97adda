#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instructions that emitted networks take on small cores, counted in QEMU.

usage: cores.py [--json FILE] CORE:LABEL=DIR...    DIR holds net.c and net.h of `tally emit-c`

CORE is rv32i (a processor without multiplications), cortex-m0plus, cortex-m4 or another Cortex-M by GCC's name. Prints a
table: instructions for one image, bytes of code and constants, bytes of the arena, and the largest frame of a function. The
counts are the same on every machine (of a Cortex-M up to 40); what an instruction takes in time depends on the core."""
import argparse
import json
from pathlib import Path
import re
import subprocess
import sys
import tempfile

HERE = Path(__file__).resolve().parent
INPUTS = HERE.parents[1] / "test" / "Target" / "C" / "Inputs"
SIZES = {"__flash_size": 0x400000, "__ram_size": 0x400000, "__stack_size": 0x4000}
RV32I = {"gcc": "riscv64-unknown-elf-", "flags": ["-march=rv32i", "-mabi=ilp32"], "start": "rv32i_start.c",
         "memory": {"__flash": 0x80000000, "__ram": 0x80800000},
         "qemu": ["qemu-system-riscv32", "-machine", "virt", "-cpu", "rv32,m=false,a=false,f=false,d=false,c=false", "-bios",
                  "none"]}
# An M4 runs what is compiled for the smaller ones.
CORTEX_M = {"gcc": "arm-none-eabi-", "flags": ["-mthumb", "-mfloat-abi=soft"], "start": "cortex_m_start.c",
            "memory": {"__flash": 0, "__ram": 0x20000000}, "qemu": ["qemu-system-arm", "-machine", "mps2-an386"]}


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)


def measure(core, directory, folder):
    machine = RV32I if core == "rv32i" else CORTEX_M
    flags = machine["flags"] + ([] if core == "rv32i" else [f"-mcpu={core}"]) + ["-std=gnu99", "-O2", "-ffreestanding"]
    program, network = Path(folder) / "count.elf", Path(folder) / "net.o"
    gcc = machine["gcc"] + "gcc"
    places = [f"-Wl,--defsym={name}={value}" for name, value in (machine["memory"] | SIZES).items()]
    run(gcc, "--specs=picolibc.specs", "-nostartfiles", *flags, f"-I{directory}", *places, INPUTS / machine["start"],
        HERE / "count.c", "-o", program)
    counted = run(*machine["qemu"], "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0",
                  "-semihosting-config", "enable=on,target=native", "-kernel", program)
    run(gcc, *flags, "-fstack-usage", "-c", f"{directory}/net.c", "-o", network)
    text, data = (int(word) for word in run(machine["gcc"] + "size", network).stdout.splitlines()[1].split()[:2])
    frames = [int(line.split("\t")[1]) for line in network.with_suffix(".su").read_text().splitlines()]
    arena = re.search(r"_WORKSPACE_BYTES (\d+)", Path(directory, "net.h").read_text())
    return {"core": core, "instructions": int(counted.stdout + counted.stderr), "code_bytes": text + data,
            "arena_bytes": int(arena[1]), "frame_bytes": max(frames)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="the figures as JSON")
    parser.add_argument("networks", nargs="+", metavar="CORE:LABEL=DIR")
    args = parser.parse_args()
    rows = {}
    for network in args.networks:
        core, _, rest = network.partition(":")
        label, _, directory = rest.partition("=")
        if not directory or not Path(directory, "net.c").exists():
            sys.exit(f"error: '{network}' requires CORE:LABEL=DIR with the net.c of tally emit-c in DIR")
        with tempfile.TemporaryDirectory() as folder:
            try:
                rows[f"{core}:{label}"] = measure(core, Path(directory).resolve(), folder)
            except FileNotFoundError as error:
                sys.exit(f"error: '{error.filename}' is not installed")
            except subprocess.CalledProcessError as error:
                sys.exit(f"error: {network}: {error.cmd[0]} failed: {error.stderr.strip()}")
    print(f"{'network':28}{'instructions':>16}{'code, constants':>18}{'arena':>10}{'frame':>8}")
    for label, row in rows.items():
        print(f"{label:28}{row['instructions']:16,}{row['code_bytes']:18,}{row['arena_bytes']:10,}{row['frame_bytes']:8,}")
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

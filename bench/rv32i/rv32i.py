#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instructions that emitted networks take on RV32I, a processor without multiplications, counted in QEMU.

usage: rv32i.py [--json FILE] LABEL=DIR...    DIR holds net.c and net.h of `tally emit-c`

Prints a table: instructions for one image, bytes of code and constants, bytes of memory. The counts are exact and
the same on every machine; what an instruction takes in time depends on the core."""
import argparse
import json
from pathlib import Path
import subprocess
import sys
import tempfile

HERE = Path(__file__).resolve().parent
START = HERE.parents[1] / "test" / "Target" / "C" / "Inputs" / "rv32i_start.c"
MEMORY = {"__flash": 0x80000000, "__flash_size": 0x800000, "__ram": 0x80800000, "__ram_size": 0x200000,
          "__stack_size": 0x4000}


def measure(directory, folder):
    program = Path(folder) / "count.elf"
    subprocess.run(["riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-nostartfiles", "-march=rv32i",
                    "-mabi=ilp32", "-std=gnu99", "-O2", "-ffreestanding", f"-I{directory}", *(f"-Wl,--defsym={name}={value}" for name, value in MEMORY.items()),
                    START, HERE / "count.c", "-o", program], check=True)
    run = subprocess.run(["qemu-system-riscv32", "-machine", "virt", "-cpu",
                          "rv32,m=false,a=false,f=false,d=false,c=false", "-bios", "none", "-nographic", "-monitor",
                          "none", "-serial", "none", "-icount", "shift=0", "-semihosting-config",
                          "enable=on,target=native", "-kernel", program], check=True, capture_output=True, text=True)
    size = subprocess.run(["riscv64-unknown-elf-size", program], check=True, capture_output=True, text=True)
    text, data, bss = (int(word) for word in size.stdout.splitlines()[1].split()[:3])
    return {"instructions": int(run.stdout + run.stderr), "code_bytes": text + data, "memory_bytes": data + bss}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="the figures as JSON")
    parser.add_argument("networks", nargs="+", metavar="LABEL=DIR")
    args = parser.parse_args()
    rows = {}
    for network in args.networks:
        label, _, directory = network.partition("=")
        if not (Path(directory) / "net.c").exists():
            sys.exit(f"error: '{network}' requires LABEL=DIR with the net.c of tally emit-c in DIR")
        with tempfile.TemporaryDirectory() as folder:
            rows[label] = measure(Path(directory).resolve(), folder)
    print(f"{'network':16}{'instructions':>16}{'code, constants':>18}{'memory':>12}")
    for label, row in rows.items():
        print(f"{label:16}{row['instructions']:16,}{row['code_bytes']:18,}{row['memory_bytes']:12,}")
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

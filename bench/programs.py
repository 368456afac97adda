# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The program that benchmarks run."""
import argparse
from pathlib import Path
import shutil

BUILT = Path(__file__).resolve().parent.parent / "build" / "bin" / "tally"


def program(name):
    found = shutil.which(name)
    if not found:
        raise argparse.ArgumentTypeError(f"'{name}' is no program; scripts/demo builds tally, or say where it is")
    return str(Path(found).resolve())


def add_tally(parser):
    parser.add_argument("--tally", type=program, default=str(BUILT), metavar="PATH", help="default: build/bin/tally of this tree")

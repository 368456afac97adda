# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `tally` with the given words and one wrong normalisation after another; prints exit status, option and error."""
import subprocess
import sys

for option, value in [("--mean", ""), ("--mean", "0.5,"), ("--mean", ",0.5"), ("--mean", "0.5;0.4"), ("--std", "nan"),
                      ("--std", "0"), ("--std", "1,-1,1"), ("--std", "1e-60"), ("--mean", "1,2"), ("--std", "1,2,3,4")]:
    run = subprocess.run(["tally", *sys.argv[1:], option, value], capture_output=True, text=True, check=False)
    print(run.returncode, option, value + ":", run.stderr.strip().split("error: ")[1].splitlines()[0].removeprefix(sys.argv[1] + ": "))

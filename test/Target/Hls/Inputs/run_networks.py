# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Emits random networks as C for high-level synthesis, checks the text, and runs their self-tests as C99 and as C++.

usage: run_networks.py FOLDER FIRST LAST    seeds of random_network.py; exit status 1 if one fails
"""
import pathlib
import shutil
import subprocess
import sys

folder, here = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(__file__).parent
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
C99 = ["gcc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"]
# Without a tool, numbers of C++ are checked: one that its type does not hold ends the program.
CPP = ["g++", "-std=c++14", "-O0", "-Wall", "-Wextra", "-Werror"]
failed, seeds = 0, range(int(sys.argv[2]), int(sys.argv[3]) + 1)
for seed in seeds:
    strict = ["--strict"] if seed % 3 == 0 else []
    net, out = folder / f"{seed}.mlir", folder / str(seed)
    commands = [(["tally", "emit-c", net, "--style=hls", "-o", out, "--vectors", "3"] + (["--mul-free=strict"] if strict else []), folder),
                ([sys.executable, here / "check_nests.py", *strict, "net.c"], out),
                (C99 + ["net_test.c", "-o", "c"], out), (["./c"], out),
                (CPP + ["net_test.c", "-o", "cpp"], out), (["./cpp"], out)]
    net.write_text(subprocess.run([sys.executable, "-B", here.parents[1] / "Verilog" / "Inputs" / "random_network.py", str(seed), *strict], check=True,
                                  capture_output=True, text=True).stdout)
    for command, where in commands:
        run = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=300)
        if run.returncode != 0:
            print(f"seed {seed}: {' '.join(map(str, command))} fails\n{run.stdout}{run.stderr}")
            failed += 1
            break
print(f"{len(seeds)} networks, {failed} fail")
sys.exit(failed != 0)

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Emits random networks as Verilog and runs their self-tests in Icarus Verilog; says how many networks had each kind of layer.

usage: run_networks.py FOLDER FIRST LAST [OPTION ...]    seeds of random_network.py, options of emit-verilog; exit status 1
if one fails
"""
import collections
import pathlib
import shutil
import subprocess
import sys

folder = pathlib.Path(sys.argv[1]).resolve()
generator = pathlib.Path(__file__).with_name("random_network.py")
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
failed, seeds, kinds = 0, range(int(sys.argv[2]), int(sys.argv[3]) + 1), collections.Counter()
for seed in seeds:
    net, out = folder / f"{seed}.mlir", folder / str(seed)
    net.write_text(subprocess.run([sys.executable, generator, str(seed)], check=True, capture_output=True, text=True).stdout)
    kinds.update(set(net.read_text().splitlines()[0].split()[2:]))
    for command, where in ((["tally", "emit-verilog", net, "-o", out, "--vectors", "4", *sys.argv[4:]], folder),
                           (["iverilog", "-g2005", "-f", "net.f", "-o", "sim"], out),
                           (["vvp", "-N", "sim"], out)):
        run = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=300)
        if run.returncode != 0:
            print(f"seed {seed}: {command[0]} fails\n{run.stdout}{run.stderr}")
            failed += 1
            break
print(", ".join(f"{name} {kinds[name]}" for name in sorted(kinds)))
print(f"{len(seeds)} networks, {failed} fail")
sys.exit(failed != 0)

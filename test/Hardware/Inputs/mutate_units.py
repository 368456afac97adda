# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes one mistake at a time in a copy of the hardware units, and asks whether check_units.py finds it.

usage: mutate_units.py SOURCE TERMS WORK    exit status 1 if a mistake is not found"""
import pathlib
import shutil
import subprocess
import sys

source, terms, work = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
MISTAKES = [  # unit, file, what stands there, what is put instead
    ("product", "tally_uniform.v", "assign t = xs * ws;", "assign t = xs + ws;"),
    ("rows", "tally_uniform.v", "NEGATIVE ? ~xs : xs", "NEGATIVE ? xs : xs"),
    ("rows", "tally_uniform.v", "NEGATIVE ? w[j] : 1'b0", "1'b0"),
    ("booth", "tally_uniform.v", "digits[2*i+2] ^ digits[2*i+1]", "digits[2*i+2] | digits[2*i+1]"),
    ("booth", "tally_uniform.v", "{{2{sums[i*R-1]}}", "{{2{1'b0}}"),
    ("sign_magnitude", "tally_uniform.v", "wide ^ {P{c}}", "wide & {P{c}}"),
    ("pot", "tally_pot.v", "operand << e", "operand >> e"),
    ("pot", "tally_pot.v", "ENCODING == 0 ? |e", "ENCODING == 0 ? &e"),
    ("pot_minus_zero", "tally_pot.v", "~c | (|e)", "c | (|e)"),
    ("pot_zero_flag", "tally_pot.v", "~w[W-1-W_SIGNED]", "w[W-1-W_SIGNED]"),
    ("pot_one_hot", "tally_pot.v", "operand << k", "operand << (k + 1)"),
    ("apot", "tally_apot.v", "{operand[Q-2:0], 1'b0}", "{operand[Q-1:1], 1'b0}"),
    ("apot", "tally_apot.v", "first + second;", "first | second;"),
    ("sad", "tally_sad.v", "difference[A-1:0] ^", "difference[A-1:0] &"),
    ("sad", "tally_sad.v", "{1'b0, x ^ flip} - ", "{1'b0, x ^ flip} + "),
    ("min", "tally_min.v", "(x ^ flip) <", "(x ^ flip) >"),
    ("sad", "tally_lanes.v", ".c(carries[i])", ".c(carries[0])"),
    ("product", "tally_lanes.v", "localparam B = P + height(i);", "localparam B = P;"),
]

missed = 0
for unit, file, old, new in MISTAKES:
    units = work / "units"
    shutil.rmtree(units, ignore_errors=True)
    shutil.copytree(source / "hardware" / "units", units)
    text = (units / file).read_text()
    assert old in text, f"{file} has no '{old}'"
    (units / file).write_text(text.replace(old, new))
    run = subprocess.run([sys.executable, source / "test" / "Hardware" / "check_units.py", "--terms", terms, "--units", units,
                          "--bits", "4" if unit == "apot" else "3", unit], capture_output=True, text=True, check=False)
    if run.returncode != 1 or "sums differ" not in run.stdout:
        missed += 1
        print(f"not found: '{new}' in {file}\n{run.stdout}{run.stderr}")
print(f"{len(MISTAKES)} mistakes, {f'{missed} not found' if missed else 'all found'}")
sys.exit(bool(missed))

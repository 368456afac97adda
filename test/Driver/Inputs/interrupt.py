# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""interrupt.py SIGNAL[,SIGNAL..] WHEN COMMAND...: runs a command, and sends it signals in the middle: WHEN seconds after
it is ready for them, or once a file WHEN exists below $TMPDIR, or for FILE+SECONDS once it has computed so long since.
Checks that it ends within a second with the status that tells the first signal, leaves no process, no temporary file, and
all files of this folder as they were."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time


def snapshot():
    return {str(path): path.read_bytes() for path in pathlib.Path(".").rglob("*") if path.is_file()}


def is_ready(process, number):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return int(line.split()[1], 16) >> (number - 1) & 1
    return False


def computed(process):
    """Seconds of a processor: on a busy machine less than those that go by."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(condition, process, what):
    deadline = time.monotonic() + 60
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"interrupt.py: no {what}; status {process.poll()}")
        time.sleep(0.005)


def processes_in(folder):
    """Those that have their temporary files there."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if folder.encode() in path.read_bytes():
                found.append((path.parent / "cmdline").read_bytes().decode())
        except OSError:
            pass
    return found


numbers = [getattr(signal, "SIG" + name) for name in sys.argv[1].split(",")]
when, command = sys.argv[2], sys.argv[3:]
for number in numbers:
    signal.signal(number, signal.SIG_DFL)  # ignored where tests run in the background
before = snapshot()
with tempfile.TemporaryDirectory() as folder:
    environment = dict(os.environ, TMPDIR=folder)
    # The input stays open: who reads it waits.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    wait_for(lambda: is_ready(process, numbers[-1]), process, "handler")
    if when.replace(".", "").isdigit():
        time.sleep(float(when))
    else:
        name, _, seconds = when.partition("+")
        wait_for(lambda: list(pathlib.Path(folder).rglob(name)), process, name)
        start = computed(process)
        wait_for(lambda: computed(process) >= start + float(seconds or 0), process, "computation")
    if process.poll() is not None:
        sys.exit(f"interrupt.py: ended by itself with status {process.returncode}")
    begin = time.monotonic()
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.02)
    status = process.wait()
    seconds = time.monotonic() - begin
    if seconds > 1:
        sys.exit(f"interrupt.py: took {seconds:.2f} s")
    if status != 128 + numbers[0]:
        sys.exit(f"interrupt.py: status {status}")
    time.sleep(0.05)  # what is killed takes a moment
    if left := os.listdir(folder) + processes_in(folder):
        sys.exit(f"interrupt.py: leaves {left}")
if snapshot() != before:
    sys.exit(f"interrupt.py: changes {sorted(snapshot().items() ^ before.items())}")

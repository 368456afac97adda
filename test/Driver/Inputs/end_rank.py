# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs mpirun and kills its last rank as soon as a file is there: a checkpoint. Fails where mpirun does not.

usage: end_rank.py FILE MPIRUN...
"""
import os
import signal
import subprocess
import sys
import time

path = sys.argv[1]
process = subprocess.Popen(sys.argv[2:])
while process.poll() is None and not os.path.exists(path):
    time.sleep(0.001)
children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
os.kill(int(children.split()[-1]), signal.SIGKILL)
sys.exit(process.wait() == 0)

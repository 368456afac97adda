# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and ends it by a signal as soon as a file is there: its checkpoint.

usage: end_training.py SIGNAL FILE COMMAND...    fails where the command fails by itself
"""
import os
import signal
import subprocess
import sys
import time

number, path = getattr(signal, "SIG" + sys.argv[1]), sys.argv[2]
process = subprocess.Popen(sys.argv[3:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while process.poll() is None and not os.path.exists(path):
    time.sleep(0.001)
process.send_signal(number)
status = process.wait()
# It may have been at its end already.
sys.exit(status not in (0, -number, 128 + number))

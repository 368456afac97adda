# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How lit runs the tests in this folder; see lit.site.cfg.py.in for the paths.
import os
import lit.formats

config.name = "Tally"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.tally_build, "bin"), config.llvm_tools, os.environ["PATH"]])
config.substitutions += [
    ("%cc", config.c_compiler),
    ("%python", config.python),
    ("%source", config.tally_source),
    ("%build", config.tally_build),
    ("%make_images", f"{config.python} {config.test_source_root}/Quantize/Inputs/make_images.py"),
]

# Tests that run code for RV32I say which packages they miss; scripts/setup installs them.
import platform
import shutil
import subprocess
import tempfile
missing = [tool for tool in ("riscv64-unknown-elf-gcc", "qemu-system-riscv32") if not shutil.which(tool)]
if not missing and subprocess.run([  # the C library comes in a package of its own
        "riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "--version"], capture_output=True).returncode:
    missing = ["picolibc-riscv64-unknown-elf"]
if missing:
    lit_config.note("tests for RV32I are skipped, not installed: " + ", ".join(missing))
else:
    config.available_features.add("rv32i")
missing = [tool for tool in ("arm-none-eabi-gcc", "qemu-system-arm") if not shutil.which(tool)]
if not missing and subprocess.run(["arm-none-eabi-gcc", "--specs=picolibc.specs", "--version"],
                                  capture_output=True).returncode:
    missing = ["picolibc-arm-none-eabi"]
if missing:
    lit_config.note("tests for Cortex-M are skipped, not installed: " + ", ".join(missing))
else:
    config.available_features.add("cortex-m")
# What runs emitted C for 32 bits needs libc6-dev-i386 and lib32gcc-12-dev, and a kernel that runs it.
with tempfile.TemporaryDirectory() as folder:
    program = os.path.join(folder, "program")
    if subprocess.run([config.c_compiler, "-m32", "-x", "c", "-", "-o", program], capture_output=True,
                      input=b"#include <stdio.h>\nint main(void) { return 0; }\n").returncode != 0:
        lit_config.note("tests for 32 bits are skipped, not installed: libc6-dev-i386, lib32gcc-12-dev")
    else:
        try:
            subprocess.run([program], check=True)
            config.available_features.add("m32")
        except OSError:
            lit_config.note("tests for 32 bits are skipped: this system does not run such programs")
if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode == 0:
    config.available_features.add("pytorch")
else:
    lit_config.note("tests against PyTorch are skipped, not installed: python3-torch")
missing = [tool for tool in ("iverilog", "verilator", "yosys", "nextpnr-ice40", "icetime", "make") if not shutil.which(tool)]
if missing:
    lit_config.note("tests of hardware are skipped, not installed: " + ", ".join(missing) + "; scripts/setup --hardware")
else:
    config.available_features.add("hardware")
if config.has_mpi and shutil.which("mpirun"):
    config.available_features.add("mpi")
    # Of Open MPI: more ranks than processors, and tests as root in a container.
    config.environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                              OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_base_warn_component_unused="0")
else:
    lit_config.note("tests of training on several ranks are skipped, not installed: libopenmpi-dev, openmpi-bin")
if platform.machine() == "x86_64":
    config.available_features.add("host-x86_64")
    if "avx512f" in open("/proc/cpuinfo").read():
        config.available_features.add("avx512")
for tool in ("clang", "clang-format", "clang-tidy"):
    if shutil.which(f"{tool}-22"):
        config.available_features.add(tool)

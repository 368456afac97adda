#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# usage: run_cortex_m.sh CPU DIR NAME [GCC-OPTION...]    the self-test in DIR on a Cortex-M
# Compiles DIR/NAME_test.c for CPU and runs it in QEMU. Exit status: that of the self-test. Leaves
# DIR/NAME.elf.
set -eu
here=$(dirname "$0") cpu=$1 directory=$2 name=$3
shift 3
arm-none-eabi-gcc --specs=picolibc.specs -nostartfiles -mcpu="$cpu" -mthumb -mfloat-abi=soft \
  -std=gnu99 -O2 -ffreestanding \
  -Wl,--defsym=__flash=0 -Wl,--defsym=__flash_size=0x400000 \
  -Wl,--defsym=__ram=0x20000000 -Wl,--defsym=__ram_size=0x400000 -Wl,--defsym=__stack_size=0x4000 \
  "$@" "$here/cortex_m_start.c" "$directory/${name}_test.c" -o "$directory/$name.elf"
timeout 300 qemu-system-arm -machine mps2-an386 -nographic -monitor none -serial none \
  -semihosting-config enable=on,target=native -kernel "$directory/$name.elf"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# usage: run_rv32i.sh DIR NAME [GCC-OPTION...]    the self-test in DIR on an RV32I machine
# Compiles DIR/NAME_test.c for a processor without multiplications, and runs it in QEMU, where such
# an instruction is illegal. Exit status: that of the self-test. Leaves DIR/NAME.elf.
set -eu
here=$(dirname "$0") directory=$1 name=$2
shift 2
riscv64-unknown-elf-gcc --specs=picolibc.specs -nostartfiles -march=rv32i -mabi=ilp32 \
  -std=gnu99 -O2 -ffreestanding \
  -Wl,--defsym=__flash=0x80000000 -Wl,--defsym=__flash_size=0x800000 \
  -Wl,--defsym=__ram=0x80800000 -Wl,--defsym=__ram_size=0x200000 -Wl,--defsym=__stack_size=0x4000 \
  "$@" "$here/rv32i_start.c" "$directory/${name}_test.c" -o "$directory/$name.elf"
timeout 300 qemu-system-riscv32 -machine virt \
  -cpu rv32,m=false,a=false,f=false,d=false,c=false -bios none -nographic -monitor none \
  -serial none -semihosting-config enable=on,target=native -kernel "$directory/$name.elf"

/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Start and end of a program on QEMU's `virt` machine, with nothing of a C library's own
   start code in it: that prints, and to print it multiplies. */
#include <stdint.h>

int main(void);

extern char __data_source[], __data_start[], __data_end[];

/* Ends the emulator with `status`, by a semihosting call. */
__attribute__((noreturn)) static void leave(int status) {
  static uint32_t block[2];
  block[0] = 0x20026; /* the application has come to its end */
  block[1] = (uint32_t)status;
  register uint32_t call __asm__("a0") = 0x20;
  register uint32_t *argument __asm__("a1") = block;
  __asm__ volatile(".balign 16\n"
                   "slli zero, zero, 0x1f\n"
                   "ebreak\n"
                   "srai zero, zero, 7\n"
                   :
                   : "r"(call), "r"(argument)
                   : "memory");
  for (;;)
    ;
}

__attribute__((noreturn, used)) static void start(void) {
  const char *from = __data_source;
  for (char *to = __data_start; to != __data_end; ++to, ++from)
    *to = *from;
  leave(main());
}

__attribute__((naked, section(".text.init.enter"), used)) void _start(void) {
  __asm__ volatile("la sp, __stack\n"
                   "j start\n");
}

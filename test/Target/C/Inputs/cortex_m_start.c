/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Start and end of a program on a Cortex-M of QEMU's MPS2 boards, with nothing of a C library's own
   start code in it. */
#include <stdint.h>

int main(void);

extern char __data_source[], __data_start[], __data_end[], __stack[];

/* Ends the emulator with `status`, by a semihosting call. */
__attribute__((noreturn)) static void leave(int status) {
  static uint32_t block[2];
  block[0] = 0x20026; /* the application has come to its end */
  block[1] = (uint32_t)status;
  register uint32_t call __asm__("r0") = 0x20;
  register uint32_t *argument __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : : "r"(call), "r"(argument) : "memory");
  for (;;)
    ;
}

__attribute__((noreturn)) void _start(void) {
  const char *from = __data_source;
  for (char *to = __data_start; to != __data_end; ++to, ++from)
    *to = *from;
  leave(main());
}

__attribute__((noreturn)) static void fault(void) { leave(99); }

__attribute__((section(".data.init.enter"), used)) static const void *const vectors[] = {
    __stack, (const void *)_start, (const void *)fault, (const void *)fault};

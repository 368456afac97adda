/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Counts the instructions of one call of an emitted network on a machine of QEMU, and writes the
   number. */
#define NET_STATIC_WORKSPACE
#include "net.c"
#include <stdint.h>

static uint64_t input[NET_INPUT_SIZE], output[NET_OUTPUT_SIZE];

#if defined(__riscv)
static uint64_t count(void) {
  uint32_t high, low, again;
  do
    __asm__ volatile("rdinstreth %0\n rdinstret %1\n rdinstreth %2"
                     : "=r"(high), "=r"(low), "=r"(again));
  while (high != again);
  return (uint64_t)high << 32 | low;
}

/* Semihosting's SYS_WRITE0. */
static void write_text(const char *text) {
  register uint32_t call __asm__("a0") = 4;
  register const char *argument __asm__("a1") = text;
  __asm__ volatile(".balign 16\n"
                   "slli zero, zero, 0x1f\n"
                   "ebreak\n"
                   "srai zero, zero, 7\n"
                   : "+r"(call)
                   : "r"(argument)
                   : "memory");
}
#else
/* SysTick counts down, once in 40 instructions: they take a nanosecond each, and its clock has
   25 MHz. It wraps after 671 million. */
static uint64_t count(void) {
  static volatile uint32_t *const control = (volatile uint32_t *)0xe000e010u;
  static int started;
  if (!started) {
    control[1] = 0xffffff;
    control[2] = 0;
    control[0] = 5;
    while (!control[2]) /* until it has begun */
      ;
    started = 1;
  }
  return (uint64_t)40 * (0xffffffu - control[2]);
}

static void write_text(const char *text) {
  register uint32_t call __asm__("r0") = 4;
  register const char *argument __asm__("r1") = text;
  __asm__ volatile("bkpt 0xab" : "+r"(call) : "r"(argument) : "memory");
}
#endif

int main(void) {
  /* Small codes that every type of input holds; the time hardly depends on them. */
  uint8_t *byte = (uint8_t *)input;
  for (uint32_t i = 0; i < sizeof(input); ++i)
    byte[i] = (uint8_t)(i & 15);
  uint64_t start = count();
  net_run_static((void *)input, (void *)output);
  uint64_t number = count() - start;
  char text[24], *digit = text + sizeof(text) - 1;
  *digit = 0;
  *--digit = '\n';
  do
    *--digit = (char)('0' + number % 10);
  while (number /= 10);
  write_text(digit);
  return 0;
}

/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls an emitted network with its input and its first result at an odd place. */
#define NET_STATIC_WORKSPACE
#include "net.c"

int main(void) {
  static uint8_t input[64], first[64];
  static int32_t second[36];
  int i;
  for (i = 0; i < 36; ++i)
    input[1 + i] = (uint8_t)(i * 7 & 15);
  net_run_static(input + 1, first + 1, second);
  return second[0] > 0;
}

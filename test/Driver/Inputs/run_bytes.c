/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs a network on images of bytes, one after another in the file of the first argument, and
   prints results as reals. Its header is net.h, or included before with NET_STATIC_WORKSPACE; IN
   and OUT are the types of its elements. */
#ifndef NET_H
#define NET_STATIC_WORKSPACE
#include "net.h"
#endif
#include <stdio.h>

#ifdef OUTPUT
#define REAL(x) (((double)(x) - NET_OUTPUT_ZERO_POINT) * OUTPUT)
#else
#define REAL(x) (x)
#endif

int main(int argc, char **argv) {
  static unsigned char bytes[NET_INPUT_SIZE];
  static IN input[NET_INPUT_SIZE];
  static OUT output[NET_OUTPUT_SIZE];
  int i;
  FILE *file = fopen(argv[argc - 1], "rb");
  while (file && fread(bytes, 1, NET_INPUT_SIZE, file) == NET_INPUT_SIZE) {
    for (i = 0; i < NET_INPUT_SIZE; ++i)
      input[i] = NET_INPUT_OF_BYTE(bytes[i], i % NET_INPUT_CHANNELS);
    net_run_static(input, output);
    for (i = 0; i < NET_OUTPUT_SIZE; ++i)
      printf("%.9g\n", (double)REAL(output[i]));
  }
  return 0;
}

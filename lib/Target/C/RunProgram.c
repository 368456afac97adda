/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs a network on all inputs that come: inputs on stdin, results on stdout, each as it lies in
   memory, one behind the other at multiples of 8 bytes. */

#define NET_STATIC_WORKSPACE
#include "net.c"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char *input = malloc(INPUT_BYTES), *output = malloc(OUTPUT_BYTES);
  if (!input || !output)
    return 1;
  while (fread(input, 1, INPUT_BYTES, stdin) == INPUT_BYTES) {
    net_run_static(ARGUMENTS);
    if (fwrite(output, 1, OUTPUT_BYTES, stdout) != OUTPUT_BYTES || fflush(stdout) != 0)
      return 1;
  }
  return 0;
}

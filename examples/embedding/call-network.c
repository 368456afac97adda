/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs a network on images of bytes from stdin, and prints the class of each. The network is C of
   `tally emit-c` or an object of `tally compile`: both have this header and this call. With OpenMP
   (cc -fopenmp) four threads share each image; the object is then one of `tally compile
   --parallel`. */
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

#ifdef _OPENMP
/* Runs the shares of a step on the threads of OpenMP. `context`: how many at most. */
static void on_threads(void *context, int32_t most, net_task *run, void *task) {
  int32_t shares = *(int32_t *)context < most ? *(int32_t *)context : most;
#pragma omp parallel for num_threads(shares)
  for (int32_t i = 0; i < shares; ++i)
    run(task, i, shares);
}

static void run_network(const uint8_t *input, int32_t *output, void *workspace) {
  int32_t threads = 4;
  net_run_parallel(input, output, workspace, on_threads, &threads);
}
#else
#define run_network net_run
#endif

int main(void) {
  static unsigned char image[NET_INPUT_SIZE];
  static uint8_t input[NET_INPUT_SIZE];
  static int32_t output[NET_OUTPUT_SIZE];
  /* Any memory will do: here from malloc, moved to the alignment that the network wants. */
  unsigned char *memory = malloc(NET_WORKSPACE_BYTES + NET_WORKSPACE_ALIGNMENT);
  if (!memory)
    return 1;
  void *workspace = memory + (0 - (uintptr_t)memory) % NET_WORKSPACE_ALIGNMENT;
  while (fread(image, 1, NET_INPUT_SIZE, stdin) == NET_INPUT_SIZE) {
    int best = 0;
    for (int i = 0; i < NET_INPUT_SIZE; ++i)
      input[i] = NET_INPUT_OF_BYTE(image[i], i % NET_INPUT_CHANNELS);
    run_network(input, output, workspace);
    for (int i = 1; i < NET_OUTPUT_SIZE; ++i)
      if (output[i] > output[best])
        best = i;
    printf("%d\n", best);
  }
  free(memory);
  return 0;
}

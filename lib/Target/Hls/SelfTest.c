/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs every golden vector; 0 if all values agree with the reference, 1 at the first that does
   not. A number that its type does not hold ends the program in C++, see tally_checked_int.h. */

#include <stdio.h>

static int golden_failed, golden_differs;

#if GOLDEN_VALUES > 0
static uint32_t golden_hash = 2166136261u;

/* FNV-1a over the codes of a value. */
static void golden_add(int64_t code) {
  golden_hash = (golden_hash ^ (uint32_t)((uint64_t)code & 0xffffffffu)) * 16777619u;
}

static void golden_compare(int value) {
  if (!golden_failed && golden_hash != golden_hashes[golden_vector * GOLDEN_VALUES + value]) {
    fprintf(stderr, "vector %d: '%s' differs\n", golden_vector, golden_names[value]);
    golden_failed = 1;
  }
  golden_hash = 2166136261u;
}
#endif

static void golden_expect(int64_t code, int64_t expected) {
  if (code != expected)
    golden_differs = 1;
}

int main(void) {
  for (golden_vector = 0; golden_vector < GOLDEN_VECTORS; ++golden_vector) {
    golden_run();
    if (golden_differs && !golden_failed) {
      fprintf(stderr, "vector %d: the result differs\n", golden_vector);
      golden_failed = 1;
    }
    if (golden_failed)
      return 1;
  }
#if GOLDEN_VALUES > 0
  printf("%d values agree with the reference on %d inputs\n", GOLDEN_VALUES, GOLDEN_VECTORS);
#else
  printf("no layer; the results agree with the reference on %d inputs\n", GOLDEN_VECTORS);
#endif
  return 0;
}

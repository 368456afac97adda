/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs every golden vector; 0 if all layers agree with the reference, 1 at the first that does not.
   Says how many layers were compared, and names those that were not. What a layer prepares for
   itself is no value of the network. */

#if __STDC_HOSTED__
#include <stdio.h>
#define REPORT(...) fprintf(stderr, __VA_ARGS__)
#define SAY(...) printf(__VA_ARGS__)
#else
#define REPORT(...) ((void)0)
#define SAY(...) ((void)0)
#endif

static unsigned golden_vector, golden_step;
static int golden_failed;

/* FNV-1a over the bytes of a result. */
static uint32_t golden_hash(const void *data, size_t bytes) {
  const unsigned char *byte = (const unsigned char *)data;
  uint32_t hash = 2166136261u;
  size_t i;
  for (i = 0; i < bytes; ++i)
    hash = (hash ^ byte[i]) * 16777619u;
  return hash;
}

static int golden_differ(const void *one, const void *other, size_t bytes) {
  const unsigned char *a = (const unsigned char *)one, *b = (const unsigned char *)other;
  size_t i;
  for (i = 0; i < bytes; ++i)
    if (a[i] != b[i])
      return 1;
  return 0;
}

static void golden_check(const char *name, const void *data, size_t bytes) {
  unsigned index = golden_vector * GOLDEN_STEPS + golden_step;
  if (!golden_failed && golden_known[golden_step] &&
      golden_hash(data, bytes) != golden_hashes[index]) {
    REPORT("vector %u: layer '%s' (step %u) differs\n", golden_vector, name, golden_step);
    golden_failed = 1;
  }
  (void)name;
  ++golden_step;
}

static unsigned golden_list(const char *what, const char *const *layers) {
  unsigned count = 0;
  for (; layers[count]; ++count)
    SAY("%s: layer '%s'\n", what, layers[count]);
  (void)what;
  return count;
}

int main(void) {
  unsigned unchecked;
  for (golden_vector = 0; golden_vector < GOLDEN_VECTORS; ++golden_vector) {
    golden_step = 0;
    GOLDEN_RUN(golden_vector);
    if (GOLDEN_DIFFERS(golden_vector) && !golden_failed) {
      REPORT("vector %u: the result differs\n", golden_vector);
      golden_failed = 1;
    }
    if (golden_failed)
      return 1;
  }
  golden_list("not computed", golden_uncomputed);
  unchecked = golden_list("not compared", golden_unchecked);
  SAY("%u of %u layers agree with the reference on %u inputs\n", GOLDEN_LAYERS - unchecked,
      (unsigned)GOLDEN_LAYERS, (unsigned)GOLDEN_VECTORS);
  (void)unchecked;
  return 0;
}

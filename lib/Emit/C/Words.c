/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TALLY_WORDS
#define TALLY_WORDS
#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

/* Four bytes as a word, the first one lowest. */
static inline int32_t tally_load_word(const int8_t *at) {
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  int32_t word;
  __builtin_memcpy(&word, at, sizeof(word));
  return word;
#else
  const uint8_t *byte = (const uint8_t *)at;
  return (int32_t)((uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
                   (uint32_t)byte[3] << 24);
#endif
}

/* The same at a multiple of four. */
static inline int32_t tally_load_aligned_word(const int8_t *at) {
#if defined(__GNUC__)
  at = (const int8_t *)__builtin_assume_aligned(at, 4);
#endif
  return tally_load_word(at);
}

#endif

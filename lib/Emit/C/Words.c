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

/* The sum of four absolute differences of bytes without a sign, added to another. */
static inline int32_t tally_usada8(int32_t a, int32_t b, int32_t sum) {
#if defined(__ARM_FEATURE_SIMD32)
  return (int32_t)__usada8((uint8x4_t)a, (uint8x4_t)b, (uint32_t)sum);
#else
  int place;
  for (place = 0; place < 32; place += 8) {
    int32_t x = (int32_t)((uint32_t)a >> place & 255), y = (int32_t)((uint32_t)b >> place & 255);
    sum += x > y ? x - y : y - x;
  }
  return sum;
#endif
}
#endif

/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TALLY_WORD_PRODUCTS
#define TALLY_WORD_PRODUCTS
/* Bytes 0 and 2 of a word as its halves, with a sign or without. */
static inline int32_t tally_sxtb16(int32_t word) {
#if defined(__ARM_FEATURE_SIMD32)
  return (int32_t)__sxtb16((int8x4_t)word);
#else
  return (int32_t)((uint32_t)(int8_t)(word & 255) & 65535u) |
         (int32_t)((uint32_t)(int8_t)(word >> 16 & 255) << 16);
#endif
}

static inline int32_t tally_uxtb16(int32_t word) { return word & 0x00ff00ff; }

/* So bytes 1 and 3. */
static inline int32_t tally_sxtb16_odd(int32_t word) {
#if defined(__ARM_FEATURE_SIMD32) && defined(__GNUC__)
  int32_t halves;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
  return halves;
#else
  return tally_sxtb16((int32_t)((uint32_t)word >> 8));
#endif
}

static inline int32_t tally_uxtb16_odd(int32_t word) {
  return (int32_t)((uint32_t)word >> 8 & 0x00ff00ffu);
}

/* The products of the halves of two words, added to a sum. */
static inline int32_t tally_smlad(int32_t a, int32_t b, int32_t sum) {
#if defined(__ARM_FEATURE_SIMD32)
  return __smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
  return sum + (int16_t)(a & 65535) * (int16_t)(b & 65535) + (a >> 16) * (b >> 16);
#endif
}
#endif

/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TALLY_WORD_DIFFERENCES
#define TALLY_WORD_DIFFERENCES
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

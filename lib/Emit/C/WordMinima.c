/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TALLY_WORD_MINIMA
#define TALLY_WORD_MINIMA
/* Of words: compilers compare bytes as bytes where they see them, then widen the result again. */
static inline int32_t tally_minimum(int32_t a, int32_t b) { return a < b ? a : b; }
#endif

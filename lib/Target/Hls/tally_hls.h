/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the same text means to a compiler of C99, to one of C++, and to a tool for high-level
   synthesis: integers of 1 to 64 bits, tally_u1 to tally_i64, and directives. Define

     TALLY_VITIS     ap_int of Vitis HLS, and its pragmas (also by __VITIS_HLS__); C++
     TALLY_AP        ap_int without pragmas, for other tools that have it; C++
     TALLY_CATAPULT  ac_int of Catapult, and its pragmas; C++

   Without a name, types are the next wider ones of stdint.h in C, and checked ones in C++
   (tally_checked_int.h), and directives are nothing. */
#ifndef TALLY_HLS_H
#define TALLY_HLS_H

#include <stdint.h>

#if defined(__VITIS_HLS__) && !defined(TALLY_VITIS)
#define TALLY_VITIS
#endif

/* Labels are for tools, which attach directives to them. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-label"
#endif

/* ---- Directives ---- */

#define TALLY_PRAGMA(text) _Pragma(#text)
/* The tools disagree about the place: Catapult's stand before a loop, those of Vitis in it. */
#if defined(TALLY_VITIS)
/* Words of pragmas stay as they are. */
/* clang-format off */
#define TALLY_BEFORE_PIPELINE
#define TALLY_BEFORE_UNROLL
#define TALLY_PIPELINE TALLY_PRAGMA(HLS pipeline II=1)
#define TALLY_UNROLL TALLY_PRAGMA(HLS unroll)
#define TALLY_DATAFLOW TALLY_PRAGMA(HLS dataflow)
#define TALLY_TOP
/* A memory or register for each index of dimension `d`; one word of all of them. */
#define TALLY_PARTITION(array, d) TALLY_PRAGMA(HLS array_partition variable=array complete dim=d)
#define TALLY_RESHAPE(array, d) TALLY_PRAGMA(HLS array_reshape variable=array complete dim=d)
/* A queue: what is written in order is read in that order. Other arrays between functions of a
   dataflow region are two memories in turns. */
#define TALLY_STREAM(array, n) TALLY_PRAGMA(HLS stream variable=array depth=n)
#define TALLY_CHANNEL
/* clang-format on */
#elif defined(TALLY_CATAPULT)
#define TALLY_BEFORE_PIPELINE TALLY_PRAGMA(hls_pipeline_init_interval 1)
#define TALLY_BEFORE_UNROLL TALLY_PRAGMA(hls_unroll yes)
#define TALLY_PIPELINE
#define TALLY_UNROLL
#define TALLY_DATAFLOW
#define TALLY_TOP TALLY_PRAGMA(hls_design top)
#define TALLY_PARTITION(array, d)
#define TALLY_RESHAPE(array, d)
#define TALLY_STREAM(array, n)
#define TALLY_CHANNEL static
#else
#define TALLY_BEFORE_PIPELINE
#define TALLY_BEFORE_UNROLL
#define TALLY_PIPELINE
#define TALLY_UNROLL
#define TALLY_DATAFLOW
#define TALLY_TOP
#define TALLY_PARTITION(array, d)
#define TALLY_RESHAPE(array, d)
#define TALLY_STREAM(array, n)
/* Large maps do not fit a stack. */
#define TALLY_CHANNEL static
#endif

/* A self-test sees values here. */
#ifndef TALLY_VALUE
#define TALLY_VALUE(name, array)
#endif

/* ---- Types ---- */

#if defined(__cplusplus)
#if defined(TALLY_VITIS) || defined(TALLY_AP)
#include <ap_int.h>
#define TALLY_UINT(width) ap_uint<width>
#define TALLY_INT(width) ap_int<width>
#elif defined(TALLY_CATAPULT)
#include <ac_int.h>
#define TALLY_UINT(width) ac_int<width, false>
#define TALLY_INT(width) ac_int<width, true>
#else
#include "tally_checked_int.h"
#define TALLY_UINT(width) tally_checked_int<width, false>
#define TALLY_INT(width) tally_checked_int<width, true>
#endif
#define TALLY_TYPES(width, storage)                                                                \
  typedef TALLY_UINT(width) tally_u##width;                                                        \
  typedef TALLY_INT(width) tally_i##width
/* `number` as a `type`, which holds it, times 2^places, which it holds as well. */
#define TALLY_SHL(type, number, places) ((type)((type)(number) << (places)))
#else
#define TALLY_TYPES(width, storage)                                                                \
  typedef uint##storage##_t tally_u##width;                                                        \
  typedef int##storage##_t tally_i##width
/* Without a sign: C does not say what a shift of a negative number is. */
#define TALLY_SHL(type, number, places) ((type)((uint64_t)(int64_t)(number) << (places)))
#endif

#define TALLY_FOUR(a, b, c, d, storage)                                                            \
  TALLY_TYPES(a, storage);                                                                         \
  TALLY_TYPES(b, storage);                                                                         \
  TALLY_TYPES(c, storage);                                                                         \
  TALLY_TYPES(d, storage)
TALLY_FOUR(1, 2, 3, 4, 8);
TALLY_FOUR(5, 6, 7, 8, 8);
TALLY_FOUR(9, 10, 11, 12, 16);
TALLY_FOUR(13, 14, 15, 16, 16);
TALLY_FOUR(17, 18, 19, 20, 32);
TALLY_FOUR(21, 22, 23, 24, 32);
TALLY_FOUR(25, 26, 27, 28, 32);
TALLY_FOUR(29, 30, 31, 32, 32);
TALLY_FOUR(33, 34, 35, 36, 64);
TALLY_FOUR(37, 38, 39, 40, 64);
TALLY_FOUR(41, 42, 43, 44, 64);
TALLY_FOUR(45, 46, 47, 48, 64);
TALLY_FOUR(49, 50, 51, 52, 64);
TALLY_FOUR(53, 54, 55, 56, 64);
TALLY_FOUR(57, 58, 59, 60, 64);
TALLY_FOUR(61, 62, 63, 64, 64);
#undef TALLY_FOUR
#undef TALLY_TYPES

#endif

//===- KnownFunctions.cpp - what functions from elsewhere do --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KnownFunctions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace tally {

bool isKnownNotToMultiply(StringRef name) {
  static const StringSet<> known = {
      "memcpy", "memmove", "memset", "memcmp", "bcmp", "abs", "labs", "llabs",
      // With checks of sizes and of the stack.
      "__memcpy_chk", "__memmove_chk", "__memset_chk", "__stack_chk_fail", "abort",
      // Words of memory, and sums of differences.
      "assume_aligned", "__usada8",
      // Registers of RISC-V, and moves of one kind of ARM.
      "__aeabi_memcpy", "__aeabi_memmove", "__aeabi_memset", "__aeabi_memclr",
      // Shifts, bits and comparisons.
      "__aeabi_llsl", "__aeabi_llsr", "__aeabi_lasr", "__aeabi_lcmp", "__aeabi_ulcmp", "__ashlsi3",
      "__ashrsi3", "__lshrsi3", "__ashldi3", "__ashrdi3", "__lshrdi3", "__ashlti3", "__ashrti3",
      "__lshrti3", "__clzsi2", "__clzdi2", "__ctzsi2", "__ctzdi2", "__ffssi2", "__ffsdi2",
      "__paritysi2", "__paritydi2", "__bswapsi2", "__bswapdi2", "__cmpdi2", "__ucmpdi2", "__negdi2",
      "__absvsi2", "__absvdi2", "__addvsi3", "__addvdi3", "__subvsi3", "__subvdi3",
      // Divisions of a word by shifts and subtractions.
      "__divsi3", "__udivsi3", "__modsi3", "__umodsi3", "__aeabi_idiv", "__aeabi_uidiv",
      "__aeabi_idivmod", "__aeabi_uidivmod",
      // Sums, comparisons and conversions of floats.
      "__addsf3", "__subsf3", "__adddf3", "__subdf3", "__negsf2", "__negdf2", "__eqsf2", "__nesf2",
      "__ltsf2", "__lesf2", "__gtsf2", "__gesf2", "__unordsf2", "__eqdf2", "__nedf2", "__ltdf2",
      "__ledf2", "__gtdf2", "__gedf2", "__unorddf2", "__extendsfdf2", "__truncdfsf2", "__fixsfsi",
      "__fixdfsi", "__fixunssfsi", "__fixunsdfsi", "__fixsfdi", "__fixdfdi", "__fixunssfdi",
      "__fixunsdfdi", "__floatsisf", "__floatsidf", "__floatunsisf", "__floatunsidf", "__floatdisf",
      "__floatdidf", "__floatundisf", "__floatundidf"};
  // Of libm, what compares, rounds or looks at signs, of each type.
  static const StringSet<> rounding = {
      "fmin",   "fmax",   "fminimum", "fmaximum",  "fminimum_num", "fmaximum_num", "floor",
      "ceil",   "trunc",  "round",    "roundeven", "rint",         "nearbyint",    "lrint",
      "llrint", "lround", "llround",  "copysign",  "fabs"};
  StringRef function = name;
  if (!rounding.contains(function) && (function.ends_with("f") || function.ends_with("l")))
    function = function.drop_back();
  return known.contains(name) || rounding.contains(function) || name.starts_with("__riscv_save_") ||
         name.starts_with("__riscv_restore_");
}

bool addsProducts(StringRef name) {
  static constexpr StringRef kFused[] = {"fma",    "fmaf",   "fmal",   "fmaf16",
                                         "fmaf32", "fmaf64", "fmaf128"};
  bool isComplex = (name.starts_with("__mul") || name.starts_with("__div")) && name.size() == 8 &&
                   name.ends_with("c3");
  return isComplex || is_contained(kFused, name);
}

bool multiplies(StringRef name) {
  return addsProducts(name) || name.starts_with("__mul") || name == "__umulsidi3" ||
         name == "__aeabi_lmul" || name == "__aeabi_fmul" || name == "__aeabi_dmul";
}

} // namespace tally

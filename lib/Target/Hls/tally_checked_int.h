/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Stands in for the arbitrary-width integers of a tool for high-level synthesis where there is no
   tool. A number that its type does not hold ends the program, and so does one that was read before
   it was written: what a tool would cut off or leave undefined is found here. */
#ifndef TALLY_CHECKED_INT_H
#define TALLY_CHECKED_INT_H

#include <cstdio>
#include <cstdlib>

__extension__ typedef __int128 tally_wide;

inline void tally_number_fails(const char *what, int width, bool is_signed) {
  std::fprintf(stderr, "tally_%c%d: %s\n", is_signed ? 'i' : 'u', width, what);
  std::abort();
}

/* What an expression gives, exactly: sums and products of tools grow as they need to. It cannot be
   shifted before it is given a type, as tools shift within the width of what they shift. */
class tally_exact {
public:
  constexpr explicit tally_exact(tally_wide number) : number(number) {}
  constexpr tally_wide get() const { return number; }

private:
  tally_wide number;
};

template <int width, bool is_signed> class tally_checked_int {
public:
  static_assert(width >= 1 && width <= 64, "tally numbers have 1 to 64 bits");

  tally_checked_int() : number(unwritten) {}
  constexpr tally_checked_int(int value) : number(checked(value)) {}
  constexpr tally_checked_int(long value) : number(checked(value)) {}
  constexpr tally_checked_int(long long value) : number(checked(value)) {}
  constexpr tally_checked_int(unsigned value) : number(checked(value)) {}
  constexpr tally_checked_int(unsigned long value) : number(checked(value)) {}
  constexpr tally_checked_int(tally_exact value) : number(checked(value.get())) {}
  template <int w, bool s>
  constexpr tally_checked_int(const tally_checked_int<w, s> &other)
      : number(checked(other.get())) {}

  tally_wide get() const {
    if (number == unwritten)
      tally_number_fails("read before it was written", width, is_signed);
    return number;
  }
  operator long long() const { return (long long)get(); }

  template <typename T> tally_checked_int operator<<(const T &places) const {
    return tally_checked_int(tally_exact(get() * (tally_wide(1) << distance(places))));
  }
  template <typename T> tally_checked_int operator>>(const T &places) const {
    return tally_checked_int(tally_exact(get() >> distance(places)));
  }

private:
  static constexpr tally_wide unwritten = tally_wide(1) << 100;
  static constexpr tally_wide lowest = is_signed ? -(tally_wide(1) << (width - 1)) : 0;
  static constexpr tally_wide highest = (tally_wide(1) << (is_signed ? width - 1 : width)) - 1;

  static constexpr tally_wide checked(tally_wide value) {
    return value >= lowest && value <= highest
               ? value
               : (tally_number_fails("a number that it does not hold", width, is_signed), value);
  }
  template <typename T> static int distance(const T &places) {
    long long count = (long long)places;
    if (count < 0 || count > 62)
      tally_number_fails("a shift by less than 0 or more than 62 places", width, is_signed);
    return (int)count;
  }

  tally_wide number;
};

template <int width, bool is_signed>
constexpr tally_wide tally_checked_int<width, is_signed>::unwritten;

/* Operands: numbers of both kinds, and integers of the language. */
template <int w, bool s> tally_wide tally_value(const tally_checked_int<w, s> &x) {
  return x.get();
}
inline tally_wide tally_value(tally_exact x) { return x.get(); }
inline tally_wide tally_value(int x) { return x; }
inline tally_wide tally_value(long x) { return x; }
inline tally_wide tally_value(long long x) { return x; }

template <typename T> struct tally_is_number {
  static const bool value = false;
};
template <int w, bool s> struct tally_is_number<tally_checked_int<w, s>> {
  static const bool value = true;
};
template <> struct tally_is_number<tally_exact> {
  static const bool value = true;
};
template <typename A, typename B, typename Result, bool> struct tally_if_number {};
template <typename A, typename B, typename Result> struct tally_if_number<A, B, Result, true> {
  typedef Result type;
};

#define TALLY_OPERATOR(result, op, expression)                                                     \
  template <typename A, typename B>                                                                \
  typename tally_if_number<A, B, result,                                                           \
                           tally_is_number<A>::value || tally_is_number<B>::value>::type           \
  operator op(const A &a, const B &b) {                                                            \
    return expression;                                                                             \
  }
TALLY_OPERATOR(tally_exact, +, tally_exact(tally_value(a) + tally_value(b)))
TALLY_OPERATOR(tally_exact, -, tally_exact(tally_value(a) - tally_value(b)))
TALLY_OPERATOR(tally_exact, *, tally_exact(tally_value(a) * tally_value(b)))
TALLY_OPERATOR(tally_exact, &, tally_exact(tally_value(a) & tally_value(b)))
TALLY_OPERATOR(bool, <, tally_value(a) < tally_value(b))
TALLY_OPERATOR(bool, >, tally_value(a) > tally_value(b))
TALLY_OPERATOR(bool, <=, tally_value(a) <= tally_value(b))
TALLY_OPERATOR(bool, >=, tally_value(a) >= tally_value(b))
TALLY_OPERATOR(bool, ==, tally_value(a) == tally_value(b))
TALLY_OPERATOR(bool, !=, tally_value(a) != tally_value(b))
#undef TALLY_OPERATOR

#endif

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms x * w of weights that are powers of two: a shift and a sign. ../README.md says what ports
// and parameters mean. A code is the sign, where there is one, then by ENCODING
//
//   0  Tally's       e: 0 is zero, e > 0 is 2^(e - 1)    (normative: include/tally/IR/PowerOfTwo.h)
//   1  no zero       e: 2^e                              (normative there, too)
//   2  minus zero    e: 2^e, but minus and e = 0 is zero
//   3  zero flag     one bit, 1 for zero, then e: 2^e; the largest e is not a code
//   4  one-hot       a bit for each power, at most one of them set
//
// 3 and 4 hold the levels of Tally's code in more bits.
module tally_pot #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1, ENCODING = 0,
                   E = W - W_SIGNED - (ENCODING == 3 ? 1 : 0), // bits of e, or powers
                   K = ENCODING == 4 ? E - 1 : (1 << E) - (ENCODING == 0 || ENCODING == 3 ? 2 : 1), // largest power
                   P = A + K + (1 - X_SIGNED) * W_SIGNED) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  wire [E-1:0] e = w[E-1:0];
  wire [A+K-1:0] magnitude;
  wire [P-1:0] wide;
  assign c = W_SIGNED == 1 ? w[W-1] : 1'b0;
  genvar k;
  generate
    if (ENCODING == 4) begin : chosen
      wire [A+K-1:0] operand;
      tally_extend #(.FROM(A), .TO(A + K), .SIGNED(X_SIGNED)) extend(.a(x), .s(operand));
      wire [(E+1)*(A+K)-1:0] any /*verilator split_var*/;
      assign any[0 +: A+K] = {(A+K){1'b0}};
      for (k = 0; k < E; k = k + 1) begin : power
        assign any[(k+1)*(A+K) +: A+K] = any[k*(A+K) +: A+K] | ((operand << k) & {(A+K){e[k]}});
      end
      assign magnitude = any[E*(A+K) +: A+K];
    end else begin : shifted
      wire nonzero = ENCODING == 0 ? |e : ENCODING == 2 ? ~c | (|e) : ENCODING == 3 ? ~w[W-1-W_SIGNED] : 1'b1;
      wire [A+K:0] operand;
      tally_extend #(.FROM(A), .TO(A + K + 1), .SIGNED(X_SIGNED)) extend(.a(x & {A{nonzero}}), .s(operand));
      wire [A+K:0] product = operand << e;
      if (ENCODING == 0) assign magnitude = product[A+K:1];
      else assign magnitude = product[A+K-1:0];
    end
    if (ENCODING < 0 || ENCODING > 4) tally_pot_has_no_such_ENCODING error();
    if (ENCODING == 2 && W_SIGNED == 0) tally_pot_of_this_ENCODING_requires_W_SIGNED error();
  endgenerate
  tally_extend #(.FROM(A + K), .TO(P)) extend_magnitude(.a(magnitude), .s(wide));
  assign t = wide ^ {P{c}};
endmodule
